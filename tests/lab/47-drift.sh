#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 47-drift.sh -- somebody changes a rendered file again and again; and its mode and owner
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/web-2
drop=/etc/envagent/envagent.conf.d/47.conf
memory=/run/envagent/reconcile.json

is() { [[ $(on "$host" cat "$1") == "$2" ]] || { on "$host" cat "$1"; return 1; }; }
by_hand() { sh_on "$host" 'echo by hand >>/etc/motd'; }

# between CMD...: runs it while no pass does, and none begins
between() {
  local r=0
  sh_on "$host" 'kill -STOP $(pgrep -x envagentd); while pgrep "^envagent-(f|r)" >/dev/null; do sleep 0.1; done'
  "$@" || r=1
  sh_on "$host" 'kill -CONT $(pgrep -x envagentd)'
  return $r
}

# The pauses between repairs double from 10 s on: what is remembered of the last one is made 200 s
# older, which is longer than each of them, and another pass is asked for by touching the file.
older() {
  sh_on "$host" "at=\$(awk '{ printf \"%.0f\", (\$1 - ${1:-200}) * 1000000 }' /proc/uptime)
    jq --argjson at \$at '(.. | objects | select(has(\"repairs\")) | .last) = \$at' $memory >/tmp/memory &&
    cat /tmp/memory >$memory; touch /etc/motd"
}

motd=$(on "$host" cat /etc/motd)
on "$host" agentctl apply >/dev/null
by_hand
check_soon "repair 1 puts the file back at once" 60 is /etc/motd "$motd"
# Further ones, until it is given up; a pause that ends by itself on a slow machine is a repair, too.
alone() { has "$host" "agentctl status" "after 5 repairs it is left alone"; }
waits() { has "$host" "agentctl status" "the next repair is in"; }
told() { waits || alone; }
waited=0
for n in 2 3 4 5 6 7 8; do
  between by_hand
  check_soon "changed for the $n. time: it is told" 60 told
  ! alone >/dev/null || break
  waited=$((waited + 1))
  between older
  check_soon "... and put back after a pause" 60 is /etc/motd "$motd"
done
check "each time but the first it had to wait" test "$waited" -ge 3
check_soon "after five in a row it is left alone, and status says so" 60 alone
between older
check_soon "... however long ago the last one was" 60 alone
check_has "... the other hand's text stays" "by hand" on "$host" cat /etc/motd
check_not "... and the host is not ready" ready "$host"
on "$host" agentctl apply >/dev/null
check "a person ends the war" is /etc/motd "$motd"
check_soon "... and the host is ready" 60 ready "$host"

# ---- what is not in the bytes ----

attributes() { [[ $(on "$host" stat -c '%u:%g %a' /etc/motd) == "$1" ]] || { on "$host" stat /etc/motd; return 1; }; }
sh_on "$host" "printf '[Template motd]\nOwner=0\nGroup=0\nMode=0644\n' >$drop; agentctl reload && agentctl apply" >/dev/null
# From here on each change is the first one for a long time: it is put right at once.
afresh() { between older 1000 && between "$@"; }
afresh on "$host" chmod 600 /etc/motd
check_soon "a mode that somebody changes is put right by itself" 90 attributes "0:0 644"
afresh on "$host" chown 12:34 /etc/motd
check_soon "... and so is an owner" 90 attributes "0:0 644"
check "... the text is the same" is /etc/motd "$motd"
sh_on "$host" "rm $drop"
check_soon "without that the host is ready" 60 ready "$host"
afresh on "$host" chmod 640 /etc/motd
check_soon "a mode that no section names is the one that the file had" 90 attributes "0:0 644"

# An access control list alone: no byte, no mode and no owner is another one.
listed() { on "$host" python3 -c "import os, sys; sys.exit('system.posix_acl_access' not in os.listxattr('/etc/motd'))"; }
unlisted() { ! listed; }
list() {
  on "$host" python3 -c "import os, struct
acl = [(1, 6, -1), (2, 4, 1234), (4, 4, -1), (16, 4, -1), (32, 4, -1)]
os.setxattr('/etc/motd', 'system.posix_acl_access',
            struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *e) for e in acl))"
}
if afresh list; then
  check_soon "a bare access control list is noticed and taken away" 90 unlisted
  check "... the mode is the same" attributes "0:0 644"
else
  skip "a bare access control list is noticed" "no python3, or no access control lists here"
fi
check_soon "... and the host is ready" 60 ready "$host"
finish
