#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run-managers.sh BUILD [NAME ...] -- beside each program that sets up networks and name servers
#
# All of tests/managers/, or those whose file begins with NAME. Each has a Debian of its own, booted
# by systemd-nspawn, with a DHCP server beside it: overlays of one image, which is made once by
# mmdebstrap and kept in BUILD/machine. What cannot be done here is skipped and counted; a word of
# LAB_REQUIRE ("nspawn") turns that into a failure.
set -uo pipefail

ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(realpath -e "${1:?usage: run-managers.sh BUILD [NAME ...]}") || exit 1
shift
export ROOT BUILD IMAGE=$BUILD/machine/managers
# shellcheck source=tests/runner.bash
source "$ROOT/tests/runner.bash"

# Says why no machine boots here; fails if one does.
why_not() {
  local program
  ((EUID == 0)) || { echo "not root" && return; }
  unshare --mount --net --pid --uts --ipc --fork true 2>/dev/null ||
    { echo "no namespaces (unshare --mount --net --pid fails)" && return; }
  for program in systemd-nspawn mmdebstrap dnsmasq jq; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
      { echo "$program is not installed (make deps)" && return; }
  done
  return 1
}

# resolvconf and openresolv exclude each other, and systemd-resolved: their files lie beside.
image() {
  local name packages=systemd-sysv,dbus,udev,iproute2,systemd-resolved,network-manager,netplan.io
  packages+=,ifupdown,isc-dhcp-client,iputils-ping,libinih1,libjson-c5,procps
  [[ ! -e $IMAGE ]] || return 0
  install -d -m 700 "$BUILD/machine"
  rm -rf "$IMAGE.new"
  mkdir "$IMAGE.new" &&
    (cd "$IMAGE.new" && apt-get -qq download resolvconf openresolv 2>/dev/null) &&
    mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$IMAGE.new.tar" &&
    tar -x -C "$IMAGE.new" --exclude './dev/*' -f "$IMAGE.new.tar" &&
    for name in resolvconf openresolv; do
      dpkg -x "$IMAGE.new/$name"_*.deb "$IMAGE.new/opt/$name" || return
    done &&
    rm "$IMAGE.new.tar" && mv "$IMAGE.new" "$IMAGE"
}

mapfile -t TESTS < <(selected "$ROOT/tests/managers" "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-managers.sh: no test in tests/managers/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not); then
  skip_all nspawn "$reason"
fi

scratch=$(mktemp -d)
export MACHINE=$scratch/machine
trap '"$ROOT/tests/managers/machine" down; rm -rf "$scratch"' EXIT
if ! image; then
  FAILED=${#TESTS[@]}
  end
fi
for test in "${TESTS[@]}"; do
  "$ROOT/tests/managers/machine" down
  run "$test" "$scratch/log" 120
done
end
