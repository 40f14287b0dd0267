#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 81-bad-dnsmasq.sh -- dnsmasq refuses its files: its last good ones stay live
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/dns-1

answers() {
  for other in 1/web-1 1/web-2; do
    check_is "$1: $other still gets answers" 10.60.0.10 \
      sh_on $other 'dig +short +tries=1 +time=2 dns-1.cluster.test'
  done
}

before=$(on $host cat /etc/dnsmasq.d/envagent.conf)
sh_on $host 'printf "[Dns]\nUpstream=10.9.0.53\nOptions=no-such-option=yes\n" >/etc/envagent/envagent.conf.d/wrong.conf
  unitctl reload envagent.service'
check_soon "an option that dnsmasq refuses: status has its own words" 15 has $host "agentctl status" "bad option"
check_not "... the host is not ready" ready $host
check_is "... the former file stays" "$before" on $host cat /etc/dnsmasq.d/envagent.conf
answers "..."
sh_on $host 'rm /etc/envagent/envagent.conf.d/wrong.conf; unitctl reload envagent.service'
check_soon "without it the host is ready again" 15 ready $host

# A file of somebody else's that breaks dnsmasq as soon as it starts anew.
sh_on $host 'echo "no-such-option=yes" >/etc/dnsmasq.d/00-broken.conf
  printf "[Dns]\nUpstream=10.9.0.53 10.9.0.54\n" >/etc/envagent/envagent.conf.d/upstream.conf
  unitctl reload envagent.service'
check_soon "a broken file of another's: status names it" 15 has $host "agentctl status" "00-broken.conf"
check_not "... the host is not ready" ready $host
check "... dnsmasq runs" on $host unitctl status dnsmasq.service
answers "..."
sh_on $host 'rm /etc/dnsmasq.d/00-broken.conf; agentctl apply >/dev/null 2>&1'
check_soon "without the broken file the host is ready again" 15 ready $host
sh_on $host 'rm /etc/envagent/envagent.conf.d/upstream.conf; unitctl reload envagent.service'
check_soon "... and with its former configuration" 15 ready $host
check_is "... and its former file" "$before" on $host cat /etc/dnsmasq.d/envagent.conf

on $host unitctl stop dnsmasq.service
on $host agentctl apply >/dev/null 2>&1
check_soon "a dnsmasq that does not run is started" 15 has $host "unitctl status dnsmasq.service" active
check_soon "... and the host is ready" 15 ready $host
check_is "... and it answers" 10.60.0.22 sh_on 1/web-1 'dig +short web-2.cluster.test'
finish
