#!/usr/bin/env bash
# inside.sh BUILD LOWER [none] -- the bench itself, in namespaces made by run.sh
# shellcheck disable=SC2034 # what the sourced files use
set -euo pipefail

build=$1 lower=$2 no_peers=${3:-}
here=$(dirname "$(realpath "$0")")
runs=${BENCH_RUNS:-15} checks=${BENCH_CHECKS:-1000} cloud_runs=${BENCH_CLOUD_RUNS:-3}

work=$build/bench/work
root=$work/root
mkdir -p "$work"
mount -t tmpfs -o mode=755 bench "$work"

# shellcheck source=tests/bench/world.bash
. "$here/world.bash"
# shellcheck source=tests/bench/figures.bash
. "$here/figures.bash"
# shellcheck source=tests/bench/leader.bash
. "$here/leader.bash"

world_up
trap world_down EXIT

resident
checks
passes
settled_by_daemon
leader
[ -n "$no_peers" ] || peers
report
