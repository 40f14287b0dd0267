#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 70-new-id.sh -- a running environment turns out to be a copy: another id, another NAT; rendered
# and registered anew without a reboot, and the original's registration is left alone
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
base=$BASE_DOMAIN

# become ID NET FORMER-ID FORMER-NET: environment 1 is ID from now on, and 10.200.NET.0/24 outside
become() {
  sh_on cloud "sed -i 's/\"$3\"/\"$1\"/; s/\"\(10.20[04]\).$4.0/\"\1.$2.0/' /etc/skysim/world.json &&
    unitctl reload skysim.service"
  sh_on 1/gw "{ echo 'delete table ip lab'; nft list table ip lab | sed 's/\(10.20[04]\).$4.0/\1.$2.0/g'; } >/tmp/nat
    nft -f /tmp/nat"
  for host in cloud corp-dns mux user; do
    sh_on "$host" "ip route replace 10.200.$2.0/24 via 10.9.200.1; ip route replace 10.204.$2.0/24 via 10.9.200.1"
  done
}

settled_as() {
  [[ $(on "$1" agentctl status --json | jq -r '"\(.identity.env) \(.state)"') == "$2 ready" ]]
}

# Which files, since when, and which processes; of the environment that must not notice
quiet_state() {
  for host in 2/dns-1 2/web-1 2/web-2; do
    sh_on "$host" 'find /etc /var/lib/envagent /var/lib/envagent-leader -type f -printf "%p %i %C@\n" | sort; cat /run/lab/*.pid'
  done
}

boots() { sh_on "$1" 'stat -c %Y /proc/1; cat /run/lab/envagent.service.pid'; }
partition() { mux_api "auth/partition/test-$1" | jq -cS .; }
answers() { [[ $(fetch user "https://www-$1.$base/") == "www of $1 on web-"* ]]; }

check_soon "(the original is routed)" 20 answers 4190101
others=$(quiet_state)
boot=$(boots 1/web-1)
original=$(partition 4190101)
become 4190777 77 4190101 1
for host in 1/dns-1 1/web-1 1/web-2; do
  check_soon "$host settles as 4190777 by itself" 20 settled_as "$host" 4190777
  check_has "$host: web.yml is rendered anew" "https://www-4190777.$base/" on "$host" cat /etc/www/web.yml
  check_is "$host: nothing of the former id is left" "" \
    sh_on "$host" 'grep -l 4190101 /etc/www/* /etc/motd /etc/platform.json'
  check_has "$host: motd too" "environment 4190777" on "$host" cat /etc/motd
done
check_soon "the service was reloaded" 5 has 1/web-1 'curl -s http://localhost:8080/' "www of 4190777 on web-1"
check_is "no host was rebooted, no agent restarted" "$boot" boots 1/web-1
check "the copy is reached at its own address" answers 4190777
check_is "... its members are its own" "10.200.77.21:8080 10.200.77.22:8080" \
  sh_on user "curl -sS --cacert /etc/lab/ca.crt -u admin:example-admin https://10.9.0.80:8443/mgmt/tm/ltm/pool/~test-4190777~www-4190777/members | jq -r '[.items[].name] | sort | join(\" \")'"
check_is "what was the original's is forgotten, not released" "$original" partition 4190101
check_is "the other environment did not notice" "$others" quiet_state

become 4190101 1 4190777 77
for host in 1/dns-1 1/web-1 1/web-2; do
  check_soon "$host settles as 4190101 again" 20 settled_as "$host" 4190101
  check_has "$host: ... in its files" "https://www-4190101.$base/" on "$host" cat /etc/www/web.yml
done
check_soon "the original is routed again" 20 answers 4190101
mux_api ltm/pool/~test-4190777~www-4190777 -X DELETE
for address in 21 22; do
  mux_api "ltm/node/~test-4190777~10.200.77.$address" -X DELETE
done
monitor=$(mux_api 'ltm/monitor/http?$filter=partition+eq+test-4190777' | jq -r '.items[].name')
mux_api "ltm/monitor/http/~test-4190777~$monitor" -X DELETE
mux_api auth/partition/test-4190777 -X DELETE
check_has "(nothing of the copy is left at the balancer)" "01020036" mux_api auth/partition/test-4190777
finish
