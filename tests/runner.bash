# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# runner.bash -- runs test scripts and counts what they say; for run-*.sh
#
# A script prints a line a fact: "ok - FACT", "not ok - FACT" or "skip - FACT: REASON".
#
# With TEST_AGAIN=yes, what failed is run once more by itself on hosts made anew, as on a machine that
# is shared a test may get no processor for seconds. What passes then is named as unsteady: it is a
# defect all the same, of the test or of what it tests.

# Of each test: how many facts passed, failed, were skipped.
declare -A COUNTS=()

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
  local test=$1 log=$2 limit=$3 status start=$SECONDS failed
  echo "# ${test##*/}"
  timeout --kill-after=5 "$limit" bash "$test" </dev/null 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  failed=$(count 'not ok' "$log")
  if ((status != 0 && failed == 0)); then
    echo "not ok - ${test##*/} ended with status $status"
    failed=1
  fi
  COUNTS[$test]="$(count ok "$log") $failed $(count skip "$log")"
  echo "# ${test##*/}: $((SECONDS - start)) s"
}

# beside RESULTS LOG SECONDS TEST ...: runs them one after another, in the background. What a test
# says comes out in one piece when it has ended; the counts go to the file RESULTS.
# shellcheck disable=SC2030
beside() {
  local results=$1 log=$2 limit=$3 test
  shift 3
  (
    for test in "$@"; do
      run "$test" "$log" "$limit" >"$log.said"
      flock "${log%/*}" cat "$log.said"
      echo "${COUNTS[$test]} $test" >>"$results"
    done
  ) &
}

# add_results RESULTS TEST ...: those of a beside() that has ended
# shellcheck disable=SC2031
add_results() {
  local counts test results=$1
  shift
  lost "$@"
  while read -r -a counts; do
    test=${counts[3]}
    COUNTS[$test]=${counts[*]::3}
  done <"$results"
}

# lost TEST ...: they could not be run
lost() {
  local test
  for test; do COUNTS[$test]="0 1 0"; done
}

# failed_ones: the tests that failed
failed_ones() {
  local test
  for test in "${!COUNTS[@]}"; do
    [[ ${COUNTS[$test]} == *" 0 "* ]] || echo "$test"
  done | sort
}

# once_more COMMAND...: if tests have failed and are to be tried again, COMMAND with them
once_more() {
  local again test
  mapfile -t again < <(failed_ones)
  [[ ${TEST_AGAIN-} == yes ]] && ((${#again[@]} > 0)) || return 0
  echo "# once more: ${again[*]##*/}"
  "$@" "${again[@]}"
  for test in "${again[@]}"; do
    [[ ${COUNTS[$test]} != *" 0 "* ]] || echo "# unsteady: ${test##*/} failed at first"
  done
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
  local test
  echo "tests skipped: $2"
  if [[ " ${LAB_REQUIRE-} " == *" $1 "* ]]; then
    echo "LAB_REQUIRE wants $1: that is a failure"
    lost "${TESTS[@]}"
  else
    for test in "${TESTS[@]}"; do COUNTS[$test]="0 0 1"; done
  fi
  end
}

end() {
  local passed=0 failed=0 skipped=0 p f s test
  for test in "${!COUNTS[@]}"; do
    read -r p f s <<<"${COUNTS[$test]}"
    ((passed += p, failed += f, skipped += s, 1))
  done
  echo "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0))
  exit
}
