#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 88-bad-remote.sh -- balancer or platform are away, refuse, or are strangers: said with address and
# reason; the hosts' own modules stay ready, and what is registered stays registered
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
leader=1/dns-1
drop=/etc/envagent/envagent.conf.d/50-remote.conf
mux=/etc/envagent/mux.credential platform=/etc/envagent/platform.credential

fault() { on cloud curl -sf -o /dev/null -X PUT "http://127.0.0.1:8080/_skysim/fault?rest=$1"; }
pass() { on $leader agentctl apply >/dev/null 2>&1; }
# The leader's memory goes too, so that it has to log in.
forget() { on $leader rm -f /var/lib/envagent-leader/state.json; }
local_modules() {
  sh_on "$leader" 'agentctl status --json | jq -r "[.modules[] | select(.name != \"platform\" and .name != \"balancer\") | .state | select(. != \"off\")] | unique | join(\" \")"'
}
answers() { [[ $(fetch user "https://www-4190101.$BASE_DOMAIN/") == "www of 4190101"* ]]; }

# told WHAT MODULE TEXT...: that module is degraded and says each TEXT; all else goes on
told() {
  local what=$1 module=$2 text
  shift 2
  check_has "$what: $module is degraded" "degraded: " module_state $leader "$module"
  for text in "$@"; do
    check_has "$what: ... and says: $text" "$text" module_state $leader "$module"
  done
  check_is "$what: the host is degraded" degraded sh_on $leader 'agentctl status --json | jq -r .state'
  check_is "$what: its own modules are ready" ready local_modules
  check "$what: the next step is told" \
    sh_on $leader "agentctl status --json | jq -e '.modules[] | select(.name == \"$module\") | .next != \"\"'"
}
# well WHAT: it is ready by itself again, having written nothing
well() {
  check_soon "$1: afterwards it is ready again by itself" 60 ready $leader
  check_is "$1: ... and nothing was written meanwhile" "" mux_writes 1 "$mark"
  check "$1: ... the address answers" answers
}

mark=$(mux_mark)
on mux unitctl stop envmux.service
pass
told "the balancer's API is down" balancer https://10.9.0.80:8443 "Connection refused"
check "... the address answers all the same" answers
on mux unitctl start envmux.service
well "the balancer's API is down"

mark=$(mux_mark)
sh_on $leader "cp -p $mux /root/mux; echo agents:wrong-password >$mux"
forget
pass
told "a wrong password" balancer https://10.9.0.80:8443 401 "user agents"
check_is "... which is told nowhere" "" \
  sh_on $leader 'grep -l wrong-password /run/envagent/*.json /var/log/*.log /var/lib/envagent-leader/*'
sh_on $leader "rm $mux"
pass
told "no credential" balancer "credential envagent.mux" "not there"
sh_on $leader "cp -p /root/mux $mux; chmod 644 $mux"
pass
told "a credential that others may read" balancer "credential envagent.mux"
check_has "... of which the log says what to do" "chmod 600" on $leader tail -n 40 /var/log/envagent.service.log
sh_on $leader "cp -p /root/mux $mux"
well "the balancer's credential"

# Its certificate: signed by somebody else; of another name.
mark=$(mux_mark)
sh_on $leader "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=other \
  -keyout /dev/null -out /root/other.crt 2>/dev/null; install -m 644 /root/other.crt /etc/other-ca.crt
  printf '[Mux]\nCaFile=/etc/other-ca.crt\n' >$drop; unitctl reload envagent.service"
check_soon "(another certificate authority is trusted)" 20 has $leader "agentctl status" "certificate"
told "a certificate of another authority" balancer https://10.9.0.80:8443 "certificate"
sh_on $leader "printf '[Mux]\nUrl=https://10.9.1.80\n' >$drop; unitctl reload envagent.service"
check_soon "(the address of another server)" 20 has $leader "agentctl status" "10.9.1.80"
told "a certificate of another name" balancer https://10.9.1.80 "10.9.1.80'"
sh_on $leader "printf '[Mux]\nUrl=http://10.9.1.80\n' >$drop; unitctl reload envagent.service"
check_soon "(a server that is no balancer)" 20 has $leader "agentctl status" "308"
told "a server that is none" balancer http://10.9.1.80 308
sh_on $leader "printf '[Mux]\nUrl=https://nobody.corp.example.internal:8443\n' >$drop; unitctl reload envagent.service"
check_soon "(a name that nobody has)" 20 has $leader "agentctl status" "nobody.corp"
told "a name that nobody has" balancer https://nobody.corp.example.internal:8443 "resolve"
sh_on $leader "printf '[Mux]\nUrl=https://mux.corp.example.internal:8443\n' >$drop; unitctl reload envagent.service"
check_soon "by its right name it is found and trusted" 60 ready $leader
sh_on $leader "rm $drop; unitctl reload envagent.service"
well "certificates"

mark=$(mux_mark)
sh_on $leader "cp -p $platform /root/platform; echo robin.example:wrong-token >$platform"
pass
told "the platform refuses the token" platform http://10.9.0.2 401 "refuses the credential"
told "... and without the addresses" balancer "NAT address"
sh_on $leader "cp -p /root/platform $platform"
well "the platform's credential"
for kind in 404 423 429 500 503 html empty half refuse; do
  fault $kind
  pass
  case $kind in
  404) told "the platform answers 404" platform http://10.9.0.2 404 "knows no such environment" ;;
  423 | 429) told "the platform answers $kind" platform http://10.9.0.2 "$kind" busy "again in 1 s" ;;
  5*) told "the platform answers $kind" platform http://10.9.0.2 "$kind" "error of its own" ;;
  *) told "the platform answers $kind" platform http://10.9.0.2 ;;
  esac
  fault none
done
pass # after so many failures the next try of its own is minutes away
well "the platform"
check_is "the other leader noticed nothing of its own" "ready" \
  sh_on 2/dns-1 'agentctl apply >/dev/null; agentctl status --json | jq -r .state'
finish
