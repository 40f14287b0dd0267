#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run-lab.sh BUILD [NAME ...] -- the lab tests: real programs on virtual hosts in namespaces
#
# All of tests/lab/, or those whose file begins with NAME, run one after another in one lab. What
# this machine cannot do is skipped and counted; a word of LAB_REQUIRE ("netns") turns that skip
# into a failure. LAB_KEEP=yes leaves the lab up.
set -uo pipefail

ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(realpath -e "${1:?usage: run-lab.sh BUILD [NAME ...]}") || exit 1
shift
export BUILD LAB=$ROOT/tools/lab/lab LAB_STATE=${LAB_STATE:-/run/envagent-check} LAB_LEASE=10
# shellcheck source=tests/runner.bash
source "$ROOT/tests/runner.bash"

# Says why the lab cannot run here; fails if it can.
why_not() {
  local program
  ((EUID == 0)) || { echo "not root" && return; }
  unshare --mount --net --pid --uts --ipc --fork true 2>/dev/null ||
    { echo "no namespaces (unshare --mount --net --pid fails)" && return; }
  # shellcheck disable=SC2016
  unshare --mount bash -c 'd=$(mktemp -d) && mount -t tmpfs t "$d" && mkdir "$d/a" "$d/b" &&
    mount -t overlay -o ro,lowerdir="$d/a:/usr" o "$d/b"; r=$?; umount -R "$d"; rmdir "$d"; exit $r' 2>/dev/null ||
    { echo "no overlay mounts" && return; }
  for program in dnsmasq dhclient haproxy nginx nft jq curl dig openssl setpriv strace inotifywait; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
      { echo "$program is not installed (make deps)" && return; }
  done
  return 1
}

mapfile -t TESTS < <(selected "$ROOT/tests/lab" "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-lab.sh: no test in tests/lab/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not); then
  skip_all netns "$reason"
fi

scratch=$(mktemp -d)
trap '[[ ${LAB_KEEP-} == yes ]] || "$LAB" --state "$LAB_STATE" down; rm -rf "$scratch"' EXIT
"$LAB" --state "$LAB_STATE" down
if ! "$LAB" --state "$LAB_STATE" up --build "$BUILD" --lease "$LAB_LEASE" --no-agent; then
  FAILED=${#TESTS[@]}
  end
fi
for test in "${TESTS[@]}"; do
  run "$test" "$scratch/log" 180
done
end
