#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 40-lifetime.sh -- the address is the host's own: it outlives the DHCP lease
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

no_address() { [[ $(lifetimes "$1") == '[]' ]]; }
lifetimes() { sh_on "$1" 'ip -j -4 addr show eth0 | jq -c "[.[0].addr_info[]? | [.local, .prefixlen, .dynamic, .valid_life_time]]"'; }

for host in "${HOSTS[@]}"; do
  address=10.60.0.10
  [[ $host == */dns-1 ]] || address=10.60.0.2${host: -1}
  check_is "$host has its address for ever" "[[\"$address\",24,null,4294967295]]" lifetimes "$host"
  check_is "$host runs no DHCP client" "" \
    sh_on "$host" 'pgrep -x dhclient; pgrep -x dhcpcd; pgrep -x udhcpc'
  check_is "$host has no lease" "" sh_on "$host" 'ls /var/lib/dhcp'
  check_is "$host has one default route" "10.60.0.254" \
    sh_on "$host" 'ip -j route show default | jq -r ".[].gateway"'
done
sleep "$((LAB_LEASE + 2))"
for host in 1/web-1 2/dns-1; do
  check_has "$host still has it when the lease has run out" 4294967295 lifetimes "$host"
  check "$host still reaches the metadata service" \
    on "$host" curl -sf -m 2 -o /dev/null http://169.254.169.254/skytap
done

# The counter-proof, on a host without the agent: there the address does go.
on 2/web-1 unitctl stop envagent.service
sh_on 2/web-1 'ip addr flush dev eth0 scope global; rm -f /etc/resolv.conf; sh /etc/lab/boot' >/dev/null 2>&1
check_has "control: DHCP's address has an end" '"dynamic"' \
  sh_on 2/web-1 'ip -j -4 addr show eth0 | jq -c ".[0].addr_info[0] | keys"'
on 2/web-1 pkill -9 dhclient
check_soon "control: without its client it is gone with the lease" "$((LAB_LEASE + 3))" \
  no_address 2/web-1
on 2/web-1 sh /etc/lab/boot >/dev/null 2>&1
on 2/web-1 unitctl start envagent.service
check "the agent makes it the host's own again" wait_ready 2/web-1
check_has "... for ever" 4294967295 lifetimes 2/web-1
finish
