#!/usr/bin/env bash
# run-unit.sh BUILD -- every unit test below BUILD and the golden cases; no network
#
# The last line is "N passed, N failed, N skipped". Ends with 1 if one failed or none ran.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:?usage: tests/run-unit.sh BUILD}
[ -d "$build/unit" ] || { echo "unit: no $build/unit; next: make check-unit" >&2; exit 2; }
ENVAGENT_BUILD=$(realpath "$build")
export ENVAGENT_BUILD

scratch=$(mktemp -d "${TMPDIR:-/tmp}/envagent-unit.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

passed=0 failed=0 skipped=0 names=() longest=()
at_once=${AT_ONCE:-8}

# The sum of what cmocka says of its groups: "[  PASSED  ] 3 test(s)."
count() {
  sed -n "s/^.*\\[ *$1 *\\] \\([0-9][0-9]*\\) test.*/\\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'
}

# Runs one suite in a scratch folder of its own; its output and status are looked at later.
run() {
  local log=$1 rc=0
  shift
  mkdir -p "$log.tmp"
  TMPDIR=$log.tmp timeout -k 5 300 "$@" >"$log" 2>&1 </dev/null || rc=$?
  chmod -R u+rwX "$log.tmp" 2>/dev/null || true
  rm -rf "$log.tmp"
  echo "$rc" >"$log.rc"
}

look() {
  local name=$1 log=$2 rc p f s
  rc=$(cat "$log.rc" 2>/dev/null || echo 1)
  p=$(count PASSED "$log") f=$(count FAILED "$log") s=$(count SKIPPED "$log")
  # A suite that died, hung, or ran nothing is a failure whatever it printed before.
  if [ "$f" -eq 0 ] && [ "$rc" -ne 0 ]; then
    f=1
    [ "$rc" -ne 124 ] || echo "took more than 300 s" >>"$log"
    echo "ended with $rc" >>"$log"
  elif [ "$rc" -eq 0 ] && [ $((p + f + s)) -eq 0 ]; then
    f=1
    echo "ran no test" >>"$log"
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))

  if [ "$f" -gt 0 ]; then
    echo "---- $name: $f failed ----"
    cat "$log"
  elif [ "$s" -gt 0 ]; then
    echo "$name: $s skipped"
    grep -i skip "$log" | grep -v '^\[ *RUN' | sed 's/^/    /' || true
  fi
}

look_golden() {
  local log=$scratch/golden rc last p f s
  rc=$(cat "$log.rc" 2>/dev/null || echo 1)
  last=$(grep -E '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log" | tail -n 1 || true)
  read -r p f s < <(sed -E 's/.*\b([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped.*/\1 \2 \3/' \
    <<<"${last:-0 passed, 0 failed, 0 skipped}")
  if [ "$f" -eq 0 ] && { [ "$rc" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
    f=1
    echo "tests/golden/run.sh ended with $rc" >>"$log"
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$f" -gt 0 ]; then
    echo "---- golden: $f failed ----"
    cat "$log"
  fi
}

# What is built, but has no source any more, is a leftover.
for source in tests/unit/*/test-*.c tests/fuzz/fuzz-*.c; do
  name=${source#tests/unit/}
  name=${name/#tests\/fuzz\/fuzz-/fuzz/replay-}
  name=${name%.c}
  if [ -x "$build/unit/$name" ]; then
    # The suites that wait longest begin first.
    case $name in
    envmux/test-main | envmux/test-haproxy | envmux/test-haproxy-process | agent/test-daemon)
      longest+=("$name") ;;
    agent/* | envmux/*) names=("$name" "${names[@]}") ;;
    *) names+=("$name") ;;
    esac
  else
    failed=$((failed + 1))
    echo "---- $name: not built; next: make check-unit ----"
  fi
done
names=("${longest[@]}" "${names[@]}")
# Most of them wait for something most of the time: many at once, even on few processors.
run "$scratch/golden" tests/golden/run.sh "$build" &
for name in "${names[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || true; done
  run "$scratch/${name//\//-}" "$build/unit/$name" &
done
wait
# As for the labs: what failed beside the others is tried once more by itself.
if [ "${TEST_AGAIN-}" = yes ]; then
  for name in "${names[@]}"; do
    log=$scratch/${name//\//-}
    [ "$(cat "$log.rc" 2>/dev/null || echo 1)" -ne 0 ] || continue
    cat "$log"
    run "$log" "$build/unit/$name"
    [ "$(cat "$log.rc")" -ne 0 ] || echo "unsteady: $name failed at first"
  done
fi
for name in "${names[@]}"; do
  look "$name" "$scratch/${name//\//-}"
done
look_golden

echo "unit: $passed passed, $failed failed, $skipped skipped"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
