#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run-lab.sh BUILD [NAME ...] -- the lab tests: real programs on virtual hosts in namespaces
#
# All of tests/lab/, or those whose file begins with NAME. Most of their time they wait, so three go
# side by side: one in a lab for what hosts do, one in a lab for the balancer, and one that makes its
# own hosts. What this machine cannot do is skipped and counted; a word of LAB_REQUIRE ("netns")
# turns that skip into a failure. LAB_KEEP=yes leaves the labs up: LAB_STATE-host, -balancer.
set -uo pipefail

ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=$(realpath -e "${1:?usage: run-lab.sh BUILD [NAME ...]}") || exit 1
shift
export BUILD LAB=$ROOT/tools/lab/lab LAB_STATE=${LAB_STATE:-/run/envagent-check} LAB_LEASE=10
# shellcheck source=tests/runner.bash
source "$ROOT/tests/runner.bash"

# Says why the lab cannot run here; fails if it can.
why_not() {
  why_not_here dnsmasq dhclient haproxy nginx nft jq curl dig openssl setpriv strace inotifywait && return
  # shellcheck disable=SC2016
  if unshare --mount bash -c 'd=$(mktemp -d) && mount -t tmpfs t "$d" && mkdir "$d/a" "$d/b" &&
    mount -t overlay -o ro,lowerdir="$d/a:/usr" o "$d/b"; r=$?; umount -R "$d"; rmdir "$d"; exit $r' 2>/dev/null; then
    return 1
  fi
  echo "no overlay mounts"
}

mapfile -t TESTS < <(selected "$ROOT/tests/lab" "$@")
if ((${#TESTS[@]} == 0)); then
  echo "run-lab.sh: no test in tests/lab/ begins with: $*" >&2
  exit 2
fi
if reason=$(why_not); then
  skip_all netns "$reason"
fi

# Which tests go one after another: those that make their own hosts, those of the two labs, and what
# looks at the whole machine, which goes alone.
lane_of() {
  case ${1##*/} in
  95-*) echo alone ;;
  [89]*) echo balancer ;;
  *) if grep -q '^# Needs no lab' "$1"; then echo own; else echo host; fi ;;
  esac
}

scratch=$(mktemp -d)
LANES=(own host balancer)
# shellcheck disable=SC2317 # called by the trap
finish() {
  local lane
  if [[ ${LAB_KEEP-} != yes ]]; then
    for lane in host balancer; do "$LAB" --state "$LAB_STATE-$lane" down; done
  fi
  rm -rf "$scratch"
}
trap finish EXIT

fresh_lab() {
  "$LAB" --state "$1" down
  "$LAB" --state "$1" up --build "$BUILD" --lease "$LAB_LEASE" --no-agent
}

# Alone, in a lab that nobody has used.
# shellcheck disable=SC2317 # called by once_more
alone() {
  local test lane
  for test; do
    lane=$(lane_of "$test")
    if [[ $lane == host || $lane == balancer ]] && ! fresh_lab "$LAB_STATE-$lane"; then
      lost "$test"
      continue
    fi
    LAB_STATE=$LAB_STATE-$lane run "$test" "$scratch/$lane" 420
  done
}

declare -A of=()
for test in "${TESTS[@]}"; do
  of[$(lane_of "$test")]+=" $test"
done
for lane in "${LANES[@]}"; do
  read -ra tests <<<"${of[$lane]-}"
  ((${#tests[@]} > 0)) || continue
  state=$LAB_STATE-$lane
  if [[ $lane != own ]] && ! fresh_lab "$state"; then
    lost "${tests[@]}"
    continue
  fi
  : >"$scratch/$lane.results"
  LAB_STATE=$state beside "$scratch/$lane.results" "$scratch/$lane" 420 "${tests[@]}"
done
wait
for lane in "${LANES[@]}"; do
  read -ra tests <<<"${of[$lane]-}"
  [[ ! -e $scratch/$lane.results ]] || add_results "$scratch/$lane.results" "${tests[@]}"
done
for test in ${of[alone]-}; do
  LAB_STATE=$LAB_STATE-alone run "$test" "$scratch/alone" 180
done
once_more alone
end
