#!/usr/bin/env bash
# fuzz.sh SECONDS TARGET... -- runs fuzz targets, one after the other, from the kept corpus
#
# What breaks a promise is left in build/fuzz/TARGET.found/; to keep it, mend the fault and copy the
# file to tests/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:?usage: tests/fuzz/fuzz.sh SECONDS TARGET...}
shift
bad=0
for target; do
  name=${target##*/} part=${target##*/}
  part=${part%%-*}
  mkdir -p "$target.corpus" "$target.found"
  if nice -n 19 "$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -dict="tests/fuzz/$part.dict" -artifact_prefix="$target.found/" -print_final_stats=1 \
    "$target.corpus" "tests/fuzz/corpus/$part" tests/golden/template >"$target.log" 2>&1; then
    echo "fuzz: $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$target.log") inputs, nothing found"
  else
    tail -n 40 "$target.log"
    echo "fuzz: $name: failed; the input is in $target.found" >&2
    bad=1
  fi
done
exit "$bad"
