#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 61-switch-killed.sh -- a pass killed at any system call of a switch ends in one of two states
#
# A host and its gateway are two network namespaces; each run is one pass that gets from a lease to
# the static address, or would, had it not been killed at the Nth call of one kind.
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
KILLS=200 LANES=2

# What runs in the namespaces: "ok N" for each kill, "bad ..." for a state that is none of the two.
cat >"$dir/inside.sh" <<'EOF'
set -uo pipefail
build=$1 kills=$2 lane=$3 lanes=$4
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 var /var/lib
mkdir -p /run/etc/envagent /run/netns /var/lib/envagent
cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /run/etc/
mount --bind /run/etc /etc
cat >/etc/envagent/envagent.conf <<'CONF'
[Metadata]
Provider=none
[Interface envt0]
Address=10.60.0.150/24
Gateway=10.60.0.254
Route=10.8.0.0/16@10.60.0.253
[Network]
ConfirmSec=5s
[Resolv]
Manage=no
CONF
ip link set lo up
ip netns add gw
ip link add envt0 address 02:00:00:60:00:21 type veth peer name eth0 netns gw
ip -n gw address add 10.60.0.254/24 dev eth0
ip -n gw link set eth0 up
ip link set envt0 up

former() {
  rm -rf /run/envagent /var/lib/envagent
  ip -4 address flush dev envt0
  ip address add 10.60.0.151/24 dev envt0 valid_lft 3600 preferred_lft 3600
  ip address add 10.60.0.150/24 dev envt0 valid_lft 3600 preferred_lft 3600
  ip route add default via 10.60.0.254 dev envt0 proto dhcp
}
is_former() {
  local addresses routes
  addresses=$(ip -4 -o address show envt0) routes=$(ip route)
  [[ $addresses == *"10.60.0.151/24"*dynamic*"10.60.0.150/24"*dynamic* ]] &&
    [[ $addresses != *forever* && $routes != *10.8.0.0* ]] &&
    [[ $routes == "default via 10.60.0.254 dev envt0 proto dhcp"* ]]
}
is_static() {
  local addresses routes
  addresses=$(ip -4 -o address show envt0) routes=$(ip route)
  [[ $addresses == *"10.60.0.150/24"*"valid_lft forever"* ]] &&
    [[ $addresses != *10.60.0.151* && $addresses != *.150/32* ]] &&
    [[ $routes == "default via 10.60.0.254 dev envt0 proto static"*"10.8.0.0/16 via 10.60.0.253"* ]]
}
undecided() { compgen -G '/run/envagent/switch/*.[owb]*' >/dev/null; }
settle() {
  local i
  for ((i = 0; i < 1500; i++)); do
    undecided || return 0
    sleep 0.01
  done
}
pass() { "$@" "$build/envagent-reconcile" --protocol 1 --module network 3>/dev/null 2>>/run/log; }

# How often each call is made in a whole switch
former
pass strace -qq -o /run/calls
is_static || { echo "bad: a switch that nobody kills: $(ip -4 -o address show envt0; ip route; cat /run/log)"; exit 1; }
declare -A made
names=(sendto sendmsg recvmsg renameat fsync unlinkat openat2 fcntl socket clone close poll ppoll mkdirat fchmod)
total=0
for name in "${names[@]}"; do
  made[$name]=$(grep -c "^$name(" /run/calls)
  total=$((total + made[$name]))
done
echo "total $total"
n=0 chosen=0 done=0 back=0
for name in "${names[@]}"; do
  for ((i = 1; i <= made[$name]; i++)); do
    # evenly: KILLS of all
    ((++n * kills / total > (n - 1) * kills / total && ++chosen % lanes == lane)) || continue
    former
    pass strace -qq -o /dev/null -e "trace=$name" -e "inject=$name:signal=SIGKILL:when=$i"
    settle
    if is_static; then
      ((done++))
    elif is_former; then
      ((back++))
    else
      echo "bad: $name $i: $(ip -4 -o address show envt0; ip route) $(ls /run/envagent/switch 2>/dev/null)"
    fi
    ping -c 1 -W 2 -q 10.60.0.254 >/dev/null || echo "bad: $name $i: the gateway cannot be reached"
  done
done
echo "kills $((done + back)) static $done former $back"
EOF

# Mostly they wait for the kernel: several at a time
for ((lane = 0; lane < LANES; lane++)); do
  timeout --kill-after=5 300 unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc \
    bash "$dir/inside.sh" "$BUILD" "$KILLS" "$lane" "$LANES" >"$dir/out.$lane" 2>&1 &
done
wait
out=$(cat "$dir"/out.*)
kills=$(awk '/^kills/ { kills += $2; static += $4; former += $6 } END { print kills + 0, static + 0, former + 0 }' \
  <<<"$out")
check_not "killed at each step, no switch ends in a third state" grep bad <<<"$out"
read -r all static former <<<"$kills"
check "all $KILLS kills were made" test "$all" -ge "$KILLS"
check "some of them before the switch held" test "$former" -gt 0
check "... and some after it" test "$static" -gt 0
echo "# $all kills: $static ended static, $former in the former state"
finish
