#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 50-remove.sh -- the package goes, and takes back what the agent wrote, and nothing else
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

remove() { sh_on "$1" "DEBIAN_FRONTEND=noninteractive dpkg --$2 $3"; }

# The files that somebody else put there after the agent.
sh_on 1/web-1 'echo mine >/etc/mine; echo "# mine" >>/etc/hosts.allow'

check "the package is removed" remove 1/web-1 remove envagent
check_not "... the agent with it" on 1/web-1 pgrep -x envagentd
check_is "... the host has the name of the template" template on 1/web-1 hostname
check_is "... and its /etc/hostname" template on 1/web-1 cat /etc/hostname
check_is "... resolv.conf is the file that it was" "regular file" on 1/web-1 stat -c %F /etc/resolv.conf
check_has "... with what it said" "nameserver 10.60.0.254" on 1/web-1 cat /etc/resolv.conf
check_has "... the configuration is the one of the template" 4180000 on 1/web-1 cat /etc/www/web.yml
check_soon "... the address is DHCP's again" 15 sh_on 1/web-1 'ip -j -4 addr show eth0 | jq -e ".[0].addr_info[0].dynamic"'
check_is "... what the agent did not write is there" "mine" on 1/web-1 cat /etc/mine
check_has "... the settings too" "[Agent]" on 1/web-1 cat /etc/envagent/envagent.conf
check "it is installed again, and ready" bash -c "$(declare -f install_deb lab on sh_on wait_ready)
  LAB='$LAB' LAB_STATE='$LAB_STATE' PACKAGES='$PACKAGES'; install_deb 1/web-1 envagent later && wait_ready 1/web-1 60s"
check_is "... as itself" web-1 on 1/web-1 hostname

check "the package is purged" remove 1/web-1 purge envagent
check_is "... its users are gone" "" sh_on 1/web-1 'grep envagent /etc/passwd /etc/group /etc/shadow'
sh_on 1/web-1 'systemctl disable --quiet www.service; rm -rf /etc/mine /etc/hosts.allow /opt/app /home/deploy /etc/sudoers.d/deploy \
  /etc/systemd/system/app.service; ! id deploy >/dev/null 2>&1 || userdel deploy'
halt 1/web-1
# But for the settings, which were there before the package, and the lists of users with their copies.
files_of 1/web-1 >"$LAB_STATE/after-web-1"
check_is "... and nothing of it is left" "" \
  diff <(grep -v '^/etc/envagent' "$LAB_STATE/before-web-1") "$LAB_STATE/after-web-1"

# The one whose resolv.conf was a link.
check "the package is removed where resolv.conf was a link" remove 1/dns-1 remove envagent
check_is "... it is that link" ../run/resolver/stub.conf on 1/dns-1 readlink /etc/resolv.conf
check_has "... behind which is what was" "nameserver 10.60.0.254" on 1/dns-1 cat /etc/resolv.conf
check "... and purged" remove 1/dns-1 purge envagent
halt 1/dns-1
files_of 1/dns-1 >"$LAB_STATE/after-dns-1"
check_is "... nothing of it is left" "" \
  diff <(grep -v '^/etc/envagent' "$LAB_STATE/before-dns-1") "$LAB_STATE/after-dns-1"

check "the load balancer's package is removed" remove mux remove envmux
check_not "... its HAProxy with it" on mux pgrep -u envmux-haproxy
check "... and purged" remove mux purge envmux
check_is "... nothing of it is left" "" \
  sh_on mux 'find / -xdev \( -path /proc -o -path /sys -o -path /root -o -path /var/log \) -prune -o -name "*envmux*" -print
    grep envmux /etc/passwd /etc/group'
finish
