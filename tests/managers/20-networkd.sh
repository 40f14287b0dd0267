#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 20-networkd.sh -- systemd-networkd with DHCP, and systemd-resolved with its stub
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
enable systemd-networkd.service
enable systemd-networkd.socket
printf '[Match]\nName=eth0\n[Network]\nDHCP=yes\n' >"$FILES/etc/systemd/network/80-dhcp.network"
settings ''
check "it boots" machine boot

meanwhile() {
  check_has "not one of 3000 packets was lost" "3000 received" cat "$MACHINE/ping"
  check_has "networkd has taken our file" "Network File: /run/systemd/network/00-envagent-eth0.network" \
    machine in networkctl status eth0
  check "networkd starts anew" machine in systemctl restart systemd-networkd.service
  check_soon "... the address is still for ever" 10 address_is static
  check_has "resolved asks the name server" "10.60.0.254" in_sh 'resolvectl dns | grep Global'
  check_has "... for all names" "cluster.test ~." machine in resolvectl domain
  check_has "... the file is resolved's still" stub-resolv.conf machine in readlink /etc/resolv.conf
}
from_lease_to_static_and_back meanwhile
check_is "resolved asks nobody else again" "Global:" in_sh 'resolvectl dns | grep Global'

# ---- it was here once ----

in_sh 'systemctl disable --now systemd-networkd.service systemd-networkd.socket' >/dev/null 2>&1
check "its state lies there still" machine in test -e /run/systemd/netif/state
machine in pass >/dev/null
check "the address is taken over" address_is static
check_not "... but no file is written for one that is stopped" test -e "$FILES/run/systemd/network/00-envagent-eth0.network"
finish
