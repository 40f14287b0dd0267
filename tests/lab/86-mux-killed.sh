#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 86-mux-killed.sh -- the balancer's programs killed with kill -9 under load: nothing is forgotten
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

# Registers test-900NNNN one after the other, each with a pool, until told to stop, or 30 are there:
# with more HAProxy is reloaded for a larger supply of backends. The ids that the API has acknowledged
# are in /tmp/done.
sh_on user 'cat >/tmp/load <<"END"
n=9000000 api="https://10.9.0.80:8443/mgmt/tm"
ask() { curl -sS -m 10 -o /dev/null -w "%{http_code}" --cacert /etc/lab/ca.crt -u admin:example-admin -d "$2" "$api/$1" 2>/dev/null; }
: >/tmp/done
until [ -e /tmp/stop ] || [ "$(wc -l </tmp/done)" -ge 30 ]; do
  n=$((n + 1))
  [ "$(ask auth/partition "{\"name\":\"test-$n\"}")" = 200 ] &&
    [ "$(ask ltm/pool "{\"name\":\"www-$n\",\"partition\":\"test-$n\",\"members\":[{\"name\":\"10.250.$((n / 250 % 250)).$((n % 250)):80\"}]}")" = 200 ] &&
    echo $n >>/tmp/done
done
END
cat >/tmp/visit <<"END"
until [ -e /tmp/stop ]; do
  for id in 4190101 4190102; do
    curl -sS -m 10 --cacert /etc/lab/ca.crt https://www-$id.test-envs.example.internal/ 2>&1 |
      sed "s/ on web-[12]$//" | grep -v "^www of $id$"
  done
done >/tmp/visits
END'

load() { sh_on user 'rm -f /tmp/stop /tmp/done; setsid sh /tmp/load </dev/null >/dev/null 2>&1 & setsid sh /tmp/visit </dev/null >/dev/null 2>&1 &'; }
unload() { sh_on user 'touch /tmp/stop; while pgrep -f "sh /tmp/(load|visit)$" >/dev/null; do sleep 0.05; done'; }
registered() { mux_api ltm/pool | jq -r '.items[].name' | sort; }
acknowledged() { sh_on user 'sed s/^/www-/ /tmp/done; echo www-4190101; echo www-4190102' | sort; }
missing() { comm -13 <(registered) <(acknowledged) | head -n 5; }
answers() {
  local id=$1
  [[ $(on user curl -sS -m 2 --cacert /etc/lab/ca.crt "https://www-$id.$BASE_DOMAIN/" 2>&1) == "www of $id"* ]]
}
serves() { mux_api sys >/dev/null 2>&1 && answers 4190101 && answers 4190102; }
# Which of the acknowledged ones HAProxy does not route: their members are nowhere, so 503 is right.
unrouted() {
  sh_on user 'for n in $(cat /tmp/done); do
    [ "$(curl -s -m 5 -o /dev/null -w "%{http_code}" --cacert /etc/lab/ca.crt https://www-$n.test-envs.example.internal/)" = 503 ] || echo $n
  done' | head -n 5
}
clean() {
  sh_on user 'api=https://10.9.0.80:8443/mgmt/tm
    ask() { curl -sS -m 10 -o /dev/null --cacert /etc/lab/ca.crt -u admin:example-admin -X DELETE "$api/$1"; }
    for n in $(seq 9000001 $(($(tail -n 1 /tmp/done) + 1))); do
      ask ltm/pool/~test-$n~www-$n; ask ltm/node/~test-$n~10.250.$((n / 250 % 250)).$((n % 250)); ask auth/partition/test-$n
    done'
}

# What of HAProxy is killed: its worker, which takes the master with it, or the master.
worker() { sh_on mux "pgrep -P $(main_pid mux haproxy) haproxy"; }
# The one that serves: a former one may still be ending.
newest() { worker | sort -n | tail -n 1; }

gone() { on mux bash -c '! kill -0 "$1" 2>/dev/null' gone "$1"; }

for victim in envmux "HAProxy's worker" "HAProxy's master" "envmux and HAProxy"; do
  load
  # There is load once some have been acknowledged.
  soon 20 sh_on user 'test $(wc -l </tmp/done) -gt 5' >/dev/null
  before=$(newest) master=$(main_pid mux haproxy) envmux=$(main_pid mux envmux)
  case $victim in
  envmux) kill_hard mux "$envmux" ;;
  *worker) kill_hard mux "$before" && soon 20 gone "$master" >/dev/null ;;
  *master) kill_hard mux "$master" ;;
  *) kill_hard mux "$envmux" "$before" "$master" ;;
  esac
  check_soon "$victim killed: it serves again" 20 serves
  sleep 0.5 # of load on what came back
  unload
  check "... (there was load: $(sh_on user 'wc -l </tmp/done') registrations)" sh_on user 'test $(wc -l </tmp/done) -gt 5'
  check_is "... every registration that was acknowledged is back" "" missing
  check_soon "... and is routed" 20 none unrouted
  check_is "... nobody was ever answered by another environment" "" \
    sh_on user 'grep -m 5 "^www of" /tmp/visits'
  if [[ $victim == envmux ]]; then
    check_is "... requests went on all the while" "" on user head -n 5 /tmp/visits
    check_is "... and HAProxy was not even reloaded" "$before" newest
  fi
  clean
done
for n in 1 2; do
  mark=$(mux_mark)
  on $n/dns-1 agentctl apply >/dev/null
  check "environment $n: its leader is content" ready $n/dns-1
  check_is "... with nothing to write" "" mux_writes $n "$mark"
done
finish
