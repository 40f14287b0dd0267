#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 45-canaries.sh -- a secret in every input of the leader; none in any output, nor in a core
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

host=1/dns-1
drop=/etc/envagent/envagent.conf.d/canaries.conf
if ! on "$host" test -x /usr/bin/agentctl; then
  # on its own: what the tests before this one have left
  install_deb mux envmux && mux_settings && boot mux && install_deb "$host" envagent
fi >/dev/null 2>&1
is_on "$host" || boot "$host" >/dev/null
check "the leader is ready" wait_ready "$host" 60s

# world JQ: the platform's world, changed so; the platform reads it again
world() {
  sh_on cloud "jq '$1' /etc/skysim/world.json >/tmp/world && cat /tmp/world >/etc/skysim/world.json && unitctl reload skysim.service"
}
fault() { on cloud curl -sf -o /dev/null -X PUT "http://127.0.0.1:8080/_skysim/fault?$1"; }
well() { on cloud curl -sf -o /dev/null -X DELETE "http://127.0.0.1:8080/_skysim/fault"; }

# ---- the inputs ----

sh_on cloud 'cp /etc/skysim/world.json /tmp/world.before'
check "(user data and credentials at the platform)" world '(.environments[] | select(.id == "4190101")) |=
  (.vms |= map(.credentials = ["root / canary-vm-1"]))'
# By standard input: what is on a command line of ours would be found on one.
sh_on "$host" 'install -d -m 700 /root/in /root/out; mkdir -p /run/systemd/system/envagent.service.d'
into() { lab sh "$host" -- sh -c "cat >$1"; }
into /root/in/fact <<<canary-fact-2
into /root/in/noise <<<canary-noise-3
into /root/in/want <<<'fact canary-fact-2 vm .*canary-vm-1.* command canary-fact-2 of 4190101'
into /root/in/list <<<$'canary-vm-1\ncanary-fact-2\ncanary-noise-3\ncanary-proxy-4\ncanary-url-5\ncanary-wrong-6'
into /run/systemd/system/envagent.service.d/proxy.conf <<<'[Service]
Environment=https_proxy=http://u:canary-proxy-4@127.0.0.1:9 http_proxy=http://u:canary-proxy-4@127.0.0.1:9'
sh_on "$host" "chmod 700 /root/in
  chmod 600 /root/in/*
  echo 'fact <%= door %> vm <%= credentials.join %> command <%= key %> of <%= config_id %>' >/etc/envagent/templates/door.erb
  sed -n 's/.*://p' /etc/envagent/mux.credential /etc/envagent/platform.credential >/root/in/canaries
  for f in mux platform; do tr -d '\n' </etc/envagent/\$f.credential | base64 -w 0 | sed 's/=*\$//' >>/root/in/canaries; echo >>/root/in/canaries; done
  cat /root/in/list >>/root/in/canaries"
into "$drop" <<'END'
[Fact door]
File=/root/in/fact
Secret=yes
[Fact key]
Command=cat /root/in/fact
Secret=yes
[Fact broken]
Command=cat /root/in/noise >&2; cat /root/in/noise; exit 1
Secret=yes
[Template door]
Source=/etc/envagent/templates/door.erb
Target=/etc/door.conf
Mode=0600
END
into /root/in/look.sh <<'END'
# look.sh NAME: each thing that tells somebody something, into /root/out/NAME
mkdir -p "/root/out/$1" && cd "/root/out/$1" || exit
agentctl plan >plan 2>&1; agentctl plan --json >plan.json 2>&1
agentctl apply >apply 2>&1; agentctl apply --json >apply.json 2>&1
agentctl lb plan >lb-plan 2>&1; agentctl lb status >lb-status 2>&1; agentctl lb register >lb-register 2>&1
agentctl explain /etc/door.conf:1 >explain 2>&1; agentctl explain --json /etc/door.conf:1 >explain.json 2>&1
echo elsewhere >/etc/door.conf
agentctl diff >diff 2>&1; agentctl diff --json >diff.json 2>&1; agentctl apply >apply.again 2>&1
agentctl status >status 2>&1; agentctl status --json >status.json 2>&1
agentctl facts >facts 2>&1; agentctl facts --json >facts.json 2>&1
for fact in door key broken credentials; do agentctl facts $fact; done >fact 2>&1
agentctl config show >config-show 2>&1; agentctl config check >config-check 2>&1; agentctl doctor >doctor 2>&1
agentctl net status >net 2>&1
agentctl collect -o bundle.tar.gz >collect 2>&1; mkdir bundle; tar -xzf bundle.tar.gz -C bundle
cp -r /run/envagent run 2>/dev/null
cp /var/lib/envagent/manifest . ; cp -r /var/lib/envagent/spans spans 2>/dev/null
systemctl status envagent --no-pager --lines 200 >systemctl 2>&1
journalctl --boot --no-pager --output export >journal 2>&1
END
into /root/in/watch.sh <<'END'
# the words of all command lines, until /root/in/enough is there
while ! [ -e /root/in/enough ]; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | sort -u >>/root/out/cmdlines
done
END
leaks() { sh_on "$host" 'cd /root/out && grep -rFl --binary-files=text -f /root/in/canaries . | sort || :'; }

on "$host" sh /root/in/watch.sh &
watcher=$!
sh_on "$host" 'systemctl daemon-reload; systemctl restart envagent' >/dev/null
check_soon "a template has all the secrets" 60 \
  on "$host" grep -qxf /root/in/want /etc/door.conf
check_is "... for its owner alone" 600 on "$host" stat -c %a /etc/door.conf
check_soon "the load balancer has given a login" 60 on "$host" jq -e '[.. | strings | select(length >= 16)] | length > 0' \
  /var/lib/envagent-leader/state.json
check_is "... which is the leader's alone" "600 envagent-leader" on "$host" stat -c '%a %U' /var/lib/envagent-leader/state.json
sh_on "$host" "jq -r '.. | objects | .token? // empty | strings' /var/lib/envagent-leader/state.json >>/root/in/canaries"
check "(all is looked at)" on "$host" sh /root/in/look.sh well

# A password in an address, and one that the load balancer does not take.
into /etc/envagent/envagent.conf.d/url.conf <<<$'[Mux]\nUrl=https://u:canary-url-5@10.9.0.80:8443'
check_has "a password in an address is refused, with what to do" "the account in [Credential envagent.mux]" \
  sh_on "$host" 'agentctl reload 2>&1 | tee /root/out/reload'
check "(all is looked at with it)" on "$host" sh /root/in/look.sh refused
sh_on "$host" 'systemctl restart envagent'
check_soon "... an agent that starts with it says so" 30 has "$host" "agentctl status" "the account in [Credential envagent.mux]"
check "(all is looked at then)" on "$host" sh /root/in/look.sh url
into /root/in/wrong <<<agents:canary-wrong-6
sh_on "$host" "rm /etc/envagent/envagent.conf.d/url.conf
  cp -p /etc/envagent/mux.credential /root/in/mux.credential; cat /root/in/wrong >/etc/envagent/mux.credential
  agentctl reload; systemctl stop envagent; rm -f /var/lib/envagent-leader/*; systemctl start envagent" >/dev/null 2>&1
check_soon "a password that the load balancer does not take is told" 60 has "$host" "agentctl status" "401"
check "(all is looked at once more)" on "$host" sh /root/in/look.sh wrong
sh_on "$host" 'cp -p /root/in/mux.credential /etc/envagent/mux.credential; agentctl reload; agentctl apply' >/dev/null 2>&1
sh_on "$host" ': >/root/in/enough'
wait "$watcher"
check "... the outputs are there" sh_on "$host" 'cd /root/out && test -s cmdlines -a -s well/bundle/envagent/plan.txt \
  -a -s well/journal -a -s well/facts.json -a -s well/explain && grep -q envagent-leader cmdlines'
check_is "no secret is in any output, readers' file, journal, command line or bundle" "" leaks
check "... where it belongs it is found" sh_on "$host" 'grep -qFf /root/in/canaries /etc/envagent/mux.credential'

# ---- cores ----

begin() { sh_on "$host" 'systemd-run --quiet --no-block agentctl apply'; }
child() { soon 20 on "$host" pgrep -o -x "$1"; }
# kept FACT PID: no core of it, by its limit and by its own will
kept() {
  check_is "$1: its cores are of size 0" "0 0" sh_on "$host" "awk '/^Max core/ {print \$5, \$6}' /proc/$2/limits"
  # What may not be dumped belongs to root in /proc, whoever runs it.
  check_is "$1: it may not be dumped" "0" on "$host" stat -c %u "/proc/$2/environ"
}
# falls FACT PID: it is ended by SIGSEGV; that leaves no file
falls() {
  on "$host" kill -SEGV "$2"
  check_soon "$1: a SIGSEGV ends it" 20 sh_on "$host" "! test -e /proc/$2"
}

sh_on "$host" 'touch /root/in/before'
fault "metadata=slow&vm=52101010"
begin
pid=$(child envagent-fetch)
kept envagent-fetch "$pid"
falls envagent-fetch "$pid"
well
check_soon "... it is told" 30 sh_on "$host" 'journalctl -u envagent --no-pager | grep "envagent-fetch crashed: Segmentation fault"'
fault rest=slow
begin
pid=$(child envagent-leader)
kept envagent-leader "$pid"
falls envagent-leader "$pid"
well
sh_on "$host" "printf '[Fact slow]\nCommand=sleep 40\nTimeoutSec=50\n' >/etc/envagent/envagent.conf.d/slow.conf; agentctl reload" >/dev/null 2>&1
begin
pid=$(child envagent-reconc)
kept envagent-reconcile "$pid"
falls envagent-reconcile "$pid"
sh_on "$host" 'rm /etc/envagent/envagent.conf.d/slow.conf; agentctl reload; systemctl stop "envagent-command-*"' >/dev/null 2>&1
pid=$(on "$host" systemctl show -P MainPID envagent)
kept envagentd "$pid"
falls envagentd "$pid"
check_soon "envagentd is there again by itself" 60 sh_on "$host" \
  "pid=\$(systemctl show -P MainPID envagent) && test \"\$pid\" != 0 -a \"\$pid\" != $pid"
check_is "none left a core" "" sh_on "$host" 'find / -xdev \( -path /proc -o -path /sys -o -path /usr -o -path /dev \) -prune -o \
  -newer /root/in/before -type f -name "core*" -print; ls /var/lib/systemd/coredump 2>/dev/null'

# ---- as it was ----

sh_on cloud 'cat /tmp/world.before >/etc/skysim/world.json; unitctl reload skysim.service'
sh_on "$host" "rm -rf $drop /etc/envagent/templates/door.erb /run/systemd/system/envagent.service.d /root/in /root/out
  systemctl daemon-reload; systemctl restart envagent; agentctl apply; rm -f /etc/door.conf" >/dev/null 2>&1
check "without all that the leader is ready" wait_ready "$host" 60s
finish
