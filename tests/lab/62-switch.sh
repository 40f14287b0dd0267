#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 62-switch.sh -- a person's word on a switch; what is taken from a link is back within a second
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

for host in "${HOSTS[@]}"; do
  check_not "$host: the first boot of all at once needed no rollback" \
    on "$host" test -e /var/lib/envagent/network.json
done

# ---- drift ----

host=1/web-1
before=$(sh_on $host 'ip -4 -o address show eth0 | sed "s/.*inet //"; ip route')
state() { sh_on "$host" 'ip -4 -o address show eth0 | sed "s/.*inet //"; ip route'; }
back() { [[ $(state) == "$before" ]] || { state; return 1; }; }

on $host ip address del 10.60.0.21/24 dev eth0
check_soon "$host: an address that somebody took is back, and all routes" 5 back
check "$host is ready again" wait_ready $host
on $host ip route del default
check_soon "$host: a default route that somebody took is back" 5 back
check "$host is ready again" wait_ready $host
check_not "$host: a repair is no switch that was taken back" on $host test -e /var/lib/envagent/network.json

# ---- the same address, and not a packet is lost ----

host=1/web-2
before=$(state)
sh_on $host 'sleep 1; ip address change 10.60.0.22/24 dev eth0 valid_lft 600 preferred_lft 600' &
ping=$(sh_on $host 'ping -q -i 0.001 -c 3000 -W 2 10.60.0.254')
wait
check_has "$host: a lease becomes static again under a ping each millisecond, and none is lost" \
  "3000 packets transmitted, 3000 received, 0% packet loss" echo "$ping"
check_soon "$host: ... and it has no lifetime" 5 back

# ---- somebody who does not stop ----

# Undone once more, and again should the pause have ended before anybody looked.
undone() {
  sh_on "$host" 'ip address change 10.60.0.22/24 dev eth0 valid_lft 600 preferred_lft 600; sleep 0.3'
  has "$host" 'agentctl status' 'somebody undoes'
}
check_soon "$host: a fight is told, and not fought each second" 20 undone
sh_on $host 'agentctl apply' >/dev/null
check_soon "$host: ... a person's word ends the pause" 15 back
check "$host is ready again" wait_ready $host
host=1/web-1

# ---- a person ----

conf='[Interface eth0]
Address=10.60.0.21/24 10.60.0.121/24
[Network]
ConfirmSec=5s'
# A configuration that changes is taken over by itself, unless the agent is paused.
on $host agentctl pause 10min >/dev/null
sh_on $host "mkdir -p /etc/envagent/envagent.conf.d; cat >/etc/envagent/envagent.conf.d/90-switch.conf" <<<"$conf"
check_not "nothing waits for a word yet" on $host agentctl net confirm
on $host agentctl net try >/dev/null 2>&1
check_has "agentctl net status says that a switch waits" "waits for your word" on $host agentctl net status
check "agentctl net confirm" on $host agentctl net confirm
check_has "the confirmed address is there" 10.60.0.121/24 on $host ip -4 address show eth0
sleep 6
check_has "... and stays after ConfirmSec=" 10.60.0.121/24 on $host ip -4 address show eth0
sh_on $host 'rm /etc/envagent/envagent.conf.d/90-switch.conf; ip address del 10.60.0.121/24 dev eth0
  agentctl resume; agentctl reload; agentctl apply' >/dev/null 2>&1
check "$host is ready again" wait_ready $host
finish
