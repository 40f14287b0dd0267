#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 60-ifupdown.sh -- ifupdown with dhclient: static now, and at the next boot by its own files
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
enable networking.service
systemctl --root="$FILES" mask systemd-resolved.service >/dev/null 2>&1
ln -s /dev/null "$FILES/etc/tmpfiles.d/systemd-resolve.conf"
rm -f "$FILES/etc/resolv.conf"
printf 'source /etc/network/interfaces.d/*\nauto lo eth0\niface lo inet loopback\niface eth0 inet dhcp\n' \
  >"$FILES/etc/network/interfaces"
settings '[Network]
Persist=yes'
check "it boots" machine boot

meanwhile() {
  check_not "no DHCP client is left" machine in pgrep dhclient
  check_has "the template's stanza has one other word" "iface eth0 inet manual" \
    machine in cat /etc/network/interfaces
  check "everything is set up anew by ifupdown alone" machine in sh -c 'ip addr flush dev eth0; ifdown --force eth0; ifup eth0'
  check "... the address is there for ever" address_is static
  check_has "... and the gateway" "default via 10.60.0.254" machine in ip route
  check_not "... without a DHCP client" machine in pgrep dhclient
}
from_lease_to_static_and_back meanwhile
finish
