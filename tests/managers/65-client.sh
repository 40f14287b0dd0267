#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 65-client.sh -- a DHCP client that is started again is nobody's; ifupdown without a file of ours
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
enable networking.service
systemctl --root="$FILES" mask systemd-resolved.service >/dev/null 2>&1
ln -s /dev/null "$FILES/etc/tmpfiles.d/systemd-resolve.conf"
rm -f "$FILES/etc/resolv.conf"
printf 'auto lo eth0\niface lo inet loopback\niface eth0 inet dhcp\n' >"$FILES/etc/network/interfaces"
make -s -C "$ROOT" install-envagent BUILD="$BUILD" DESTDIR="$FILES" UNITDIR=/usr/lib/systemd/system
systemd-sysusers --root="$FILES" envagent.conf
systemd-tmpfiles --root="$FILES" --create envagent.conf
settings '[Network]
ConfirmSec=12s'
check "it boots" machine boot
check_soon "DHCP gives the address" 30 address_is leased

gateway() { sed -i "s|^Gateway=.*|Gateway=$1|" "$FILES/etc/envagent/envagent.conf"; }
client() { in_sh 'pgrep -x dhclient'; }
no_client() { ! client; }
taken_back() { in_sh 'grep \"reason\" /var/lib/envagent/network.json' && client && address_is leased; }
# of the unit that the client is in
unit() { in_sh 'sed -n "s|.*/\(envagent[^/]*\)\$|\1|p" /proc/$(pgrep -o -x dhclient)/cgroup'; }
own_unit() { [[ $(unit) == envagent-dhcp-*.service ]] || { unit; return 1; }; }

# ---- a switch that is taken back ----

gateway 10.60.0.99
machine in systemctl start envagent.service
check_soon "a switch to a gateway that is not there is taken back, with the DHCP client" 60 taken_back
check "... which is in a unit of its own" own_unit
pid=$(client)
machine in systemctl stop envagent.service
check_is "the agent stops: the client goes on" "$pid" client
machine in systemctl kill -s KILL envagent.service 2>/dev/null
check_is "... and is not one that it could kill" "$pid" client
check "... its lease is in force" address_is leased

# ---- Persist=no ----

files() { in_sh 'find /etc/network -type f -exec sha256sum {} + | sort; ls -lR --time-style=full-iso /etc/network'; }
before=$(files)
gateway 10.60.0.254
in_sh 'rm -f /var/lib/envagent/network.json'
machine in systemctl start envagent.service
check_soon "a gateway that is there is switched to" 60 address_is static
check_soon "... no client is left" 20 no_client
check_is "... nor its unit" "" in_sh 'systemctl list-units --all --plain --no-legend "envagent-dhcp-*"'
check_is "Persist=no: no file of ifupdown is touched" "$before" files
in_sh 'ifdown --force eth0; ifup eth0' >/dev/null 2>&1
settled_again() { address_is static && no_client && in_sh 'ip route | grep "^default via 10.60.0.254"'; }
check_soon "... what ifup sets up by hand is taken over" 90 settled_again
check_is "... and still none is touched" "$before" files

# ---- restore ----

machine in systemctl stop envagent.service
check "restore" machine in agentctl restore
check_soon "... it is the lease's again" 30 address_is leased
check "... by a client in a unit of its own" own_unit
finish
