#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 89-stop.sh -- an orderly stop of the leader gives its login back, and waits for nobody
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
leader=1/dns-1
state=/var/lib/envagent-leader/state.json

token() { sh_on $leader "jq -r '.modules.balancer.own.token // empty' $state 2>/dev/null"; }
# What the balancer answers to a request with that token: 200, or 401 once it is gone. It is good from
# the leader only.
knows() {
  sh_on $leader "curl -sS -m 5 -o /dev/null -w '%{http_code}' --cacert /etc/envagent/mux-ca.crt \
    -H 'X-F5-Auth-Token: $1' https://10.9.0.80:8443/mgmt/shared/authz/tokens/$1"
}
logins() { mux_asked 1 "$1" | grep -c '^POST /mgmt/shared/authn/login 200'; }
ended() { sh_on "$leader" 'grep "main process ended" /var/log/envagent.service.log | tail -n 1'; }
log_says() { sh_on "$leader" "grep -c '$1' /var/log/envagent.service.log"; }

on $leader agentctl apply >/dev/null
kept=$(token)
check_is "a settled leader has a login at the balancer, and keeps it" 200 knows "$kept"

mark=$(mux_mark)
kill_hard $leader "$(main_pid $leader envagent)"
check_soon "killed and started again, it is ready" 30 ready $leader
check_is "... with the same login" "$kept" token
check_is "... and without another" 0 logins "$mark"

mark=$(mux_mark)
on $leader unitctl stop envagent.service
check_has "it stops in good order" "status 0" ended
check_is "... and its login has ended at the balancer" 401 knows "$kept"
check_is "... and is forgotten here" "" token
check_is "... while nothing of the registration was touched" "" mux_writes 1 "$mark"
check_has "... which serves" "www of 4190101" fetch user "https://www-4190101.$BASE_DOMAIN/"
check_is "no token is in its log" 0 log_says "$kept"

mark=$(mux_mark)
on $leader unitctl start envagent.service
check_soon "started, it is ready" 30 ready $leader
check_is "... by one login" 1 logins "$mark"
check_is "... and no write" "" mux_writes 1 "$mark"

# A balancer that does not even refuse: the packets are lost.
kept=$(token)
on 1/gw nft -f - <<<'table ip silent { chain c { type filter hook forward priority 0; ip daddr 10.9.0.80 drop; }; }'
on $leader unitctl stop envagent.service
check_has "a balancer that is silent does not hold up the stop" "status 0" ended
check_has "... and the log says so" 1 log_says "login at the load balancer stays until it ends by itself"
on 1/gw nft delete table ip silent
check_is "... the login stays, here and there" "$kept 200" echo "$(token) $(knows "$kept")"
on $leader unitctl start envagent.service
check_soon "it is ready again" 30 ready $leader
check_is "... with that login" "$kept" token

check "restore" on $leader agentctl restore
check_is "... ends the login, too" 401 knows "$kept"
check_not "... and nothing is remembered of it" on $leader test -e $state
check_has "... what is registered stays" "www of 4190101" fetch user "https://www-4190101.$BASE_DOMAIN/"
on $leader agentctl apply >/dev/null 2>&1
check "after apply it is ready again" wait_ready $leader 40s
finish
