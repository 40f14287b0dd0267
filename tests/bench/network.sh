#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# network.sh BUILD -- one static address and its route: a pass of the agent, ifup, systemd-networkd
#
# The same namespace, one after the other, in turns: each begins with a link that is up and has
# nothing. Medians of wall ms until the address and the route are there (the agent: until its probes
# have passed, too, and it has ended), CPU ms until then with all children, netlink messages sent.
# The agent asks for 300 ms whether somebody has a new address; the others do not ask.
set -euo pipefail

if [ "${2-}" != inside ]; then
  exec unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc "$0" "$(realpath "$1")" inside
fi
build=$1 runs=${BENCH_RUNS:-15} networkd=/lib/systemd/systemd-networkd
address=10.60.0.21/24 gateway=10.60.0.254

# ---- a host with one link; its gateway is namespace gw ----

mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 var /var/lib
# systemd-networkd waits for udev to have seen a link, unless /sys is read-only: a container has none.
mount -t sysfs -o ro sys /sys
mkdir -p /run/etc/envagent /run/etc/network /run/netns /run/network /run/systemd/network /run/bench
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network: /run/systemd/netif 2>/dev/null || true
cp -r /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /etc/alternatives /run/etc/
cp -r /etc/network/if-*.d /run/etc/network/ 2>/dev/null || true
mount --bind /run/etc /etc
printf '%s\n' '[Metadata]' Provider=none '[Interface envt0]' Address=$address Gateway=$gateway \
  '[Resolv]' Manage=no >/etc/envagent/envagent.conf
printf '%s\n' 'iface envt0 inet static' " address $address" " gateway $gateway" >/etc/network/interfaces
# What it does beside by default is switched off, in its favour.
printf '%s\n' '[Match]' Name=envt0 '[Network]' Address=$address Gateway=$gateway \
  LinkLocalAddressing=no IPv6AcceptRA=no LLDP=no >/run/systemd/network/10-envt0.network
ip link set lo up
ip netns add gw
ip link add envt0 type veth peer name eth0 netns gw
ip -n gw address add $gateway/24 dev eth0
ip -n gw link set eth0 up
ip link set envt0 up

# Nothing that one leaves may tell another that it is governed by it.
clean() {
  ip -4 address flush dev envt0
  rm -rf /run/envagent /var/lib/envagent /run/network/ifstate* /run/systemd/netif/state \
    /run/systemd/netif/links/* /run/systemd/network/00-envagent-*
}
# The kernel's own table, without a process: the default route.
there() {
  local name destination rest
  while read -r name destination rest; do
    [ "$destination" != 00000000 ] || return 0
  done </proc/net/route
  return 1
}
mkfifo /run/bench/never
exec {never}<>/run/bench/never
doze() { read -r -t "$1" -u $never || true; }

# ---- who brings it up; what it used of the CPU goes to the file cpu, in microseconds ----

agent_words=("$build/envagent-reconcile" --protocol 1 --module network)
agent() { "$build/bench/cpu" /run/bench/cpu / "${agent_words[@]}" >/run/bench/log 2>&1 3>/dev/null; }
by_ifup() { "$build/bench/cpu" /run/bench/cpu / "$(command -v ifup)" envt0 >/run/bench/log 2>&1; }
networkd_pid=
by_networkd() {
  local i
  "$@" $networkd >/run/bench/log 2>&1 &
  networkd_pid=$!
  disown # the shell would tell that it was killed
  for ((i = 0; i < 10000; i++)); do
    ! there || break
    doze 0.001
  done
  awk '{ printf "%d\n", $1 / 1000 }' "/proc/$networkd_pid/schedstat" >/run/bench/cpu
}
# Not part of what is measured. Below strace it would go on.
end_networkd() {
  local pid=$networkd_pid
  networkd_pid=
  if [ -n "$pid" ]; then
    # shellcheck disable=SC2046 # none, or one
    kill -KILL "$pid" $(pgrep -P "$pid") || true
    while kill -0 "$pid" 2>/dev/null; do doze 0.001; done
  fi
}

now() { echo "${EPOCHREALTIME/./}"; }
median() { sort -n | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] / 1000 }'; }

# measure NAME COMMAND: one run; false if it brought nothing up
measure() {
  local start
  clean
  start=$(now)
  "$2" || true
  echo "$(($(now) - start))" >>"/run/bench/$1.wall"
  cut -d ' ' -f 1 /run/bench/cpu >>"/run/bench/$1.cpu"
  end_networkd
  there
}

# count NAME COMMAND...: the netlink messages that it sends
count() {
  clean
  "${@:2}" >/dev/null 2>&1 3>/dev/null || true
  end_networkd
  grep -o 'nlmsg_len=' /run/bench/calls | wc -l >"/run/bench/$1.messages"
}
trace=(strace -f -qq -e 'trace=sendto,sendmsg' -o /run/bench/calls)

who=(agent)
[ -z "$(command -v ifup)" ] || who+=(ifup)
[ ! -x $networkd ] || who+=(networkd)
for ((i = 0; i < runs; i++)); do
  for name in "${who[@]}"; do
    case $name in agent) one=agent ;; *) one=by_$name ;; esac
    measure "$name" "$one" || {
      echo "network: $name brought up no route here: $(tail -n 1 /run/bench/log)"
      who=("${who[@]/$name/}")
      rm -f "/run/bench/$name".*
    }
  done
  mapfile -t who < <(printf '%s\n' "${who[@]}" | grep .)
done
for name in "${who[@]}"; do
  case $name in
  agent) count agent "${trace[@]}" "${agent_words[@]}" ;;
  ifup) count ifup "${trace[@]}" ifup envt0 ;;
  networkd) count networkd by_networkd "${trace[@]}" ;;
  esac
done

# ---- what is asked of the agent most: the lease's own address becomes static, and nobody notices ----

keep() {
  clean
  ip address add $address dev envt0 valid_lft 3600 preferred_lft 3600
  ip route add default via $gateway dev envt0 proto dhcp
  ip netns exec gw ping -q -i 0.001 -w 30 10.60.0.21 >/run/bench/ping 2>&1 &
  local ping=$! start
  doze 0.3
  start=$(now)
  agent || true
  echo "$(($(now) - start))" >/run/bench/keep.wall
  cut -d ' ' -f 1 /run/bench/cpu >/run/bench/keep.cpu
  doze 0.3
  kill -INT $ping
  wait $ping || true
  ip -4 -o address show dev envt0 | grep -q 'valid_lft forever' || echo "network: the address is a lease still"
}
command -v ping >/dev/null && keep

# ---- the table ----

cell() { [ ! -s "/run/bench/$1.$2" ] || case $2 in messages) cat "/run/bench/$1.$2" ;; *) median <"/run/bench/$1.$2" ;; esac; }
line() { # NAME FIGURE UNIT
  local ours theirs name
  ours=$(cell agent "$2")
  printf '%-34s %9s' "$1" "$ours $3"
  for name in ifup networkd; do
    theirs=$(cell $name "$2")
    printf '   %20s' "$(awk -v o="$ours" -v t="$theirs" -v u="$3" \
      'BEGIN { if (t == "") print "-"; else printf "%s %s (%.1f x)", t, u, (o > 0 ? t / o : 0) }')"
  done
  echo
}
printf '\n%-34s %9s   %20s   %20s\n' "one static address and its route" agent ifup systemd-networkd
line "CPU, children included" cpu ms
line "wall (agent: 300 ms of it ask)" wall ms
line "netlink messages sent" messages ""
[ ! -s /run/bench/keep.cpu ] || printf '%-34s %9s   in %s ms; 1 ms ping meanwhile: %s\n' \
  "a lease's address made static" "$(cell keep cpu) ms" "$(cell keep wall)" \
  "$(sed -n 's/^\([0-9]* packets transmitted, [0-9]* received\).*/\1/p' /run/bench/ping)"
