#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 30-rights.sh -- what the units may do, looked at while they run, and what their users' commands may
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

# exposure UNIT MOST: what systemd-analyze thinks of it
exposure() {
  local seen
  seen=$(systemd-analyze security --offline=true --no-pager "$ROOT/packaging/systemd/$1" |
    sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
  echo "exposure $seen, at most $2"
  [[ -n $seen ]] && jq -en "$seen <= $2" >/dev/null
}

check "envagent.service is exposed by 3.0 at most" exposure envagent.service 3.0
check "envmux.service by 1.8" exposure envmux.service 1.8
check "envmux-haproxy.service by 1.8" exposure envmux-haproxy.service 1.8

uid_on() { sh_on "$1" "id -u $2"; }

# rights HOST PID FIELD...: of its status, a line
rights() {
  local host=$1 pid=$2 fields
  shift 2
  fields=$(printf '%s\\|' "$@")
  sh_on "$host" "sed -n 's/^\(${fields%??}\):[[:space:]]*/\1=/p' /proc/$pid/status | tr '\t' ' ' | xargs"
}

# rights_is FACT HOST PID USER CAPS: the user in all four places, these capabilities, for good
rights_is() {
  local id
  id=$(uid_on "$2" "$4")
  check_is "$1" "Uid=$id $id $id $id CapEff=$5 NoNewPrivs=1 Seccomp=2" \
    rights "$2" "$3" Uid CapEff NoNewPrivs Seccomp
}

main_pid() { on "$1" systemctl show -P MainPID "$2"; }

none=0000000000000000
# CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID, NET_ADMIN
rights_is "the supervisor is root with six capabilities" 1/dns-1 "$(main_pid 1/dns-1 envagent)" root \
  00000000000010cb
rights_is "envmux has a user without a capability" mux "$(main_pid mux envmux)" envmux "$none"
rights_is "its HAProxy has CAP_NET_BIND_SERVICE only" mux "$(main_pid mux envmux-haproxy)" envmux-haproxy \
  0000000000000400

# The children, while what they ask takes its time.
fault() { on cloud curl -sf -o /dev/null -X PUT "http://127.0.0.1:8080/_skysim/fault?$1"; }
well() { on cloud curl -sf -o /dev/null -X DELETE "http://127.0.0.1:8080/_skysim/fault"; }
begin() { sh_on 1/dns-1 'systemd-run --quiet --no-block agentctl apply'; }
child() { soon 30 on 1/dns-1 pgrep -o -x "$1"; }
ended() { check_soon "(the pass ends)" 30 sh_on 1/dns-1 '! pgrep -x "envagent-fetch|envagent-reconc|envagent-leader"'; }

fault "metadata=slow&vm=52101010"
begin
rights_is "envagent-fetch has a user without a capability" 1/dns-1 "$(child envagent-fetch)" envagent-fetch "$none"
well
ended
fault rest=slow
begin
rights_is "envagent-leader too" 1/dns-1 "$(child envagent-leader)" envagent-leader "$none"
well
ended
sh_on 1/dns-1 "printf '[Fact slow]\nCommand=sleep 40\nTimeoutSec=50\n' >/etc/envagent/envagent.conf.d/slow.conf; agentctl reload" >/dev/null 2>&1
begin
rights_is "envagent-reconcile is root with those of the supervisor" 1/dns-1 "$(child envagent-reconc)" root 00000000000010cb
sh_on 1/dns-1 'rm /etc/envagent/envagent.conf.d/slow.conf; agentctl reload; systemctl stop "envagent-command-*"' >/dev/null 2>&1
ended
fault "metadata=hang&vm=52101010"
begin
pid=$(child envagent-fetch)
check_soon "one that outlives its limit is ended, though it is another user's" 30 sh_on 1/dns-1 "! test -e /proc/$pid"
well
ended
sh_on 1/dns-1 'agentctl apply >/dev/null'
check "the host is ready again" wait_ready 1/dns-1 60s

# What people write runs outside of the unit.
sh_on 1/web-1 'useradd -m deploy; echo "deploy ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/deploy
mkdir -p /opt/app; install -m 4755 /usr/bin/id /opt/app/helper
echo "env: <%= config_id %> <%= by_sudo %> <%= by_helper %>" >/etc/envagent/templates/app.yml.erb
cat >/etc/systemd/system/app.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecReload=/usr/bin/sudo -n -u deploy sudo -n cp /opt/app/app.yml /opt/app/reloaded
UNIT
systemctl daemon-reload; systemctl start app.service
cat >/etc/envagent/envagent.conf.d/app.conf <<CONF
[Fact by_sudo]
Command=sudo -n id -u
User=deploy
[Fact by_helper]
Command=/opt/app/helper -u
User=deploy
[Template opt]
Source=/etc/envagent/templates/app.yml.erb
Target=/opt/app/app.yml
Check=sudo -n grep -q 4190101 %s
Reload=app.service
[Template home]
Source=/etc/envagent/templates/app.yml.erb
Target=/home/deploy/app.yml
CONF
agentctl reload; agentctl apply' >/dev/null 2>&1
check "a host whose commands use sudo and a setuid helper becomes ready" wait_ready 1/web-1 60s
check_is "a target under /opt has what they said" "env: 4190101 0 0" on 1/web-1 cat /opt/app/app.yml
check_is "one under /home too" "env: 4190101 0 0" on 1/web-1 cat /home/deploy/app.yml
check_soon "the reload command ran" 10 on 1/web-1 cmp /opt/app/app.yml /opt/app/reloaded
check_is "nothing of them is left" "" \
  on 1/web-1 systemctl list-units --all --no-legend --plain 'envagent-command-*'
sh_on 1/web-1 'rm /etc/envagent/envagent.conf.d/app.conf; agentctl reload; agentctl apply' >/dev/null 2>&1
check "without them it is ready too" wait_ready 1/web-1 60s
finish
