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
meanwhile_of_lan() { check_soon "our profile is in force in its place" 10 in_force envagent-eth0; }
from_lease_to_static_and_back meanwhile_of_lan
check_soon "... and it is in force again" 10 in_force lan
finish
