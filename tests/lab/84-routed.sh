#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 84-routed.sh -- one address for each environment, from outside and from inside
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

# Whose answer it is, and from which address it came in the end.
whose() { fetch "$@" -L | sed 's/ on web-[12]$//'; }

for n in 1 2; do
  id=$(env_id $n) url=https://www-$(env_id $n).$BASE_DOMAIN
  for host in user 1/web-1 2/dns-1; do
    check_is "environment $id answers as itself to $host" "www of $id
200 $url/" whose "$host" "$url/"
    check_is "... by a redirect to an absolute address too" "www of $id
200 $url/" whose "$host" "$url/redirect"
    check_is "... and by plain HTTP, which leads to HTTPS" "www of $id
200 $url/" whose "$host" "http://www-$id.$BASE_DOMAIN/"
  done
  check_is "of many requests none is answered by another environment" "20 www of $id" \
    sh_on user "for i in \$(seq 20); do curl -sS -m 5 --cacert /etc/lab/ca.crt $url/; done |
      sed 's/ on web-[12]\$//' | sort | uniq -c | sed 's/^ *//'"
  check_is "... and both members take their share" "web-1 web-2" \
    sh_on user "for i in 1 2 3 4; do curl -sS -m 5 --cacert /etc/lab/ca.crt $url/; done |
      sed 's/.* on //' | sort -u | xargs"
  check_is "the name is spelt as one likes, with a port or not" 200 \
    on user curl -s -m 5 --cacert /etc/lab/ca.crt -o /dev/null -w '%{http_code}' \
    "https://WWW-$id.test-ENVS.example.internal:443/"
done
check_has "an id that nobody registered is a 404" "
404 " fetch user "https://www-4190199.$BASE_DOMAIN/x"
check_has "... that names it" 4190199 fetch user "https://www-4190199.$BASE_DOMAIN/"
check_has "... and a service that this environment lacks" "no service nope-4190101" \
  fetch user "https://nope-4190101.$BASE_DOMAIN/"
check_not "control: without the lab's certificate authority nothing is trusted" \
  on user curl -s -m 5 "https://www-4190101.$BASE_DOMAIN/"
check_is "the environment's own name server leads to the balancer" 10.9.1.80 \
  on 1/web-1 dig +short "@10.60.0.10" "www-4190101.$BASE_DOMAIN"

# ---- what a pass asks the balancer ----

# How many whole passes the agent of 1/dns-1 has behind it; every tenth reads all of the pools.
passes() { sh_on 1/dns-1 'agentctl status --json | jq .pass.number'; }
another() { on 1/dns-1 agentctl apply >/dev/null; }

(($(passes) % 10)) || another
mark=$(mux_mark)
another
check_is "a pass over a settled environment is one GET" "GET /mgmt/tm/auth/partition/test-4190101 200" \
  mux_asked 1 "$mark"
until ((($(passes)) % 10 == 0)); do another; done
mark=$(mux_mark)
another
check_is "every tenth reads the pools again, and writes nothing" "GET /mgmt/tm/auth/partition/test-4190101 200
GET /mgmt/tm/ltm/pool 200
GET /mgmt/tm/ltm/node 200
GET /mgmt/tm/ltm/monitor/http 200" mux_asked 1 "$mark"
check_has "... and tells what the balancer's checks say" "2 of 2 checked ones up" \
  module_state 1/dns-1 balancer
check_has "the stamp tells whose it is" "envagent v1 env=4190101 vm=52101010 fence=1 until=" \
  sh_on user "curl -sS --cacert /etc/lab/ca.crt -u admin:example-admin https://10.9.0.80:8443/mgmt/tm/auth/partition/test-4190101"

# A pool that somebody deleted comes back, at the latest with the tenth pass.
mux_api ltm/pool/~test-4190101~www-4190101 -X DELETE
check_has "(its pool is deleted by hand)" "no service www-4190101" \
  fetch user "https://www-4190101.$BASE_DOMAIN/"
mark=$(mux_mark)
for _ in $(seq 11); do another; done
check_is "a pool that was deleted by hand is made again, by one write" "POST /mgmt/tm/ltm/pool 200" \
  mux_writes 1 "$mark"
check_is "... and routed" "www of 4190101
200 https://www-4190101.$BASE_DOMAIN/" whose user "https://www-4190101.$BASE_DOMAIN/"
check_is "no secret is in the leader's log, plan or status" "" \
  sh_on 1/dns-1 'grep -l -e example-password -e example-token /run/envagent/*.json /var/log/*.log; agentctl plan --json | grep -e example-password -e example-token'
check_is "the leader's facts tell the addresses that it registered" '{"web-1":"10.200.1.21","web-2":"10.200.1.22"}' \
  sh_on 1/dns-1 "agentctl facts nat | jq -cS '{\"web-1\", \"web-2\"}'"
check_is "what the leader remembers is its own" "600 envagent-leader" \
  on 1/dns-1 stat -c '%a %U' /var/lib/envagent-leader/state.json
finish
