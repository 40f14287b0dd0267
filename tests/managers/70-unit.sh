#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 70-unit.sh -- the doors of the managers, the guard and the end of DHCP, from within envagent.service
# shellcheck source=tests/managers/lib.bash
source "$(dirname "$0")/lib.bash"

# as it is installed; only its units' own start is to come
installed() {
  make -s -C "$ROOT" install-envagent BUILD="$BUILD" DESTDIR="$FILES" UNITDIR=/usr/lib/systemd/system &&
    systemd-sysusers --root="$FILES" envagent.conf && systemd-tmpfiles --root="$FILES" --create envagent.conf &&
    systemctl --root="$FILES" preset envagent.service envagent-services.target
}

resolved_off() {
  systemctl --root="$FILES" mask systemd-resolved.service >/dev/null 2>&1
  ln -s /dev/null "$FILES/etc/tmpfiles.d/systemd-resolve.conf"
  rm -f "$FILES/etc/resolv.conf"
}

networkd_files() {
  enable systemd-networkd.service
  enable systemd-networkd.socket
  printf '[Match]\nName=eth0\n[Network]\nDHCP=yes\n' >"$FILES/etc/systemd/network/80-dhcp.network"
}
networkd_has_ours() { in_sh 'networkctl status eth0 | grep "Network File: /run/systemd/network/00-envagent-eth0.network"'; }

nm_files() {
  enable NetworkManager.service
  resolved_off
  printf '[main]\ndns=default\nrc-manager=file\n' >"$FILES/etc/NetworkManager/conf.d/file.conf"
  # without udev it takes the links as they are only where it cannot write to /sys
  mkdir -p "$FILES/etc/systemd/system/NetworkManager.service.d"
  printf '[Service]\nReadOnlyPaths=/sys\n' >"$FILES/etc/systemd/system/NetworkManager.service.d/sys.conf"
}
nm_has_ours() { in_sh 'nmcli -t -f NAME,DEVICE connection | grep -x envagent-eth0:eth0'; }

ifupdown_files() {
  enable networking.service
  resolved_off
  printf 'auto lo eth0\niface lo inet loopback\niface eth0 inet dhcp\n' >"$FILES/etc/network/interfaces"
}
ifupdown_has_ours() { in_sh '! pgrep dhclient'; }

address() { in_sh "ip -4 -o addr show eth0 | sed -n 's/.*inet \([0-9./]*\) .*/\1/p'"; }
has_address() { address | grep -qxF "$1" || { address && in_sh 'agentctl status' && return 1; }; }
wants() { in_sh "sed -i 's|^Address=.*|Address=$1|; s|^Gateway=.*|Gateway=$2|' /etc/envagent/envagent.conf; agentctl reload; agentctl apply"; }

for manager in networkd nm ifupdown; do
  machine down
  machine make
  "${manager}_files"
  settings ''
  check "$manager: the agent is installed" installed
  check "$manager: it boots" machine boot
  check "$manager: the agent becomes ready by itself" machine in agentctl wait --timeout 60s
  check_soon "$manager: ... the address is there for ever" 10 address_is static
  check_soon "$manager: ... by its own door" 10 "${manager}_has_ours"
  check_is "$manager: ... in the sandbox of its unit" "NoNewPrivs=1 Seccomp=2" \
    in_sh 'sed -n "s/^\(NoNewPrivs\|Seccomp\):\t/\1=/p" /proc/$(systemctl show -P MainPID envagent)/status | xargs'

  wants 10.60.0.22/24 10.60.0.99 >/dev/null 2>&1
  check_is "$manager: a gateway that is not there is not switched to" 10.60.0.21/24 address
  check_has "$manager: ... status names it" 10.60.0.99 in_sh 'agentctl status'
  wants 10.60.0.22/24 10.60.0.254 >/dev/null 2>&1
  check_soon "$manager: another address that works is taken" 30 has_address 10.60.0.22/24
  check "$manager: ... and the agent is ready" machine in agentctl wait --timeout 60s
  check_is "$manager: ... and the former one is not left beside it" 10.60.0.22/24 address
  check_is "$manager: nothing was refused by the sandbox" "" \
    in_sh 'journalctl -b -o cat -u envagent | grep -i "not permitted\|permission denied\|read-only\|access denied"'
  check_is "$manager: no unit has failed" "" in_sh 'systemctl list-units --failed --no-legend --plain'

  in_sh 'systemctl stop envagent.service'
  check "$manager: restore" machine in agentctl restore
  check_soon "$manager: ... it is the lease's again" 30 address_is leased
done
finish
