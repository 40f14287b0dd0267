#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 60-boot.sh -- boots with a metadata service that is silent: what waits for the agent, and what not
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

HOST=1/web-2
RUNS=5
LIMIT=8 # seconds, ReadyTimeoutSec=
# The machine has two processors and other work: what is called "no later" may be later by so much, and
# by half of what it takes anyway.
TOLERANCE=2

# since_boot PROPERTY UNIT: when that was, in microseconds since the service manager began
since_boot() { sh_on "$HOST" "echo \$((\$(systemctl show -P $1 $2) - \$(systemctl show -P UserspaceTimestampMonotonic)))"; }

# allowed USEC: that, and the tolerance
allowed() { echo $(($1 + $1 / 2 + TOLERANCE * 1000000)); }

# boots: RUNS boots, the median of the time to multi-user.target in microseconds
boots() {
  local i
  for ((i = 0; i < RUNS; i++)); do
    lab boot "$HOST" || return
    soon 60 on "$HOST" systemctl is-active multi-user.target >/dev/null || return
    since_boot ActiveEnterTimestampMonotonic multi-user.target
    lab halt "$HOST" --kill
  done | sort -n | sed -n "$(((RUNS + 1) / 2))p"
}

# Nothing answers for the metadata, and nothing refuses.
lab sh gw -- nft -f - <<'END'
table inet silent {
  chain forward {
    type filter hook prerouting priority -200
    tcp dport 80 drop
  }
}
END

# The machine was built in an environment, whose id is in its files; the service waits the shipped way
# and keeps what it read when it started.
sh_on "$HOST" 'echo 4180000 >/etc/late.conf; echo "<%= config_id %>" >/etc/envagent/templates/late.erb
cat >/etc/systemd/system/late.service <<UNIT
[Unit]
Wants=envagent-ready.target
After=envagent-ready.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/cp /etc/late.conf /run/started-with
[Install]
WantedBy=envagent-services.target
UNIT
systemctl enable late.service' >/dev/null 2>&1
without=$(boots)
check "a machine boots without the agent" test -n "$without"
install_deb "$HOST" envagent >/dev/null 2>&1
sh_on "$HOST" "printf '[Agent]\nReadyTimeoutSec=${LIMIT}s\n[Template late]\nSource=%s\nTarget=/etc/late.conf\n' \
  /etc/envagent/templates/late.erb >/etc/envagent/envagent.conf.d/late.conf"
with=$(boots)
check "it boots with it" test -n "$with"
echo "# multi-user.target after $((without / 1000)) ms without the agent, $((with / 1000)) ms with it (median of $RUNS)"
check "... no later, but for half of it and $TOLERANCE s" test "$with" -le "$(allowed "$without")"

lab boot "$HOST"
check_soon "what waits for the agent starts all the same" $((LIMIT + 40)) on "$HOST" systemctl is-active late.service
waited=$(since_boot ActiveEnterTimestampMonotonic late.service)
agent=$(since_boot ActiveEnterTimestampMonotonic envagent.service)
echo "# late.service after $((waited / 1000)) ms, the agent after $((agent / 1000)) ms, limit $LIMIT s"
check "... when the limit has ended, not before" test "$waited" -ge $((agent + (LIMIT - 1) * 1000000))
check "... and not much later" test "$waited" -le $((agent + (LIMIT + 15) * 1000000))
check_is "... never as who the template was built for, but as nobody" "invalid-config-id" on "$HOST" cat /run/started-with
check_has "status says which address is silent" "169.254.169.254" on "$HOST" agentctl status
check_is "no unit has failed" "" on "$HOST" systemctl list-units --failed --no-legend --plain
lab halt "$HOST" --kill

# Behind the target, and wanted by multi-user.target itself.
sh_on "$HOST" 'systemctl disable late.service; systemctl add-wants multi-user.target late.service' >/dev/null 2>&1
lab boot "$HOST"
check_soon "a unit behind the target and wanted by multi-user.target does not hold it up for ever" $((LIMIT + 60)) \
  on "$HOST" systemctl is-active multi-user.target
both=$(since_boot ActiveEnterTimestampMonotonic multi-user.target)
agent=$(since_boot ActiveEnterTimestampMonotonic envagent.service)
lab halt "$HOST" --kill
echo "# multi-user.target after $((both / 1000)) ms with a unit that is behind the target and wanted by it, the agent after $((agent / 1000)) ms"
# From the start of the agent, of which the boot is a part; whichever takes longer.
longest=$((agent + LIMIT * 1000000))
check "... but delays it by the limit at most" test "$both" -le "$(allowed $((longest > with ? longest : with)))"
check "... and does delay it" test "$both" -ge $((agent + (LIMIT - 1) * 1000000))

lab sh gw -- nft delete table inet silent
lab boot "$HOST"
check_soon "with an answer the same machine is itself" 60 sh_on "$HOST" 'grep -qx 4190101 /etc/late.conf'
# The environment's DNS host is off, and that is all.
check_has "... and says what it lacks" "dns-1 (10.60.0.10) has not answered yet" on "$HOST" agentctl status
finish
