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
# shellcheck source=tests/machine.bash
source "$ROOT/tests/machine.bash"

PACKAGES=systemd-sysv,dbus,udev,iproute2,systemd-resolved,network-manager,netplan.io,ifupdown,isc-dhcp-client
PACKAGES+=,iputils-ping,procps,libcurl4,libinih1,libjson-c5,libseccomp2
# They exclude each other, and systemd-resolved: their files lie beside.
# shellcheck disable=SC2016
BESIDE='cd "$1/opt" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -o APT::Sandbox::User=root download resolvconf openresolv &&
  for package in resolvconf openresolv; do dpkg -x "$package"_*.deb "$package" && rm "$package"_*.deb || exit; done'

mapfile -t TESTS < <(selected "$ROOT/tests/managers" "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-managers.sh: no test in tests/managers/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not_here systemd-nspawn mmdebstrap dnsmasq jq); then
  skip_all nspawn "$reason"
fi

scratch=$(mktemp -d)
export MACHINE=$scratch/machine
trap '"$ROOT/tests/managers/machine" down; rm -rf "$scratch"' EXIT
if ! image "$IMAGE" "$PACKAGES" --customize-hook="$BESIDE"; then
  skip_all nspawn "mmdebstrap has made no Debian"
fi
if reason=$(why_no_boot "$IMAGE"); then
  skip_all nspawn "$reason"
fi

each() {
  local test
  for test; do
    "$ROOT/tests/managers/machine" down
    run "$test" "$scratch/log" 420
  done
}

each "${TESTS[@]}"
once_more each
end
