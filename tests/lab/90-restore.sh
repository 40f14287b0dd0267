#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 90-restore.sh -- agentctl restore gives back what was there before the agent
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

dynamic() { sh_on "$1" 'ip -j -4 addr show eth0 | jq -e ".[0].addr_info[0].dynamic"'; }

for host in 1/web-1 2/web-2 2/dns-1; do
  check "$host: restore" on "$host" agentctl restore
  # What DHCP wrote may be written again by the client that runs again: same bytes, other times.
  check_is "$host: /etc is as it was" "" \
    sh_on "$host" 'diff -r --no-dereference /root/before /etc'
  check_is "$host has the template's name again" template on "$host" hostname
  check_soon "$host: the address is DHCP's again" 15 dynamic "$host"
  check "$host: ... with a client that renews it" on "$host" pgrep dhclient
  check_is "$host: the manifest is empty" 0 \
    sh_on "$host" 'jq "[.files, .live] | map(length) | add" /var/lib/envagent/manifest 2>/dev/null || echo 0'
done
check_is "2/web-2: resolv.conf is the link that it was" "../run/resolver/stub.conf" \
  on 2/web-2 readlink /etc/resolv.conf
check_has "2/web-2: ... to what DHCP wrote" "nameserver 10.60.0.254" on 2/web-2 cat /etc/resolv.conf
check_is "1/web-1: resolv.conf is the file that it was" "regular file" \
  on 1/web-1 stat -c %F /etc/resolv.conf

sleep 5
check_is "the agent rests meanwhile" template on 1/web-1 hostname
for host in 1/web-1 2/web-2 2/dns-1; do
  on "$host" agentctl apply >/dev/null 2>&1
done
for host in 1/web-1 2/web-2 2/dns-1; do
  check "$host: after apply it is ready again" wait_ready "$host"
  check_has "$host: ... as itself" "${host#*/}" on "$host" hostname
done
finish
