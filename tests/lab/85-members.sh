#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 85-members.sh -- a member that does not answer gets no requests; one that leaves is drained first
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
url=https://www-4190101.$BASE_DOMAIN/

# What the balancer says of each member: "10.200.1.21:8080 up ..."
members() {
  mux_api ltm/pool/~test-4190101~www-4190101/members |
    jq -r '.items | sort_by(.name) | map(.name + " " + .state) | join(" ")'
}
members_are() { [[ $(members) == "$1" ]] || { members; return 1; }; }

# The answers to N requests, how often each: "4 web-1", "404", ...
answers() {
  sh_on user "for i in \$(seq $1); do curl -sS -m 5 --cacert /etc/lab/ca.crt -w ' %{http_code}\n' $url | xargs; done |
    sed 's/^www of 4190101 on \(web-[12]\) 200\$/\1/' | sort | uniq -c | sed 's/^ *//'"
}

check_soon "both members are up" 10 members_are "10.200.1.21:8080 up 10.200.1.22:8080 up"
check_is "... and take turns" "5 web-1
5 web-2" answers 10
on 1/web-2 unitctl stop www.service
check_is "web-2's service stopped: no request is lost, from the first moment on" "10 web-1" answers 10
check_soon "... the balancer's checks notice" 25 members_are "10.200.1.21:8080 up 10.200.1.22:8080 down"
check_is "... web-1 answers all" "10 web-1" answers 10
check_has "... the leader says so when it reads the pools" "1 of 2 checked ones up" \
  sh_on 1/dns-1 'for i in $(seq 11); do agentctl apply >/dev/null; agentctl status; done'
check "... web-2 itself is ready, as is the leader" sh_on 1/dns-1 'agentctl status >/dev/null'
on 1/web-1 unitctl stop www.service
check_soon "no member left: the address says which environment has none" 25 \
  has user "curl -s -m 5 --cacert /etc/lab/ca.crt -w '%{http_code}' $url" "environment 4190101"
check_soon "... as 503 with a time to try again" 25 \
  has user "curl -s -m 5 --cacert /etc/lab/ca.crt -D - -o /dev/null $url" "retry-after"
check_has "... the other environment does not notice" "www of 4190102" \
  fetch user "https://www-4190102.$BASE_DOMAIN/"
on 1/web-1 unitctl start www.service
on 1/web-2 unitctl start www.service
check_soon "started again, both are back" 25 members_are "10.200.1.21:8080 up 10.200.1.22:8080 up"
# HAProxy 2.6 gives a server that comes up its place in the round that is under way: 16 turns for each
# unit of weight. Depending on where that round was left, one of the two may answer up to half of it in
# a row (a HAProxy without envmux does the same); from the next round on they alternate.
check_is "... no request of the next 32, one round, is lost" "32" \
  sh_on user "for i in \$(seq 32); do curl -sS -m 5 --cacert /etc/lab/ca.crt $url; echo; done | grep -c '^www of 4190101'"
check_is "... they take turns again" "5 web-1
5 web-2" answers 10

# A service that loses a member: disabled by one pass, gone with the next.
drop=/etc/envagent/envagent.conf.d/50-members.conf
mark=$(mux_mark)
sh_on 1/dns-1 "printf '[Service www]\nRoles=\nHosts=web-1\n' >$drop; unitctl reload envagent.service"
check_soon "a host that leaves the service is no member any more" 20 members_are "10.200.1.21:8080 up"
check_is "... and its node is gone too" "10.200.1.21" \
  sh_on user "curl -sS --cacert /etc/lab/ca.crt -u admin:example-admin 'https://10.9.0.80:8443/mgmt/tm/ltm/node?\$filter=partition+eq+test-4190101' | jq -r '.items[].name'"
check_is "... after it was drained by a write of its own" "PATCH /mgmt/tm/ltm/pool/~test-4190101~www-4190101 200
POST /mgmt/tm/transaction 200
PATCH /mgmt/tm/ltm/pool/~test-4190101~www-4190101 200
DELETE /mgmt/tm/ltm/node/~test-4190101~10.200.1.22 200
PATCH /mgmt/tm/transaction/N 200" sed 's/[0-9]\{12,\}/N/' <(mux_writes 1 "$mark")
check_soon "... the leader is ready" 20 ready 1/dns-1
check_is "... web-1 answers all" "6 web-1" answers 6
sh_on 1/dns-1 "rm $drop; unitctl reload envagent.service"
check_soon "with it again" 20 members_are "10.200.1.21:8080 up 10.200.1.22:8080 up"
check_soon "... the leader is ready" 20 ready 1/dns-1
finish
