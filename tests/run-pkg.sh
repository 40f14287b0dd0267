#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run-pkg.sh BUILD [NAME ...] -- the packages: built, installed into a Debian that boots, removed
#
# All of tests/pkg/, or those whose file begins with NAME. The machines are systemd-nspawn in the
# namespaces of the lab, overlays of one Debian image, which is made once by mmdebstrap and kept in
# BUILD/machine. What cannot be done here is skipped and counted; a word of LAB_REQUIRE ("nspawn")
# turns that into a failure. PKG_KEEP=yes takes the packages that an earlier run built.
set -uo pipefail

ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(realpath -e "${1:?usage: run-pkg.sh BUILD [NAME ...]}") || exit 1
shift
export ROOT BUILD LAB=$ROOT/tools/lab/lab LAB_STATE=${LAB_STATE:-/run/envagent-pkg}
export PACKAGES=$BUILD/packages IMAGE=$BUILD/machine/root
# shellcheck source=tests/runner.bash
source "$ROOT/tests/runner.bash"

# Says why no machine boots here; fails if one does.
why_not() {
  local program
  ((EUID == 0)) || { echo "not root" && return; }
  unshare --mount --net --pid --uts --ipc --fork true 2>/dev/null ||
    { echo "no namespaces (unshare --mount --net --pid fails)" && return; }
  for program in systemd-nspawn mmdebstrap dpkg-buildpackage dh rpmbuild rpmlint lintian \
    systemd-analyze dnsmasq nft jq curl openssl; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
      { echo "$program is not installed (make deps)" && return; }
  done
  return 1
}

# What the packages depend on, and what the hosts of the lab need.
image() {
  local packages=systemd-sysv,dbus,udev,iproute2,ifupdown,isc-dhcp-client,dnsmasq,haproxy,nginx-light
  packages+=,curl,jq,sudo,procps,netbase,libcurl4,libinih1,libjson-c5,libmicrohttpd12,libseccomp2
  [[ ! -e $IMAGE ]] || return 0
  install -d -m 700 "$BUILD/machine"
  rm -rf "$IMAGE.new"
  mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$IMAGE.new.tar" &&
    mkdir "$IMAGE.new" && tar -x -C "$IMAGE.new" --exclude './dev/*' -f "$IMAGE.new.tar" &&
    rm "$IMAGE.new.tar" && mv "$IMAGE.new" "$IMAGE"
}

# later DIR: the sources at DIR as those of the next version
later() {
  mkdir "$1"
  (cd "$ROOT" && cp -r agent conf modules packaging tools Makefile LICENSE README.md "$1")
  echo "$(<"$ROOT/VERSION").1" >"$1/VERSION"
}

build() {
  "$ROOT/tools/package.sh" deb "$1" "$2" && "$ROOT/tools/package.sh" rpm "$1" "$2"
}

# The packages, and in the background, while the first machines boot, those of the next version.
packages() {
  [[ ${PKG_KEEP-} != yes || ! -e $PACKAGES/later/all ]] || return 0
  rm -rf "$PACKAGES"
  build "$ROOT" "$PACKAGES" || return
  (later "$scratch/later" && build "$scratch/later" "$PACKAGES/later" && : >"$PACKAGES/later/all") &
}

mapfile -t TESTS < <(selected "$ROOT/tests/pkg" "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-pkg.sh: no test in tests/pkg/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not); then
  skip_all nspawn "$reason"
fi

scratch=$(mktemp -d)
trap '[[ ${LAB_KEEP-} == yes ]] || "$LAB" --state "$LAB_STATE" down; rm -rf "$scratch"' EXIT
"$LAB" --state "$LAB_STATE" down
image &
image=$!
if ! packages || ! wait "$image" || ! "$LAB" --state "$LAB_STATE" up --envs 1 --hosts 3 --no-agent --build "$BUILD" \
  --machines "1/dns-1 1/web-1 1/web-2 mux" --image "$IMAGE"; then
  FAILED=${#TESTS[@]}
  end
fi
for test in "${TESTS[@]}"; do
  run "$test" "$scratch/log" 300
done
wait
end
