#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 89-children.sh -- what each of the supervisor's children may do, looked at while it runs
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/dns-1

fault() { on cloud curl -sf -o /dev/null -X PUT "http://127.0.0.1:8080/_skysim/fault?$1"; }

# rights NAME FIELD...: the fields of the status of process NAME
rights() {
  local name=$1 fields
  shift
  fields=$(printf '%s\\|' "$@")
  sh_on $host "sed -n 's/^\(${fields%??}\):[[:space:]]*/\1=/p' /proc/\$(pgrep -o -x $name)/status | tr '\t' ' ' | xargs"
}

# Started by a pass, and caught while what it asks takes its time.
caught() { soon 10 on $host pgrep -x "$1" >/dev/null; }
begin() { sh_on $host 'setsid agentctl apply </dev/null >/dev/null 2>&1 &'; }
end() {
  fault "$1=none"
  check_soon "(the pass ends)" 20 sh_on $host '! pgrep -x "envagent-fetch|envagent-reconc|envagent-leader"'
}

fault "metadata=slow&vm=52101010"
begin
caught envagent-fetch
check_is "envagent-fetch runs as its own user, without a capability, under seccomp, for good" \
  "Uid=901 901 901 901 Gid=901 901 901 901 Groups= CapInh=0000000000000000 CapPrm=0000000000000000 CapEff=0000000000000000 CapAmb=0000000000000000 NoNewPrivs=1 Seccomp=2" \
  rights envagent-fetch Uid Gid Groups CapInh CapPrm CapEff CapAmb NoNewPrivs Seccomp
end metadata

fault rest=slow
begin
caught envagent-leader
check_is "envagent-leader runs as its own user, without a capability, under seccomp, for good" \
  "Uid=902 902 902 902 Gid=902 902 902 902 Groups= CapInh=0000000000000000 CapPrm=0000000000000000 CapEff=0000000000000000 CapAmb=0000000000000000 NoNewPrivs=1 Seccomp=2" \
  rights envagent-leader Uid Gid Groups CapInh CapPrm CapEff CapAmb NoNewPrivs Seccomp
check_is "... without a secret in its arguments or environment" "" \
  sh_on $host 'tr "\0" "\n" </proc/$(pgrep -x envagent-leader)/cmdline | grep -e password -e token; tr "\0" "\n" </proc/$(pgrep -x envagent-leader)/environ | grep -vx LOG_LEVEL_PREFIX=yes'
check_not "... and is not to be looked into by other users" \
  on $host setpriv --reuid=1000 --regid=1000 --clear-groups sh -c 'cat /proc/$(pgrep -x envagent-leader)/environ'
check_is "... its credentials are open files, and nothing else of the supervisor's" "0 1 2 3 4 5 6 7" \
  sh_on $host 'ls -l /proc/$(pgrep -x envagent-leader)/fd | grep -v -e socket: -e anon_inode -e "/$" | awk "NR > 1 { print \$9 }" | sort -n | xargs'
end rest

# The name server that reconcile asks whether its records are live says nothing for a while.
sh_on $host 'rm -f /var/lib/envagent/hosts.d/web-2; kill -STOP $(cat /run/lab/dnsmasq.service.pid)'
begin
caught envagent-reconc
check_is "envagent-reconcile is root with what the supervisor has, and no more" \
  "Uid=0 0 0 0 Gid=0 0 0 0 $(rights envagentd CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp)" \
  rights envagent-reconc Uid Gid CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp
check_is "... and has no socket to the network but the name server's" "" \
  sh_on $host 'ss -Htnp | grep envagent-reconc'
sh_on $host 'kill -CONT $(cat /run/lab/dnsmasq.service.pid)'
end metadata
check_soon "afterwards it is ready" 20 ready $host
finish
