#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 20-first-pass.sh -- from the metadata answer to a host that is somebody
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
base=test-envs.example.internal

for host in "${HOSTS[@]}"; do
  id=$(env_id "$host") name=${host#*/}
  check_is "$host is ready" ready sh_on "$host" 'agentctl status --json | jq -r .state'
  check_is "$host knows its environment" "$id" \
    sh_on "$host" 'agentctl status --json | jq -r .identity.env'
  check_is "$host has its name" "$name" sh_on "$host" 'hostname -s'
  check_has "$host: web.yml has the id" "web_url: 'https://www-$id.$base/'" \
    on "$host" cat /etc/www/web.yml
  check_has "$host: web.yml has the name" "host: '$name.cluster.test'" on "$host" cat /etc/www/web.yml
  check_is "$host: platform.json is JSON with all hosts" "[\"$id\",3]" \
    on "$host" jq -c '[.environment, (.hosts | length)]' /etc/platform.json
  check_has "$host: motd has id and name" "This is $name of environment $id" on "$host" cat /etc/motd
  check_is "$host: nothing of the build's id is left" "" \
    sh_on "$host" 'grep -rl 4180000 /etc/www/web.yml /etc/platform.json /etc/motd'
  check_has "$host asks the environment's name server" "nameserver 10.60.0.10" \
    on "$host" cat /etc/resolv.conf
  check_not "$host asks DHCP's no more" sh_on "$host" 'grep 10.60.0.254 /etc/resolv.conf'
done
for host in 1/web-1 1/web-2 2/web-1 2/web-2; do
  id=$(env_id "$host") name=${host#*/}
  check_soon "$host: the reloaded service serves its own environment" 5 \
    has "$host" 'curl -s http://localhost:8080/' "www of $id on $name"
done
check_is "from outside the two copies can be told apart" \
  "www of 4190101 on web-1
www of 4190102 on web-1" \
  sh_on user 'curl -s http://10.200.1.21:8080/; curl -s http://10.200.2.21:8080/'
check_is "no secret of the metadata is in the status or the facts" "" \
  sh_on 1/web-1 'grep -rl example-password /run/envagent /var/log; agentctl facts | grep example-password'
finish
