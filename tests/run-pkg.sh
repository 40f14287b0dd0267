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
# shellcheck source=tests/machine.bash
source "$ROOT/tests/machine.bash"

# What the packages depend on, and what the hosts of the lab need.
INSIDE=systemd-sysv,dbus,udev,iproute2,ifupdown,isc-dhcp-client,dnsmasq,haproxy,nginx-light
INSIDE+=,acl,curl,jq,sudo,procps,netbase,libcurl4,libinih1,libjson-c5,libmicrohttpd12,libseccomp2

build() {
  "$ROOT/tools/package.sh" deb "$1" "$2" && "$ROOT/tools/package.sh" rpm "$1" "$2"
}

packages() {
  [[ ${PKG_KEEP-} != yes || ! -e $PACKAGES/later/all ]] || return 0
  rm -rf "$PACKAGES"
  build "$ROOT" "$PACKAGES"
}

# Those of the next version: while the first machines boot, nobody needs them.
later() {
  [[ ! -e $PACKAGES/later/all ]] || return 0
  mkdir "$scratch/later"
  (cd "$ROOT" && cp -r agent conf modules packaging tools Makefile LICENSE README.md "$scratch/later")
  echo "$(<"$ROOT/VERSION").1" >"$scratch/later/VERSION"
  build "$scratch/later" "$PACKAGES/later" && : >"$PACKAGES/later/all"
}

mapfile -t TESTS < <(selected "$ROOT/tests/pkg" "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-pkg.sh: no test in tests/pkg/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not_here systemd-nspawn mmdebstrap dpkg-buildpackage dh rpmbuild rpmlint lintian systemd-analyze \
  dnsmasq nft jq curl openssl); then
  skip_all nspawn "$reason"
fi

scratch=$(mktemp -d)
trap '[[ ${LAB_KEEP-} == yes ]] || "$LAB" --state "$LAB_STATE" down; rm -rf "$scratch"' EXIT
"$LAB" --state "$LAB_STATE" down
packages &
packages=$!
if ! image "$IMAGE" "$INSIDE"; then
  wait
  skip_all nspawn "mmdebstrap has made no Debian"
fi
if reason=$(why_no_boot "$IMAGE"); then
  wait
  skip_all nspawn "$reason"
fi
if ! wait "$packages"; then
  lost "${TESTS[@]}"
  end
fi

# All of them, as each takes the machines as the one before leaves them.
all() {
  local test
  "$LAB" --state "$LAB_STATE" down
  if ! "$LAB" --state "$LAB_STATE" up --envs 3 --hosts 3 --no-agent --build "$BUILD" \
    --machines "1/dns-1 1/web-1 1/web-2 2/web-2 3/web-2 mux" --image "$IMAGE"; then
    lost "${TESTS[@]}"
    return
  fi
  for test in "${TESTS[@]}"; do
    run "$test" "$scratch/log" 900
  done
}

later &
all
wait
once_more all
end
