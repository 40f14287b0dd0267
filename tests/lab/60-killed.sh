#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 60-killed.sh -- agents killed with kill -9 come back to the same state
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents

state_of() {
  tree_of "$1" /etc
  sh_on "$1" 'hostname; ip -j addr show eth0 | jq -c ".[0].addr_info[] | [.local, .valid_life_time]"; ip route'
  sh_on "$1" 'cd /var/lib/envagent && find . -type f -exec sha256sum {} + | sort'
}

for host in 1/dns-1 1/web-1 2/web-2; do
  before=$(state_of "$host") pid=$(main_pid "$host" envagent)
  kill_hard "$host" "$pid"
  check_is "$host: names and addresses stay while the agent is away" 10.60.0.22 \
    sh_on "$host" 'dig +short +tries=1 +time=2 web-2.cluster.test'
  check_soon "$host: it is started again" 20 has "$host" "unitctl status envagent.service" active
  check_not "$host: ... as a new process" test "$pid" = "$(main_pid "$host" envagent)"
  check "$host is ready again" wait_ready "$host"
  check_is "$host: everything is as it was" "$before" state_of "$host"
  check_is "$host knows the same environment" "$(env_id "$host")" \
    sh_on "$host" 'agentctl status --json | jq -r .identity.env'
done

# Killed in the middle of repairs: each time with work to do, each time a little later.
before=$(state_of 1/web-2)
for pause in 0 0.01 0.02 0.04 0.08; do
  sh_on 1/web-2 "rm -f /etc/motd; echo drift | tee -a /etc/www/web.yml /etc/resolv.conf >/etc/hostname
    agentctl apply >/dev/null 2>&1 & sleep $pause
    pid=\$(cat /run/lab/envagent.service.pid); kill -9 \$pid \$(pgrep envagent-recon) 2>/dev/null; wait
    while kill -0 \$pid 2>/dev/null; do sleep 0.05; done"
  soon 20 has 1/web-2 "unitctl status envagent.service" active >/dev/null
  wait_ready 1/web-2 >/dev/null
  sh_on 1/web-2 'agentctl apply >/dev/null 2>&1'
  check_is "killed $pause s into a pass, the next one ends in the same state" "$before" state_of 1/web-2
done
check_is "no temporary file is left" "" \
  sh_on 1/web-2 'find /etc /var/lib/envagent -name ".*" -type f -newer /root/before ! -path "/etc/.pwd.lock"'
finish
