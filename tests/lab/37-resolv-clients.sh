#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 37-resolv-clients.sh -- DHCP clients of another interface, whose scripts write /etc/resolv.conf
# Needs no lab.
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A host whose envt0 is declared and whose envt1 is none of ours: there CLIENT gets a lease, first
# without the agent, then beside it.
cat >"$dir/inside.sh" <<'EOF'
# shellcheck source=tests/lab/lib.bash
source "$1/tests/lab/lib.bash"
build=$2 client=$3
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 var /var/lib
mkdir -p /run/etc/envagent /run/netns /var/lib/envagent /var/lib/dhcp /var/lib/dhcpcd
cp -r /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /etc/alternatives /etc/udhcpc /etc/dhcp \
  /etc/dhcpcd.conf /run/etc/ 2>/dev/null
mount --bind /run/etc /etc
rm -f /etc/dhcp/dhclient-enter-hooks.d/* /etc/dhcp/dhclient-exit-hooks.d/*
printf '%s\n' '[Metadata]' Provider=none '[Interface envt0]' Address=10.60.0.21/24 '[Resolv]' \
  Nameservers=10.60.0.10 >/etc/envagent/envagent.conf
: >/etc/fstab
echo 'nameserver 10.60.0.254' >/etc/resolv.conf
# the scripts say when they have done their work
mkdir -p /etc/dhcp/dhclient-exit-hooks.d
echo 'echo "$reason" >>/run/done' | tee /etc/dhcp/dhclient-exit-hooks.d/zz >/etc/dhcpcd.exit-hook
sed 's|^ *exit 1|exit 1|; $a echo "$1" >>/run/done' /etc/udhcpc/default.script >/etc/udhcpc/default.script.new
chmod 755 /etc/udhcpc/default.script.new
mv /etc/udhcpc/default.script.new /etc/udhcpc/default.script
ip link set lo up
ip netns add gw
for i in 0 1; do
  ip link add envt$i type veth peer name eth$i netns gw
  ip -n gw address add 10.6$i.0.254/24 dev eth$i
  ip -n gw link set eth$i up
  ip link set envt$i up
done
ip address add 10.60.0.21/24 dev envt0
ip netns exec gw dnsmasq --conf-file=/dev/null --port=0 --no-ping --user=root --pid-file=/run/dnsmasq.pid \
  --interface=eth1 --bind-interfaces --dhcp-leasefile=/run/leases --dhcp-range=10.61.0.10,10.61.0.200,3600 \
  --dhcp-option=3 --dhcp-option=6,10.61.0.53

lease() {
  rm -f /run/done
  case $client in
    dhclient) dhclient -4 -1 -pf /run/client.pid -lf /var/lib/dhcp/leases envt1 ;;
    dhcpcd) dhcpcd -4 envt1 ;;
    udhcpc) udhcpc -i envt1 -b -S -p /run/client.pid ;;
  esac >/run/client.log 2>&1 </dev/null
}
again() {
  rm -f /run/done
  case $client in
    dhcpcd) dhcpcd -4 -n envt1 ;;
    udhcpc) kill -USR1 "$(cat /run/client.pid)" ;;
  esac >/run/client.log 2>&1 </dev/null
}
script_done() { grep -iE 'bound|renew|reboot|rebind' /run/done || { cat /run/client.log && return 1; }; }
gone() { ! pgrep -x "$client"; }
no_lease() {
  pkill -9 -x "$client"
  soon 20 gone >/dev/null
  ip address flush dev envt1
  rm -rf /run/client.pid /run/dhcpcd* /var/lib/dhcpcd/* /var/lib/dhcp/*
}
first() { head -n 1 /etc/resolv.conf; }
ours() { first | grep -q '^# Written by envagent' && grep -q '^nameserver 10.60.0.10$' /etc/resolv.conf; }
is_ready() { "$build/agentctl" status >/dev/null; }
said() { grep -qF "$1" /run/agent.log || { tail -n 5 /run/agent.log && return 1; }; }
which_file() { stat -c '%i %z' /etc/resolv.conf; }

lease
check_soon "$client: without the agent" 60 script_done
check_has "$client: ... its script writes the file" "nameserver 10.61.0.53" cat /etc/resolv.conf
no_lease
echo 'nameserver 10.60.0.254' >/etc/resolv.conf
"$build/envagentd" --libexec-dir "$build" >/run/agent.log 2>&1 </dev/null &
check_soon "$client: the agent is ready" 60 is_ready
check "$client: ... and the file is its own" ours

before=$(which_file)
lease
check_soon "$client: a lease on another interface" 60 script_done
if [[ $client != udhcpc ]]; then
  check_is "$client: ... leaves the file alone, which is the same" "$before" which_file
  check "$client: ... and ours" ours
  [[ $client == dhcpcd ]] || exit "$FAILED"
  # the hook is somebody's own
  kill -TERM %1
  wait %1
  no_lease
  "$build/agentctl" restore >/dev/null
  check_not "$client: the hook goes with the agent" test -e /etc/dhcpcd.enter-hook
  echo ': mine' >/etc/dhcpcd.enter-hook
  rm -rf /run/envagent /var/lib/envagent/*
  "$build/envagentd" --libexec-dir "$build" >/run/agent.log 2>&1 </dev/null &
  check_soon "$client: with a hook of somebody's the agent is ready" 60 is_ready
  check_is "$client: ... and leaves that" ': mine' cat /etc/dhcpcd.enter-hook
  lease
  check_soon "$client: a lease then" 60 script_done
fi
who="$client"
[[ $client == dhcpcd ]] || who="$client, perhaps,"
check_soon "$client: ... writes over the file, which is seen, with who it was" 60 \
  said "/etc/resolv.conf was changed by $who and is put back"
check_soon "$client: ... and it is put back" 60 ours
# once more, and again should its pause have ended before anybody looked
told() {
  again
  sleep 1
  [[ $("$build/agentctl" status --json) == *"/etc/resolv.conf is changed by $who again and again"* ]]
}
check_soon "$client: ... further leases are told in the status, with who it was" 60 told
exit "$FAILED"
EOF

for client in dhclient dhcpcd udhcpc; do
  timeout --kill-after=5 300 unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc \
    bash "$dir/inside.sh" "$(realpath "$(dirname "$0")/../..")" "$BUILD" "$client" >"$dir/$client" 2>&1 &
done
wait
cat "$dir"/{dhclient,dhcpcd,udhcpc}
for client in dhclient dhcpcd udhcpc; do
  check "$client: all was tried" grep -q "^ok - $client: .*leaves the file alone\|^ok - $client: .*told in the status" "$dir/$client"
done
finish
