#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 87-leader-copied.sh -- a leader stopped between identity and write wakes up behind another NAT, as
# in a copy that was taken while it ran: its write does not arrive
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
leader=1/dns-1 vm=52101010
drop=/etc/envagent/envagent.conf.d/50-copied.conf

fault() { on cloud curl -sf -o /dev/null -X PUT "http://127.0.0.1:8080/_skysim/fault?metadata=$1&vm=$vm"; }

# From now on the leader's packets to the corporate network leave the gateway as those of another
# address, without a memory of connections: those of before are nobody's.
move_nat() {
  sh_on 1/gw 'nft -f - <<END
    table ip moved {
      chain in {
        type filter hook prerouting priority raw
        iifname eth0 ip saddr 10.60.0.10 ip daddr 10.9.0.0/16 notrack
        iifname eth1 ip daddr 10.200.1.110 notrack ip daddr set 10.60.0.10
      }
      chain out {
        type filter hook postrouting priority filter
        oifname eth1 ip saddr 10.60.0.10 ip saddr set 10.200.1.110
      }
    }
END'
}
move_back() { on 1/gw nft delete table ip moved; }

# asked TEXT: the balancer's API was asked that since $mark
asked() { grep -q "$1" <(mux_asked 1 "$mark"); }

leader_pid() { on $leader pgrep -x envagent-leader; }
state_of_leader() { sh_on "$leader" "sed -n 's/^State:.//p' /proc/$1/status"; }
gone() { ! on "$leader" test -e "/proc/$1"; }
stopped() { [[ $(state_of_leader "$1") == T* ]]; }

# The identity that the leader reads before its write takes two seconds to come: it has opened its
# connection to the balancer by then, and it is stopped while it waits. The answer comes, is right,
# and stays unread.
stop_leader() {
  mark=$(mux_mark)
  fault slow
  sh_on $leader "printf '$1' >$drop; unitctl reload envagent.service"
  check_soon "(the leader has opened its connection and read the pools)" 20 asked 'GET /mgmt/tm/ltm/monitor'
  pid=$(leader_pid)
  on $leader kill -STOP "$pid"
  check_soon "(it is stopped)" 20 stopped "$pid"
  sleep 3
  check_is "(it had written nothing)" "" mux_writes 1 "$mark"
}

# There is time to be stopped in.
sh_on $leader "printf '[Metadata]\nTimeoutSec=30s\n' >/etc/envagent/envagent.conf.d/51-patient.conf"

service='[Service api]\nRoles=web\nPort=8080\nMonitor=none\n'

stop_leader "$service"
fault refuse
move_nat
check "(new connections come from another address)" \
  on $leader curl -sS -m 3 -o /dev/null --cacert /etc/envagent/mux-ca.crt https://10.9.0.80:8443/mgmt/tm/sys
check_has "(... from 10.200.1.110)" "from 10.200.1.110" on mux tail -n 1 /var/log/envmux.service.log
on $leader kill -CONT "$pid"
check_soon "continued behind another NAT, the leader ends" 20 gone "$pid"
check_is "... and nothing was written, over that connection or another" "" mux_writes 1 "$mark"
check_has "... which it says" "the connection was lost" module_state $leader balancer
check_has "... as a host that is not ready" degraded sh_on $leader 'agentctl status --json | jq -r .state'
sleep 3
check_is "... nor is anything written later, while nobody confirms the identity" "" mux_writes 1 "$mark"
check_has "the former registration is as it was" "www of 4190101" fetch user "https://www-4190101.$BASE_DOMAIN/"

move_back
fault none
check_soon "back behind its own NAT, with its identity, it is ready" 60 ready $leader
check_has "... and has written what was to write" "POST /mgmt/tm/ltm/pool 200" mux_writes 1 "$mark"
check_has "... so that the new service is reached" "www of 4190101" fetch user "https://api-4190101.$BASE_DOMAIN/"

# The counter-proof: the same pause without a copy.
stop_leader '[Service api]\nRoles=web\nPort=8080\nMonitor=tcp\n'
on $leader kill -CONT "$pid"
check_soon "control: continued where it was, the leader ends" 20 gone "$pid"
check_has "control: ... and its write has arrived" "PATCH /mgmt/tm/ltm/pool/~test-4190101~api-4190101 200" \
  mux_writes 1 "$mark"

# One that is killed in there: what it was about to write is not known to be there or not.
stop_leader '[Service api]\nRoles=web\nPort=8081\nMonitor=tcp\n'
check_is "a leader that is about to write believes no more what it had read" null \
  sh_on $leader "jq .modules.balancer.own.want /var/lib/envagent-leader/state.json"
fault none
mark=$(mux_mark)
on $leader kill -9 "$pid"
sh_on $leader "printf '[Service api]\nRoles=web\nPort=8080\nMonitor=tcp\n' >$drop; unitctl reload envagent.service"
check_soon "killed there, and with the former settings again, it is ready" 60 ready $leader
check_has "... for it has read all that is there" "GET /mgmt/tm/ltm/pool 200" mux_asked 1 "$mark"
check_is "... which was as it should be" "" mux_writes 1 "$mark"

fault none
sh_on $leader "rm -f $drop /etc/envagent/envagent.conf.d/51-patient.conf; unitctl reload envagent.service"
check_soon "without the new service it is ready" 30 ready $leader
check_soon "... which is gone at the balancer" 20 has user \
  "curl -s -m 5 --cacert /etc/lab/ca.crt https://api-4190101.$BASE_DOMAIN/" "no service api-4190101"
finish
