#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 80-bad-config.sh -- wrong configuration: named with file, line and column; what worked stays
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
drop=/etc/envagent/envagent.conf.d/90-wrong.conf

# wrong FACT TEXT WANTED: the text as a drop-in, SIGHUP, and what status must tell
wrong() {
  local before
  before=$(tree_of 1/web-2 /etc/www)
  sh_on 1/web-2 "printf '$2' >$drop; unitctl reload envagent.service"
  check_soon "$1: status names $3" 10 has 1/web-2 "agentctl status" "$3"
  check_not "$1: it is not ready" ready 1/web-2
  check_is "$1: the files stay" "$before" tree_of 1/web-2 /etc/www
  check_is "$1: names still resolve" 10.60.0.21 sh_on 1/web-2 'dig +short web-1.cluster.test'
}

wrong "an unknown key" '[Agent]\nRolls=web\n' "90-wrong.conf:2:1"
check_has "... with the nearest name as advice" "Roles" on 1/web-2 agentctl status
wrong "a wrong value" '[Metadata]\nIntervalSec=soon\n' "90-wrong.conf:2:"
wrong "an address that is none" '[Dns]\nUpstream=10.9.0.353\n' "90-wrong.conf:2:"
wrong "a host name that is none" '[Host web_1;]\nAddress=10.60.0.21\n' "90-wrong.conf:"
wrong "a template whose source is missing" \
  '[Template none]\nSource=/etc/envagent/templates/none.erb\nTarget=/etc/none\n' "/etc/envagent/templates/none.erb"
check_has "... while the others go on" "environment 4190101" \
  sh_on 1/web-2 'rm /etc/motd; agentctl apply >/dev/null; cat /etc/motd'
check_not "... and nothing is written for it" on 1/web-2 test -e /etc/none

sh_on 1/web-2 "rm -f $drop; unitctl reload envagent.service"
check_soon "without the drop-in the host is ready again" 15 ready 1/web-2

sh_on 1/web-2 'cp -a /etc/envagent/templates/motd.erb /root/; cp -a /etc/motd /root/motd
  echo "<%= confg_id %>" >>/etc/envagent/templates/motd.erb; agentctl apply >/dev/null 2>&1'
check_has "a template with an unknown fact: file, line, column" "motd.erb:2:" on 1/web-2 agentctl status
check_has "... and the nearest name" "config_id" on 1/web-2 agentctl status
check "... the former file stays" on 1/web-2 cmp /root/motd /etc/motd
sh_on 1/web-2 'cp -a /root/motd.erb /etc/envagent/templates/motd.erb; agentctl apply >/dev/null 2>&1'
check_soon "corrected, the host is ready again" 15 ready 1/web-2

# A service that refuses what was rendered: its former file comes back.
before=$(tree_of 1/web-1 /etc/www)
sh_on 1/web-1 'cp -a /etc/envagent/templates/nginx.conf.erb /root/
  sed -i "s/worker_connections 64;/worker_connections sixty;/" /etc/envagent/templates/nginx.conf.erb
  agentctl apply >/dev/null 2>&1'
check_has "a service that refuses its file: its own words" "invalid number" on 1/web-1 agentctl status
check_is "... its former file is back" "$before" tree_of 1/web-1 /etc/www
check_has "... and it serves" "www of 4190101 on web-1" on 1/web-1 curl -s http://localhost:8080/
sh_on 1/web-1 'cp -a /root/nginx.conf.erb /etc/envagent/templates/; agentctl apply >/dev/null 2>&1'
check_soon "corrected, the host is ready again" 15 ready 1/web-1
finish
