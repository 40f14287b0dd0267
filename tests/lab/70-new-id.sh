#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 70-new-id.sh -- the metadata tells another id, as after a copy: rendered anew without a reboot
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
base=test-envs.example.internal

# rename_environment FROM TO: in the cloud, by editing the world
rename_environment() {
  sh_on cloud "sed -i 's/\"$1\"/\"$2\"/' /etc/skysim/world.json && unitctl reload skysim.service"
}

settled_as() {
  [[ $(on "$1" agentctl status --json | jq -r '"\(.identity.env) \(.state)"') == "$2 ready" ]]
}

# Which files, since when, and which processes; of the environment that must not notice
quiet_state() {
  for host in 2/dns-1 2/web-1 2/web-2; do
    sh_on "$host" 'find /etc /var/lib/envagent -type f -printf "%p %i %C@\n" | sort; cat /run/lab/*.pid'
  done
}

boots() { sh_on "$1" 'stat -c %Y /proc/1; cat /run/lab/envagent.service.pid'; }

others=$(quiet_state)
boot=$(boots 1/web-1)
rename_environment 4190101 4190777
for host in 1/dns-1 1/web-1 1/web-2; do
  check_soon "$host settles as 4190777 by itself" 20 settled_as "$host" 4190777
  check_has "$host: web.yml is rendered anew" "https://www-4190777.$base/" on "$host" cat /etc/www/web.yml
  check_is "$host: nothing of the former id is left" "" \
    sh_on "$host" 'grep -l 4190101 /etc/www/* /etc/motd /etc/platform.json'
  check_has "$host: motd too" "environment 4190777" on "$host" cat /etc/motd
done
check_soon "the service was reloaded" 5 has 1/web-1 'curl -s http://localhost:8080/' "www of 4190777 on web-1"
check_is "no host was rebooted, no agent restarted" "$boot" boots 1/web-1
check_is "the other environment did not notice" "$others" quiet_state

rename_environment 4190777 4190101
for host in 1/dns-1 1/web-1 1/web-2; do
  check_soon "$host settles as 4190101 again" 20 settled_as "$host" 4190101
  check_has "$host: ... in its files" "https://www-4190101.$base/" on "$host" cat /etc/www/web.yml
done
finish
