#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 63-by-hand.sh -- for a person who debugs a host: pause, doctor, collect; and no secret gets out
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/web-2 leader=1/dns-1
conf=/etc/envagent/envagent.conf.d

# ---- pause ----

own_line() { sh_on "$1" 'grep -c web-2 /etc/hosts'; }
paused() { [[ $(sh_on "$1" 'agentctl status --json | jq -r .reason') == "paused until "*" by alice" ]]; }
passes() { sh_on "$1" 'agentctl status --json | jq -r .pass.number'; }

check "a host is paused" sh_on $host 'SUDO_USER=alice agentctl pause 1h'
check_soon "the state says until when and by whom" 10 paused $host
check_has "status says how to end it" "next: agentctl resume" on $host agentctl status
before=$(passes $host)
sh_on $host 'sed -i /web-2/d /etc/hosts; echo "nameserver 192.0.2.1" >/etc/resolv.conf'
on $host unitctl restart envagent.service
check_soon "it stays so over a restart of the daemon" 10 paused $host
sleep 3
check_is "what was broken by hand stays broken" 0 own_line $host
check_has "doctor says that the resolver was overwritten" "/etc/resolv.conf names 192.0.2.1" on $host agentctl doctor
check_not "... and ends with another code than 0" on $host agentctl doctor
check_has "apply by hand works, and says that there is a pause" "by alice, and stays so" on $host agentctl apply
check_is "... the file is whole again" 1 own_line $host
check "... and the pause goes on" paused $host
check "resume ends it" on $host agentctl resume
check "... and the host is ready" wait_ready $host
[[ -n $before ]] || not_ok "the passes are counted" ""

# ---- a leader's lease ----

until_of() { mux_api auth/partition/test-4190101 | sed -n 's/.* until=\([0-9]*\).*/\1/p'; }
renewed() { [[ $(until_of) -gt $1 ]]; }

sh_on $leader "mkdir -p $conf; printf '[Metadata]\nIntervalSec=1s\n[Mux]\nLeaseSec=20s\n' >$conf/lease.conf
  agentctl reload"
check "the leader is ready with a short lease" wait_ready $leader
on $leader agentctl pause 10min >/dev/null
stamp=$(mux_api auth/partition/test-4190101 | jq -r .description)
lease=$(($(date +%s) + 5))
mux_api auth/partition/test-4190101 -X PATCH -H 'Content-Type: application/json' \
  -d "{\"description\":\"${stamp% until=*} until=$lease\"}" >/dev/null
mark=$(mux_mark)
check_soon "a paused leader renews its lease" 40 renewed "$lease"
check_has "the address answers" "www of 4190101" \
  fetch user "https://www-4190101.$BASE_DOMAIN/"
check_is "... and nothing but the lease is written" "PATCH /mgmt/tm/auth/partition/test-4190101 200" \
  bash -c "sort -u <<<'$(mux_writes 1 "$mark")'"
sh_on $leader "rm $conf/lease.conf; agentctl reload; agentctl resume" >/dev/null
check "after resume the leader is ready" wait_ready $leader

# ---- secrets ----

sh_on $leader 'chmod 644 /etc/envagent/mux.credential'
check_has "doctor finds a secret that others can read" "others may read /etc/envagent/mux.credential" \
  on $leader agentctl doctor
sh_on $leader 'chmod 600 /etc/envagent/mux.credential'

sh_on $leader "mkdir -p $conf /etc/envagent/templates /etc/facts
  echo canary-fact-7 >/etc/facts/secret; chmod 600 /etc/facts/secret
  echo 'login <%= door %> of <%= config_id %>' >/etc/envagent/templates/door.erb
  printf '[Fact door]\nFile=/etc/facts/secret\nSecret=yes\n[Template door]\nSource=/etc/envagent/templates/door.erb\nTarget=/etc/door.conf\nMode=0600\n' >$conf/door.conf
  agentctl reload"
check "a template with a secret fact is rendered" wait_ready $leader
check_has "... with its value" "login canary-fact-7 of 4190101" on $leader cat /etc/door.conf
# In a file, so that its text is on no command line.
sh_on $leader 'cat >/root/leak.sh' <<'END'
  echo "login elsewhere" >/etc/door.conf
  for f in mux platform; do sed "s/.*://" /etc/envagent/$f.credential; done >/root/canaries
  printf "%s\n" canary-fact-7 canary-log-7 canary-log-8 example-password >>/root/canaries
  mkdir -p /root/out; cd /root/out; rm -f ./*
  (while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\0" "\n" | grep -v canaries; sleep 0.01; done >cmdlines) &
  watcher=$!
  CANARY=canary-log-7 agentctl plan >plan 2>&1
  agentctl diff >diff 2>&1
  agentctl apply >apply 2>&1
  agentctl lb plan >lb 2>&1
  agentctl explain /etc/door.conf:1 >explain 2>&1
  agentctl status >status; agentctl status --json >status.json
  agentctl facts >facts; agentctl facts --json >facts.json
  echo "# token: canary-log-8, password=canary-log-7" >>/etc/resolv.conf
  agentctl collect -o bundle.tar.gz >collect 2>&1
  kill $watcher
  mkdir bundle; tar -xzf bundle.tar.gz -C bundle
  cp /run/envagent/* /var/log/envagent.service.log . 2>/dev/null; true
END
on $leader sh /root/leak.sh
check "the bundle is there, for its owner alone" sh_on $leader 'test "$(stat -c %a /root/out/bundle.tar.gz)" = 600'
# The agent may have been faster.
check "... with the plan" sh_on $leader 'grep -E "^nothing to do$|/etc/resolv.conf" /root/out/bundle/envagent/plan.txt'
check_has "... with the status" '"env": "4190101"' sh_on $leader 'jq . /root/out/bundle/envagent/status.json'
check_has "... without what looks like a password" "token: (redacted)" \
  sh_on $leader 'cat /root/out/bundle/envagent/resolv.conf'
check_is "no secret is in any output, file for readers, log, command line or the bundle" "" \
  sh_on $leader 'cd /root/out && grep -rFlf /root/canaries . || true'
check_is "... where they are meant to be they are found" "/etc/door.conf /etc/facts/secret" \
  sh_on $leader 'agentctl apply >/dev/null; echo $(grep -Flf /root/canaries /etc/door.conf /etc/facts/secret)'

# ---- init ----

check "init writes a configuration" sh_on $host 'rm -rf /root/new; mkdir -p /root/new/etc/envagent
  agentctl init -o /root/new/etc/envagent/envagent.conf'
check "... that is right" on $host agentctl --root /root/new config check
check_has "... with this host's MAC" "Mac=$(sh_on $host 'cat /sys/class/net/eth0/address')" \
  on $host cat /root/new/etc/envagent/envagent.conf
check_not "... and never overwrites one" on $host agentctl init

sh_on $leader "rm -rf $conf/door.conf /root/leak.sh /root/out /root/canaries; agentctl reload; agentctl apply" >/dev/null 2>&1
check "afterwards the leader is ready" wait_ready $leader
finish
