# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# lib.bash -- what the tests beside network managers share
# shellcheck source=tests/lab/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.bash"

# shellcheck disable=SC2034 # the scripts use them
GOLDEN=$ROOT/tests/golden/persist FILES=$MACHINE/root
machine() { "$ROOT/tests/managers/machine" "$@"; }
in_sh() { machine in sh -c "$1"; }

# within CMD...: among the files of a machine that is off
within() {
  unshare --mount --propagation private sh -c 'mount --bind /dev "$0/dev" && exec chroot "$0" "$@"' "$FILES" "$@"
}

# enable UNIT: at the next boot
enable() {
  rm -f "$FILES/etc/systemd/system/$1"
  systemctl --root="$FILES" enable "$1" >/dev/null 2>&1
}

settings() {
  cat >"$FILES/etc/envagent/envagent.conf" <<CONF
[Metadata]
Provider=none
[Agent]
Domain=cluster.test
[Interface eth0]
Address=10.60.0.21/24
Gateway=10.60.0.254
[Resolv]
Nameservers=10.60.0.254
$1
CONF
}

address_is() {
  local life
  life=$(in_sh "ip -4 addr show eth0 | grep -A 1 'inet 10.60.0.21/24' | sed -n 's/.*valid_lft \([a-z0-9]*\) .*/\1/p'")
  case $1 in
    leased) [[ $life == *sec ]] ;;
    static) [[ $life == forever ]] ;;
  esac || { in_sh 'ip addr show eth0; cat /run/events' && return 1; }
}

# What the agent does not keep for itself, with kind, mode and content.
state_of_files() {
  in_sh 'for d in /etc/systemd/network /etc/netplan /etc/network /etc/NetworkManager /etc/dhcp /etc/resolv.conf \
    /etc/hostname /etc/hosts /run/systemd/network /run/netplan /run/NetworkManager/system-connections \
    /run/systemd/resolved.conf.d; do
      find $d ! -type d -printf "%p %y %m %U %l\n" 2>/dev/null | sort
      find $d -type f -exec sha256sum {} + 2>/dev/null | sort
    done'
}

# taken_over_under_ping: a pass, while the gateway is asked each millisecond
taken_over_under_ping() {
  local pid
  machine in ping -q -i 0.001 -c 3000 -W 2 10.60.0.254 >"$MACHINE/ping" 2>&1 &
  pid=$!
  sleep 0.5
  machine in pass
  wait "$pid"
}

# from_lease_to_static_and_back MEANWHILE: with what this machine's manager does meanwhile
from_lease_to_static_and_back() {
  local before restored
  check_soon "DHCP gives the address" 30 address_is leased
  before=$(state_of_files)
  check "a pass takes it over" taken_over_under_ping
  check_soon "... the address is there for ever" 10 address_is static
  check_has "... the gateway too" "default via 10.60.0.254 dev eth0 proto static" machine in ip route
  check_is "a second pass changes nothing" "pass done settled: changes=0" in_sh 'pass | tail -n 1'
  "$1"
  check "restore" machine in pass --restore
  check_soon "... it is the lease's again" 30 address_is leased
  restored=$(state_of_files)
  check_is "... and every file is as it was" "$before" echo "$restored"
}
