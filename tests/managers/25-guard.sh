#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 25-guard.sh -- under systemd, what ends the agent does not end the guard of its switch
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
enable systemd-networkd.service
enable systemd-networkd.socket
printf '[Match]\nName=eth0\n[Network]\nDHCP=yes\n' >"$FILES/etc/systemd/network/80-dhcp.network"
make -s -C "$ROOT" BUILD="$BUILD" DESTDIR="$FILES" install-envagent
settings '[Network]
ConfirmSec=12s'
check "it boots" machine boot
check_soon "DHCP gives the address" 30 address_is leased

guards() { in_sh 'systemctl list-units --plain --no-legend "envagent-guard-*.scope" | grep running'; }
no_guard() { ! guards; }
passing() { in_sh 'pgrep -x envagent-reconc'; }
reached() { machine in ping -c 1 -W 2 -q 10.60.0.254; }

# ---- a file of somebody's that makes the reload take the link down ----

drop_in=$FILES/etc/systemd/network/00-envagent-eth0.network.d
mkdir -p "$drop_in"
printf '[Link]\nActivationPolicy=always-down\n' >"$drop_in/down.conf"
machine in pass >"$MACHINE/out"
check_has "a reload after which the link is down is taken back" "eth0 had a carrier before and has none now" \
  cat "$MACHINE/out"
check_not "... with our file" test -e "$FILES/run/systemd/network/00-envagent-eth0.network"
check_soon "... and the gateway answers" 20 reached
check_has "... the reason is kept" carrier in_sh 'cat /var/lib/envagent/network.json'
rm -r "$drop_in" "$FILES/var/lib/envagent/network.json"

# ---- the agent as it is installed ----

# A gateway that is not there: the switch lasts as long as it is asked for.
lost() {
  sed -i 's|^Address=.*|Address=10.77.0.21/24|; s|^Gateway=.*|Gateway=10.77.0.254|' "$FILES/etc/envagent/envagent.conf"
}
found() {
  sed -i 's|^Address=.*|Address=10.60.0.21/24|; s|^Gateway=.*|Gateway=10.60.0.254|' "$FILES/etc/envagent/envagent.conf"
}

# lost_while ACTION WHAT: in the middle of that switch something happens to the agent
lost_while() {
  lost
  in_sh 'rm -f /var/lib/envagent/network.json; systemctl --no-block start envagent.service'
  check_soon "$1: a switch begins, and its guard has a scope" 20 guards
  check_soon "$1: ... the pass asks for the gateway" 10 passing
  in_sh "$2"
  check_soon "$1: the guard takes it back, and is gone" 20 no_guard
  check_soon "$1: ... the former gateway answers" 10 reached
  check_has "$1: ... the reason is kept" '"reason"' in_sh 'cat /var/lib/envagent/network.json'
  machine in systemctl stop envagent.service
}
lost_while "the pass is killed" 'pkill -9 -x envagent-reconc'
lost_while "the agent is stopped" 'systemctl stop envagent.service'
lost_while "the agent starts anew" 'systemctl restart envagent.service'
lost_while "the whole unit is killed" 'systemctl kill -s KILL envagent.service 2>/dev/null'

found
in_sh 'rm -f /var/lib/envagent/network.json; systemctl start envagent.service'
check_soon "the wanted network is there at last" 20 address_is static
finish
