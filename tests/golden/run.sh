#!/usr/bin/env bash
# run.sh [--update] BUILD [MODULE/CASE...] -- whole passes of the real program on small roots
#
# A case is a folder MODULE/CASE:
#   envagent.conf   the configuration
#   metadata.json   what the metadata service answered; without it: nobody did
#   before/         the root before the pass
#   plan.txt        what "plan" says: changes with their differences, states, exit code
#   after/          the root after "apply"
# Each is planned (which must write nothing), applied, applied again (which must change nothing) and
# restored (which must give back before/). --update writes plan.txt and after/ anew: read them well.
set -euo pipefail
cd "$(dirname "$0")"

update=
if [ "${1-}" = --update ]; then
  update=1
  shift
fi
build=${1:?usage: tests/golden/run.sh [--update] BUILD [MODULE/CASE...]}
shift
case $build in /*) ;; *) build=../../$build ;; esac
program=$build/envagent-reconcile
[ -x "$program" ] || { echo "golden: no $program; next: make" >&2; exit 2; }
command -v jq >/dev/null || { echo "golden: jq is missing; next: make deps" >&2; exit 2; }

scratch=$(mktemp -d "${TMPDIR:-/tmp}/envagent-golden.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root events=$scratch/events

# pass CASE OPTION... -- one run of the program; its exit code is the result
pass() {
  local case=$1 rc=0 source=(--why 'nobody answers') document=/dev/null
  shift
  if [ -e "$case/metadata.json" ]; then
    source=(--from 169.254.169.254)
    document=$case/metadata.json
  fi
  timeout -k 5 60 "$program" --protocol 1 --root "$root" "${source[@]}" "$@" \
    3>"$events" 4<"$document" 5>"$scratch/facts" || rc=$?
  return "$rc"
}

# The events of a plan as text, without what is off, and without the place of the root.
show() {
  jq -r 'if .kind == "change" and .state == "diff" then "    " + .reason
         elif .kind == "change" then .module + ": " + .reason
         elif .kind == "state" and .state != "off" then
           .module + " is " + .state + (if .reason == "" then "" else ": " + .reason end)
         elif .kind == "done" then .state + ", " + .reason
         else empty end' "$events" | sed "s#$root##g"
  echo "exit $1"
}

# The files and links of the root, without what the program keeps for itself.
tree() {
  rm -rf "$1"
  cp -a "$root" "$1"
  rm -rf "$1/etc/envagent/envagent.conf" "$1/run/envagent" \
    "$1/var/lib/envagent/manifest" "$1/var/lib/envagent/former" "$1/var/lib/envagent/spans"
  find "$1" -mindepth 1 -type d -empty -delete
}

same() {
  [ -d "$1" ] || mkdir -p "$1"
  diff -r --no-dereference "$1" "$2"
}

one() {
  local case=$1 rc=0
  rm -rf "$root"
  mkdir -p "$root/etc/envagent"
  [ ! -d "$case/before" ] || cp -a "$case/before/." "$root/"
  cp "$case/envagent.conf" "$root/etc/envagent/"
  tree "$scratch/before"

  pass "$case" --plan || rc=$?
  show "$rc" >"$scratch/plan.txt"
  [ -z "$update" ] || cp "$scratch/plan.txt" "$case/plan.txt"
  diff -u "$case/plan.txt" "$scratch/plan.txt" || { echo "the plan differs"; return 1; }
  tree "$scratch/planned"
  same "$scratch/before" "$scratch/planned" || { echo "planning wrote"; return 1; }
  [ ! -e "$root/run/envagent" ] || { echo "planning wrote below /run/envagent"; return 1; }

  pass "$case" || true
  tree "$scratch/after"
  if [ -n "$update" ]; then
    rm -rf "$case/after"
    cp -a "$scratch/after" "$case/after"
  fi
  same "$case/after" "$scratch/after" || { echo "the root differs"; return 1; }

  pass "$case" || true
  grep -q '"kind":"done".*"reason":"changes=0"' "$events" || { echo "not settled"; return 1; }
  tree "$scratch/again"
  same "$scratch/after" "$scratch/again" || { echo "the second pass wrote"; return 1; }

  pass "$case" --restore || { echo "restore ended with $?"; return 1; }
  tree "$scratch/restored"
  same "$scratch/before" "$scratch/restored" || { echo "restore left something"; return 1; }
  [ ! -e "$root/var/lib/envagent/spans" ] || { echo "restore left spans"; return 1; }
}

passed=0 failed=0
[ $# -gt 0 ] || set -- */*/
for case in "$@"; do
  case=${case%/}
  if [ ! -e "$case/envagent.conf" ]; then
    # a folder that is no case belongs to another kind of test, unless it looks like half of one
    [ -e "$case/plan.txt" ] || [ -e "$case/metadata.json" ] || continue
    echo "$case: no envagent.conf"
    failed=$((failed + 1))
  elif one "$case" >"$scratch/log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "---- golden $case ----"
    cat "$scratch/log"
  fi
done
echo "golden: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
