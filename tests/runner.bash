# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# runner.bash -- runs test scripts and counts what they say; for run-*.sh
#
# A script prints a line a fact: "ok - FACT", "not ok - FACT" or "skip - FACT: REASON".

PASSED=0 FAILED=0 SKIPPED=0

# selected DIR [NAME ...]: the scripts whose file begins with NAME, or all
selected() {
  local dir=$1 test name
  shift
  for test in "$dir"/[0-9]*.sh; do
    if (($# == 0)); then
      echo "$test"
    fi
    for name in "$@"; do
      [[ ${test##*/} != "$name"* ]] || echo "$test"
    done
  done
}

count() { grep -c "^$1 - " "$2"; }

# run TEST LOG SECONDS
run() {
  local test=$1 log=$2 limit=$3 status start=$SECONDS
  echo "# ${test##*/}"
  timeout --kill-after=5 "$limit" bash "$test" </dev/null 2>&1 | tee "$log"
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

# beside COUNTS LOG SECONDS TEST ...: runs them one after another, in the background. What a test
# says comes out in one piece when it has ended; the three counts go to the file COUNTS.
# shellcheck disable=SC2030
beside() {
  local counts=$1 log=$2 limit=$3 test
  shift 3
  (
    PASSED=0 FAILED=0 SKIPPED=0
    for test in "$@"; do
      run "$test" "$log" "$limit" >"$log.said"
      flock "${log%/*}" cat "$log.said"
    done
    echo "$PASSED $FAILED $SKIPPED" >"$counts"
  ) &
}

# add_counts COUNTS: those of a beside() that has ended
# shellcheck disable=SC2031
add_counts() {
  local passed failed skipped
  read -r passed failed skipped <"$1" || { passed=0 failed=1 skipped=0; }
  PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
}

# why_not_here PROGRAM...: says why this machine has no namespaces, or which program it lacks; fails else
why_not_here() {
  local program
  ((EUID == 0)) || { echo "not root" && return; }
  unshare --mount --net --pid --uts --ipc --fork true 2>/dev/null ||
    { echo "no namespaces (unshare --mount --net --pid fails)" && return; }
  for program; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
      { echo "$program is not installed (make deps)" && return; }
  done
  return 1
}

# skip_all WORD REASON: none of TESTS can run; a failure if LAB_REQUIRE has the word
skip_all() {
  SKIPPED=${#TESTS[@]}
  echo "tests skipped: $2"
  if [[ " ${LAB_REQUIRE-} " == *" $1 "* ]]; then
    echo "LAB_REQUIRE wants $1: that is a failure"
    FAILED=$SKIPPED SKIPPED=0
  fi
  end
}

end() {
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  ((FAILED == 0))
  exit
}
