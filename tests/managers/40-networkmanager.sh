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
  check_is "our profile is in force" envagent-eth0 \
    in_sh 'nmcli -t -f NAME,DEVICE connection | sed -n s/:eth0//p'
  check_has "resolv.conf is ours" "# Written by envagent" machine in head -n 1 /etc/resolv.conf
  machine in nmcli general reload dns-full
  machine in nmcli connection up envagent-eth0 >/dev/null
  check_has "... also after NetworkManager has set all up anew" "# Written by envagent" \
    machine in head -n 1 /etc/resolv.conf
}
check_soon "NetworkManager writes resolv.conf" 30 in_sh 'grep "by NetworkManager" /etc/resolv.conf'
from_lease_to_static_and_back meanwhile
finish
