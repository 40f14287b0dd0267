#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 48-net-war.sh -- somebody takes an address, or a route, away again and again
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/web-2
memory=/run/envagent/reconcile.json

# between CMD...: runs it while no pass does, and none begins
between() {
  sh_on "$host" 'kill -STOP $(pgrep -x envagentd); while pgrep "^envagent-(f|r)" >/dev/null; do sleep 0.1; done'
  "$@"
  sh_on "$host" 'kill -CONT $(pgrep -x envagentd)'
}

# The pauses between repairs double from 10 s on: what is remembered of the last one is made 200 s
# older, which is longer than each of them, and a watched file asks for another pass.
older() {
  sh_on "$host" "at=\$(awk '{ printf \"%.0f\", (\$1 - 200) * 1000000 }' /proc/uptime)
    jq --argjson at \$at '(.. | objects | select(has(\"repairs\")) | .last) = \$at' $memory >/tmp/memory &&
    cat /tmp/memory >$memory; touch /etc/motd"
}

waits() { has "$host" "agentctl status" "somebody undoes \"$what\": it is done again in"; }
alone() { has "$host" "agentctl status" "somebody undoes \"$what\": it was done again 5 times and is left now"; }
told() { waits || alone; }
back_and_ready() { back && ready "$host"; }
# should the pause have ended before anybody looked, it is undone again
told_in_time() { told || { back && between undone; false; }; }
passes() { sh_on "$host" 'agentctl status --json | jq -r .pass.number'; }
later() { (($(passes) > $1)); }
decided() { back_and_ready || alone; }
both() { undone; older; }

# war WHAT: undone() and back() do and see it
war() {
  local n before
  what=$1
  between undone
  check_soon "$what: undone once, it is done again at once" 60 back_and_ready
  between undone
  check_soon "$what: undone again, it is told, and waits" 90 told_in_time
  between older
  check_soon "... and is done after a pause" 60 back_and_ready
  for n in 3 4 5 6; do
    between both
    check_soon "$what: undone for the $n. time, long after the last repair" 60 decided
    ! alone >/dev/null || break
  done
  check "after five repairs it is left alone, and status says so" alone
  before=$(passes)
  between older
  check_soon "... also by the next pass, however long ago the last repair was" 60 later "$before"
  check "... which says so, too" alone
  check_not "... and nothing is done" back
  check_not "... and the host is not ready" ready "$host"
  on "$host" agentctl apply >/dev/null 2>&1
  check_soon "a person ends the war" 60 back_and_ready
}

undone() { on "$host" ip address change 10.60.0.22/24 dev eth0 valid_lft 3600 preferred_lft 3600; }
back() { [[ $(sh_on "$host" 'ip -4 -o address show eth0') == *"10.60.0.22/24"*"valid_lft forever"* ]]; }
war "address 10.60.0.22/24 on eth0"

undone() { on "$host" ip route del default; }
back() { [[ $(sh_on "$host" 'ip -4 route show default') == "default via 10.60.0.254 dev eth0 proto static"* ]]; }
war "route default via 10.60.0.254 on eth0"

check_not "no repair is a switch that was taken back" on "$host" test -e /var/lib/envagent/network.json
finish
