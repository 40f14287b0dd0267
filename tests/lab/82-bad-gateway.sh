#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 82-bad-gateway.sh -- the metadata service misbehaves: said so, and nothing else happens
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/web-1

# What the metadata service does with the requests of that host.
fault() { on cloud curl -sf -o /dev/null -X PUT "http://127.0.0.1:8080/_skysim/fault?metadata=$1&vm=52101021"; }

unsettled() { [[ $(on "$host" agentctl status --json | jq -r .state) =~ ^(converging|degraded)$ ]]; }

before=$(tree_of $host /etc)
for kind in html empty half truncated huge other-vm null-url no-url 404 500 refuse hang; do
  check "(the gateway gives: $kind)" fault "$kind"
  on $host agentctl apply >/dev/null 2>&1
  check "$kind: the host is converging or degraded" unsettled
  check_has "$kind: status names an address that was tried" "169.254.169.254" on $host agentctl status
  check_is "$kind: no file changes" "$before" tree_of $host /etc
  check_has "$kind: the service goes on" "www of 4190101 on web-1" \
    on $host curl -s http://localhost:8080/
  fault none
done
on $host agentctl apply >/dev/null 2>&1
check_soon "with a good answer it is ready again" 10 ready $host

fault 503
check_soon "a failing gateway is noticed by the identity check alone" 15 has $host \
  'agentctl status --json | jq -r .state' degraded
check_has "... with what it answered" 503 on $host agentctl status
fault none
check_soon "... and so is one that works again" 40 ready $host

# An agent that starts while nobody tells it who it is.
fault hang
sh_on $host 'unitctl restart envagent.service; rm -f /etc/motd; agentctl apply >/dev/null 2>&1'
check_not "without an identity a starting agent is not ready" ready $host
check_has "... serves what was there" "www of 4190101 on web-1" on $host curl -s http://localhost:8080/
check_not "... and renders nothing with an id that nobody confirmed" sh_on $host 'grep 4190101 /etc/motd'
fault none
check_soon "with the gateway's answer it is ready" 40 ready $host
check_has "... and has rendered" "environment 4190101" on $host cat /etc/motd
check_is "... all as it was" "$before" tree_of $host /etc
finish
