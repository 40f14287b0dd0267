#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 63-lease.sh -- after the end of the lease that it was switched from the address is there, whoever had leased it
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A host and its DHCP server: CLIENT gets a lease of 60 s, one pass switches, and 90 s later we look
# again.
cat >"$dir/inside.sh" <<'EOF'
set -uo pipefail
build=$1 client=$2
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 var /var/lib
mkdir -p /run/etc/envagent /run/netns /var/lib/envagent /var/lib/dhcp /var/lib/dhcpcd /var/lib/misc
cp -r /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /etc/alternatives /etc/udhcpc \
  /etc/dhcp /etc/dhcpcd.conf /run/etc/ 2>/dev/null
mount --bind /run/etc /etc
printf '%s\n' '[Metadata]' Provider=none '[Interface envt0]' Address=10.60.0.21/24 '[Resolv]' Manage=no \
  >/etc/envagent/envagent.conf
ip link set lo up
ip netns add gw
ip link add envt0 address 02:00:00:60:00:21 type veth peer name eth0 netns gw
ip -n gw address add 10.60.0.254/24 dev eth0
ip -n gw link set eth0 up
ip link set envt0 up
# dnsmasq gives none below 120 s
: >/run/leases
printf '%s\n' 'start 10.60.0.10' 'end 10.60.0.200' 'interface eth0' 'lease_file /run/leases' 'pidfile /run/dhcpd' \
  'option subnet 255.255.255.0' 'option router 10.60.0.254' 'option lease 60' 'min_lease 60' \
  'static_lease 02:00:00:60:00:21 10.60.0.21' >/run/dhcpd.conf
ip netns exec gw busybox udhcpd -S /run/dhcpd.conf
case $client in
  dhclient) dhclient -4 -1 -pf /run/dhclient.envt0.pid -lf /var/lib/dhcp/dhclient.envt0.leases envt0 ;;
  dhcpcd) dhcpcd -4 envt0 ;;
  udhcpc) udhcpc -i envt0 -b -S ;;
esac >/run/client.log 2>&1 </dev/null
for ((i = 0; i < 300; i++)); do
  ip -4 address show envt0 | grep -q 10.60.0.21/24 && ip route | grep -q ^default && break
  sleep 0.1
done
ip -4 address show envt0 | grep -q 10.60.0.21/24 || { echo "no lease"; cat /run/client.log; exit 1; }
ip -4 address show envt0 | sed -n 's/.*valid_lft \([0-9]*\)sec.*/lease \1/p'
"$build/envagent-reconcile" --protocol 1 --module network 3>/dev/null
echo "status $?"
sleep 90
ip -4 -o address show envt0
ip route
pgrep "^$client" && echo "a client still runs"
ls /var/lib/dhcp/*.leases /var/lib/dhcpcd/*.lease 2>/dev/null
ping -c 1 -W 2 -q 10.60.0.254 >/dev/null && echo reached
EOF

for client in dhclient dhcpcd udhcpc; do
  timeout --kill-after=5 170 unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc \
    bash "$dir/inside.sh" "$BUILD" "$client" >"$dir/$client" 2>&1 &
done
wait
for client in dhclient dhcpcd udhcpc; do
  # udhcpc's script keeps the lifetime from the kernel
  [[ $client == udhcpc ]] ||
    check "$client: the lease was of 60 s" grep -qE '^lease (5[0-9]|60)$' "$dir/$client"
  check_has "$client: 90 s after the switch from a lease of 60 s the address has no lifetime" "valid_lft forever" cat "$dir/$client"
  check_has "$client: ... and is the same" "10.60.0.21/24" cat "$dir/$client"
  check_has "$client: ... with its route" "default via 10.60.0.254 dev envt0 proto static" cat "$dir/$client"
  check_has "$client: ... and reaches the gateway" reached cat "$dir/$client"
  check_not "$client: neither client nor lease is left" grep -E 'still runs|\.leases?$' "$dir/$client"
done
finish
