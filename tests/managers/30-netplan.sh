#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 30-netplan.sh -- netplan over systemd-networkd, as Debian's images for clouds have it
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
enable systemd-networkd.service
enable systemd-networkd.socket
mkdir -p "$FILES/etc/netplan"
printf 'network:\n  version: 2\n  ethernets:\n    all-eth:\n      match: {name: "eth*"}\n      dhcp4: true\n' \
  >"$FILES/etc/netplan/90-default.yaml"
chmod 600 "$FILES/etc/netplan/90-default.yaml"
settings '[Network]
Persist=yes'
check "it boots" machine boot

meanwhile() {
  check_has "not one of 3000 packets was lost" "3000 received" cat "$MACHINE/ping"
  check "the file is for the next boot too" test -e "$FILES/etc/netplan/99-envagent.yaml"
  check_has "networkd has taken what netplan made of it" 10-netplan-00-envagent-eth0.network \
    machine in networkctl status eth0
}
from_lease_to_static_and_back meanwhile
finish
