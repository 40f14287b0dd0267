#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 10-files.sh -- the golden files, read by the programs that they are for
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

machine make
# another definition that fits, of a name that comes before every interface's
mkdir -p "$FILES/plan/etc/netplan"
cp "$GOLDEN/netplan.yaml" "$FILES/plan/etc/netplan/99-envagent.yaml"
cat >"$FILES/plan/etc/netplan/90-default.yaml" <<'YAML'
network:
  version: 2
  ethernets:
    all-eth:
      match: {name: "eth*"}
      dhcp4: true
YAML
check "netplan takes its file" within netplan generate --root-dir /plan
first=$(cd "$FILES/plan/run/systemd/network" && grep -l 'Name=eth' ./*.network | sort | head -n 1)
check_is "... and networkd finds ours first" ./10-netplan-00-envagent-eth0.network echo "$first"
check_has "... without DHCP" "Address=10.60.0.21/24" cat "$FILES/plan/run/systemd/network/$first"
check_not "... without DHCP at all" grep DHCP= "$FILES/plan/run/systemd/network/$first"

for name in eth0 ens4; do
  check "NetworkManager reads the profile of $name" \
    within nmcli --offline connection modify connection.zone x <"$GOLDEN/$name.nmconnection"
done
check_has "... with all that is in it" "address1=10.60.0.21/24,10.60.0.254" \
  within nmcli --offline connection modify connection.zone x <"$GOLDEN/eth0.nmconnection"

cp "$GOLDEN/interfaces" "$FILES/etc/network/interfaces.d/envagent"
check_has "ifupdown knows the interface" "address: 10.60.0.21" within ifquery eth0
check_has "... and would set its address" "ip addr add 10.60.0.21/255.255.255.0" \
  within ifup --no-act -v eth0
check_has "... its gateway" "ip route add default via 10.60.0.254 metric 100 dev eth0" \
  within ifup --no-act -v eth0
check_has "... its second address" "ip addr add 10.60.1.21/255.255.255.0" \
  within ifup --no-act -v eth0
check_has "... and IPv6" "ip -6 addr add fd00:60::21/64" within ifup --no-act -v eth0
finish
