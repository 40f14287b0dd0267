#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# root.sh -- the lab's root process: PID 1 of a PID namespace of its own
#
# Started by lab with LAB_* in its environment and namespaces of every kind. Builds the networks,
# boots the hosts, then stays: when it dies, the kernel ends all that it started.
set -euo pipefail

# shellcheck disable=SC2153
WORK=$LAB_STATE/work
HOSTS=$WORK/hosts
# shellcheck source=tools/lab/plan.bash
source "$LAB_HERE/plan.bash"
# shellcheck source=tools/lab/net.bash
source "$LAB_HERE/net.bash"
# shellcheck source=tools/lab/host.bash
source "$LAB_HERE/host.bash"
# shellcheck source=tools/lab/machine.bash
source "$LAB_HERE/machine.bash"

is_machine() { [[ " $LAB_MACHINES " == *" $1 "* ]]; }

corporate() {
  net_switch core
  for host in cloud:$CLOUD corp-dns:$CORP_DNS mux:$MUX user:$USER_HOST; do
    name=${host%:*}
    net_host "$name" core
    ip -n "$name" addr add "${host#*:}/16" dev eth0
    for ((n = 1; n <= LAB_ENVS; n++)); do
      ip -n "$name" route add "$(nat_net "$n")" via "$(gateway_outside "$n")"
      ip -n "$name" route add "$(nat_net_external "$n")" via "$(gateway_outside "$n")"
    done
    if is_machine "$name"; then
      machine_make "$name" "$name"
    else
      host_make "$name" "$name"
    fi
  done
  "$LAB_HERE/world.sh" "$LAB_ENVS" "$LAB_HOSTS" >"$HOSTS/cloud/etc/skysim/world.json"
  ip -n mux addr add "$MUX_EXTERNAL/16" dev eth0
  is_machine mux || host_mux_files "$HOSTS/mux"
  install -m 644 "$WORK/ca/ca.crt" "$HOSTS/user/etc/lab/ca.crt"
  for host in cloud corp-dns mux user; do
    is_machine "$host" || host_boot "$host"
  done
}

environment() {
  local n=$1 i name
  net_switch "e$n-sw"
  net_gateway "$n"
  host_make "e$n-gw" gateway
  dhcp_conf "$LAB_HOSTS" >"$HOSTS/e$n-gw/etc/dnsmasq.d/dhcp.conf"
  host_boot "e$n-gw"
  for ((i = 0; i < LAB_HOSTS; i++)); do
    name=$(host_name "$i")
    net_host "e$n-$name" "e$n-sw" "$(host_mac "$i")"
    if is_machine "e$n-$name"; then
      machine_make "e$n-$name" env
    else
      host_make "e$n-$name" env
      host_role_files "$name" "$HOSTS/e$n-$name"
    fi
    host_rows "$LAB_HOSTS" >>"$HOSTS/e$n-$name/etc/envagent/envagent.conf"
  done
}

mount -t tmpfs -o mode=0755 lab "$WORK"
mkdir -p "$HOSTS" "$WORK/stage" /run/netns
mount -t tmpfs -o mode=0755 lab-netns /run/netns
if [[ -n $LAB_MACHINES ]]; then
  # What systemd-nspawn keeps there is not the machine's.
  mkdir -p /run/systemd
  mount -t tmpfs -o mode=0755 lab-nspawn /run/systemd
fi

host_stage
host_template
"$LAB_HERE/ca.sh" "$WORK/ca"
corporate
for ((n = 1; n <= LAB_ENVS; n++)); do
  environment "$n"
done
host_wait_booted
# The gateways answer now: the others boot at the same time.
for ((n = 1; n <= LAB_ENVS; n++)); do
  for ((i = 0; i < LAB_HOSTS; i++)); do
    is_machine "e$n-$(host_name "$i")" || host_boot "e$n-$(host_name "$i")"
  done
done
host_wait_booted

echo "$LAB_ENVS environments of $LAB_HOSTS hosts" >"$LAB_STATE/ready"
# Signals are not waited for: the end is SIGKILL. Bash reaps what is orphaned while it waits.
exec 3<> <(:)
while :; do
  read -r -u 3 _ || true
done
