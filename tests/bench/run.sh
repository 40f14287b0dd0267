#!/usr/bin/env bash
# run.sh BUILD -- figures of the agent as ratios against peers measured in the same run
#
# Everything runs in namespaces of its own: a host with the agent or a peer, and a gateway with
# skysim at 169.254.169.254. The peers live in a Debian root that is made once, in BUILD/bench-root;
# where that cannot be done, their columns say why. Needs root.
#
#   BENCH_RUNS=15        passes a figure; the median counts
#   BENCH_CHECKS=1000    identity checks
#   BENCH_CLOUD_RUNS=3   boots of cloud-init
#   BENCH_MIRROR=URL     Debian mirror for the peers' root
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${1:?usage: tests/bench/run.sh BUILD}

# part NAME COMMAND...: says how long it took
part() {
  local rc=0
  "${@:2}" || rc=$?
  echo "bench: $1: $((SECONDS - since)) s"
  since=$SECONDS
  return $rc
}
since=$SECONDS

part templates tests/bench/template.sh "$build"
for program in envagentd envagent-fetch envagent-reconcile envagent-leader agentctl skysim envmux; do
  [ -x "$build/$program" ] || { echo "bench: no $build/$program; next: make all" >&2; exit 2; }
done
if [ "$(id -u)" -ne 0 ]; then
  echo "bench: skipped: namespaces need root"
  exit 0
fi
if ! unshare --net --mount --pid --uts --ipc --fork true 2>/dev/null; then
  echo "bench: skipped: this machine allows no new namespaces"
  exit 0
fi
for tool in strace curl ip dnsmasq openssl; do
  command -v "$tool" >/dev/null || { echo "bench: $tool is missing; next: make deps" >&2; exit 2; }
done

build=$(realpath "$build")
mkdir -p "$build/bench"
"${CC:-cc}" -O2 -D_GNU_SOURCE -Wall -Wextra -o "$build/bench/cpu" tests/bench/cpu.c

lower=$build/bench-root
reason=
reason=$(tests/bench/peers.sh "$lower") || {
  echo "bench: no peers: $reason"
  lower=/ # the agent on its own, in an overlay of this machine's files
}

part "the agent and its peers" unshare --net --mount --pid --uts --ipc --fork --kill-child --mount-proc \
  --propagation private tests/bench/inside.sh "$build" "$lower" "${reason:+none}"

# What the load balancer does is measured apart: nothing of it is a process of the agent.
if [ -x tests/bench/envmux.sh ]; then
  part "the multiplexer" tests/bench/envmux.sh "$build"
  part "the way through the multiplexer" tests/bench/envmux-path.sh "$build"
fi

# One static address, against who else sets one.
part "the network" tests/bench/network.sh "$build"
echo "bench: all of it: $SECONDS s"
