#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# network.sh BUILD -- one static address and its route: a pass of the agent, ifup, systemd-networkd
#
# The same namespace, one after the other; medians of wall ms until the address and the route are
# there (the agent: until its probes have passed), CPU ms of all processes, netlink messages sent.
# The agent asks for 300 ms whether somebody has a new address; the others do not ask.
set -euo pipefail

if [ "${2-}" != inside ]; then
  exec unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc "$0" "$(realpath "$1")" inside
fi
build=$1 runs=${BENCH_RUNS:-15}
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 var /var/lib
mkdir -p /run/etc/envagent /run/etc/network /run/netns /run/network /run/systemd/network /run/systemd/netif
cp -r /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /etc/alternatives /run/etc/
cp -r /etc/network/if-*.d /run/etc/network/ 2>/dev/null || true
mount --bind /run/etc /etc
printf '%s\n' '[Metadata]' Provider=none '[Interface envt0]' Address=10.60.0.21/24 \
  Gateway=10.60.0.254 '[Resolv]' Manage=no >/etc/envagent/envagent.conf
printf '%s\n' 'iface envt0 inet static' ' address 10.60.0.21/24' ' gateway 10.60.0.254' \
  >/etc/network/interfaces
ip link set lo up
ip netns add gw
ip link add envt0 type veth peer name eth0 netns gw
ip -n gw address add 10.60.0.254/24 dev eth0
ip -n gw link set eth0 up
ip link set envt0 up

clean() {
  ip -4 address flush dev envt0
  rm -rf /run/envagent /var/lib/envagent /run/network/ifstate*
}
agent() { "$build/envagent-reconcile" --protocol 1 --module network 3>/dev/null 2>/dev/null; }
there() { ip route show default | grep -q 10.60.0.254; }
by_ifup() { ifup envt0 >/dev/null 2>&1; }
by_networkd() {
  /lib/systemd/systemd-networkd >/dev/null 2>&1 &
  for ((i = 0; i < 500; i++)); do
    there && break
    sleep 0.01
  done
  kill %1 || true
  wait %1 || true
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
measure() {
  local name=$1 i
  shift
  TIMEFORMAT='%3R %3U %3S'
  for ((i = 0; i < runs; i++)); do
    clean
    { time "$@"; } 2>>"/run/$name"
    there || { echo "network: $name: no route came up here"; return; }
  done
  clean
  echo "network: $name: wall $(awk '{ print $1 * 1000 }' "/run/$name" | median) ms," \
    "CPU $(awk '{ print ($2 + $3) * 1000 }' "/run/$name" | median) ms"
}
messages() {
  clean
  strace -f -qq -e trace=sendto,sendmsg -o /run/calls "${@:2}" >/dev/null 2>&1 3>/dev/null || true
  echo "network: $1: $(grep -c 'nlmsg_len\|nlmsg_type' /run/calls) netlink messages"
}

measure agent agent
messages agent "$build/envagent-reconcile" --protocol 1 --module network
if command -v ifup >/dev/null; then
  measure ifup by_ifup
  messages ifup ifup envt0
fi
if [ -x /lib/systemd/systemd-networkd ]; then
  printf '%s\n' '[Match]' Name=envt0 '[Network]' Address=10.60.0.21/24 Gateway=10.60.0.254 \
    >/run/systemd/network/10-envt0.network
  runs=3 measure networkd by_networkd
fi
