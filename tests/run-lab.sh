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
PASSED=0 FAILED=0 SKIPPED=0

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

selected() {
  local test name
  for test in "$ROOT"/tests/lab/[0-9]*.sh; do
    if (($# == 0)); then
      echo "$test"
    fi
    for name in "$@"; do
      [[ ${test##*/} != "$name"* ]] || echo "$test"
    done
  done
}

count() { grep -c "^$1 - " "$2"; }

run() {
  local test=$1 log=$2 status start=$SECONDS
  echo "# ${test##*/}"
  timeout --kill-after=5 180 bash "$test" </dev/null 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  PASSED=$((PASSED + $(count ok "$log")))
  SKIPPED=$((SKIPPED + $(count skip "$log")))
  FAILED=$((FAILED + $(count 'not ok' "$log")))
  if ((status != 0)) && ! grep -q '^not ok - ' "$log"; then
    echo "not ok - ${test##*/} ended with status $status"
    FAILED=$((FAILED + 1))
  fi
  echo "# ${test##*/}: $((SECONDS - start)) s"
}

end() {
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  ((FAILED == 0))
  exit
}

mapfile -t TESTS < <(selected "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-lab.sh: no test in tests/lab/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not); then
  SKIPPED=${#TESTS[@]}
  echo "lab tests skipped: $reason"
  if [[ " ${LAB_REQUIRE-} " == *" netns "* ]]; then
    echo "LAB_REQUIRE wants netns: that is a failure"
    FAILED=$SKIPPED SKIPPED=0
  fi
  end
fi

scratch=$(mktemp -d)
trap '[[ ${LAB_KEEP-} == yes ]] || "$LAB" --state "$LAB_STATE" down; rm -rf "$scratch"' EXIT
"$LAB" --state "$LAB_STATE" down
if ! "$LAB" --state "$LAB_STATE" up --build "$BUILD" --lease "$LAB_LEASE" --no-agent; then
  FAILED=${#TESTS[@]}
  end
fi
for test in "${TESTS[@]}"; do
  run "$test" "$scratch/log"
done
end
