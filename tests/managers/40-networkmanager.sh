#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 40-networkmanager.sh -- NetworkManager with DHCP, which writes /etc/resolv.conf as well
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
enable NetworkManager.service
systemctl --root="$FILES" mask systemd-resolved.service >/dev/null 2>&1
rm -f "$FILES/etc/resolv.conf"
ln -s /dev/null "$FILES/etc/tmpfiles.d/systemd-resolve.conf"
printf '[main]\ndns=default\nrc-manager=file\n' >"$FILES/etc/NetworkManager/conf.d/file.conf"
# without udev it takes the links as they are only where it cannot write to /sys
mkdir -p "$FILES/etc/systemd/system/NetworkManager.service.d"
printf '[Service]\nReadOnlyPaths=/sys\n' >"$FILES/etc/systemd/system/NetworkManager.service.d/sys.conf"
settings ''
check "it boots" machine boot

meanwhile() {
  check_has "not one of 3000 packets was lost" "3000 received" cat "$MACHINE/ping"
  check_is "our profile is in force" envagent-eth0 \
    in_sh 'nmcli -t -f NAME,DEVICE connection | sed -n s/:eth0//p'
  check_has "resolv.conf is ours" "# Written by envagent" machine in head -n 1 /etc/resolv.conf
  machine in nmcli general reload dns-full
  machine in nmcli connection up envagent-eth0 >/dev/null
  check_has "... also after NetworkManager has set all up anew" "# Written by envagent" \
    machine in head -n 1 /etc/resolv.conf
  check "NetworkManager starts anew" machine in systemctl restart NetworkManager.service
  check_soon "... our profile is in force again" 30 in_force envagent-eth0
  check_soon "... and the address still for ever" 10 address_is static
}
in_force() { in_sh 'nmcli -t -f NAME,DEVICE connection' | grep -qx "$1:eth0"; }
check_soon "NetworkManager writes resolv.conf" 30 in_sh 'grep "by NetworkManager" /etc/resolv.conf'
from_lease_to_static_and_back meanwhile
check_soon "the profile that ours stood for is in force again" 10 in_force "Wired connection 1"

# ---- a profile of somebody's, which says more than ours ----

printf '%s\n' '[connection]' id=lan uuid=11111111-2222-4333-8444-555555555555 type=ethernet '[ethernet]' \
  mac-address=02:00:00:60:00:21 '[ipv4]' method=auto >"$FILES/etc/NetworkManager/system-connections/lan.nmconnection"
chmod 600 "$FILES/etc/NetworkManager/system-connections/lan.nmconnection"
in_sh 'nmcli connection reload && nmcli --wait 30 connection up lan' >/dev/null
check_soon "a profile in /etc asks DHCP" 30 in_force lan
meanwhile_of_lan() {
  check_has "not one of 3000 packets was lost" "3000 received" cat "$MACHINE/ping"
  check_soon "our profile is in force in its place" 10 in_force envagent-eth0
}
from_lease_to_static_and_back meanwhile_of_lan
check_soon "... and it is in force again" 10 in_force lan

# ---- a profile that is there at the next boot ----

settings '[Network]
Persist=yes'
kept() { in_sh "ls $1/NetworkManager/system-connections/envagent-eth0.nmconnection"; }
meanwhile_kept() {
  check_has "not one of 3000 packets was lost" "3000 received" cat "$MACHINE/ping"
  check "our profile is there for the next boot" kept /etc
  check_soon "... and in force in this one" 10 in_force envagent-eth0
  machine in systemctl stop NetworkManager.service
  in_sh 'rm -f /run/NetworkManager/system-connections/envagent-* \
    "/run/NetworkManager/devices/$(ip -o link show eth0 | cut -d: -f 1)"
    ip addr flush dev eth0 && ip link set eth0 down'
  check "NetworkManager starts with what is there at a boot" machine in systemctl start NetworkManager.service
  check_soon "... our profile is in force" 30 in_force envagent-eth0
  check_soon "... and the address there for ever" 30 address_is static
  check_is "... a pass has nothing to do" "pass done settled: changes=0" in_sh 'pass | tail -n 1'
  check_not "... and writes nothing beside it" kept /run
}
from_lease_to_static_and_back meanwhile_kept
check_soon "... and it is in force again" 10 in_force lan
settings ''

# ---- routers announce themselves ----

routes6() { machine in ip -6 route show default dev eth0; }
by_router() { routes6 | grep -q "via fe80:.* proto ra"; }
check "a router announces itself" machine router
check_soon "NetworkManager has its default route" 30 by_router
sed -i 's|^Address=.*|& fd00:60::21/64|' "$FILES/etc/envagent/envagent.conf"
check "a pass sets an address of IPv6 too" machine in pass
check "... our profile is in force" in_force envagent-eth0
machine in nmcli --wait 30 connection up envagent-eth0 >/dev/null
check_soon "... and brought up anew, the router's route is there" 30 by_router
check_soon "... beside our address" 30 in_sh 'ip -6 addr show eth0 | grep -q "fd00:60::21/64.* scope global"'
check_soon "... and the one that the router lets it make" 30 \
  in_sh 'ip -6 addr show eth0 | grep "fd00:60::" | grep -qv "fd00:60::21/64"'
check "a gateway of ours" sed -i 's|^Gateway=.*|& fd00:60::fe|' "$FILES/etc/envagent/envagent.conf"
machine in pass >/dev/null
machine in nmcli --wait 30 connection up envagent-eth0 >/dev/null
check_soon "... has its route" 30 in_sh 'ip -6 route show default | grep -q "via fd00:60::fe dev eth0 proto static"'
check_soon "... beside the router's" 30 by_router
preferred() { in_sh 'ip -6 route get 2001:db8::1 | grep -q "via fd00:60::fe"'; }
check_soon "... and before it" 10 preferred
check_is "a pass has nothing to do" "pass done settled: changes=0" in_sh 'pass | tail -n 1'
finish
