#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 10-lab.sh -- the lab itself: copies that cannot be told apart, each cut off from the others
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

root=$(cut -d' ' -f1 "$LAB_STATE/pid")

for kind in mnt net pid uts ipc; do
  check_not "the lab has a $kind namespace of its own" \
    test "$(readlink "/proc/$root/ns/$kind")" = "$(readlink "/proc/1/ns/$kind")"
done
check_not "no mount of the lab is to be seen on the machine" grep -F "$LAB_STATE" /proc/self/mounts
check_is "no host can see the machine's files but /usr" "" \
  sh_on 1/web-1 "ls -d /opt/* /srv/* /var/lib/dpkg '$LAB' '$LAB_STATE' 2>/dev/null"
check_not "/usr is read-only" on 1/web-1 touch /usr/x

if sh_on 1/web-1 'test -e /root/before'; then
  skip "the copies are alike" "agents ran in this lab already"
else
  for host in dns-1 web-1 web-2; do
    check_is "both copies of $host have the same files" \
      "$(tree_of "1/$host" /etc)" tree_of "2/$host" /etc
    check_is "both copies of $host have the same addresses" \
      "$(sh_on "1/$host" 'ip -j addr show eth0 | jq -c "[.[0].address, .[0].addr_info[].local]"')" \
      sh_on "2/$host" 'ip -j addr show eth0 | jq -c "[.[0].address, .[0].addr_info[].local]"'
    check_is "$host starts with the template's name" template on "1/$host" hostname
    check_is "the address of $host is DHCP's" true \
      sh_on "1/$host" 'ip -j -4 addr show eth0 | jq ".[0].addr_info[0].dynamic"'
    check_has "the resolver of $host is DHCP's" 10.60.0.254 on "1/$host" cat /etc/resolv.conf
  done
  check_is "www serves what the template's build left" "www of 4180000 on template" \
    on 1/web-1 curl -s http://localhost:8080/
fi

check_has "the automatic network knows its gateway as gw" 10.60.0.254 \
  on 1/web-1 dig +short @10.60.0.254 gw
check_is "corporate names are known in the corporate network" 10.9.0.60 \
  on user dig +short git.corp.example.internal
check_is "an environment's host can ask the corporate name server" 10.9.0.60 \
  on 2/web-1 dig +short @10.9.0.53 git.corp.example.internal
check_has "from outside each copy has an address of its own" "www of" \
  on user curl -s -m 2 http://10.200.2.21:8080/
check_has "... and one in the external range" "www of" \
  on user curl -s -m 2 http://10.204.1.22:8080/
check_not "one environment cannot reach the other" \
  on 1/web-1 curl -s -m 1 http://10.200.2.21:8080/
check_not "an inner address means nothing outside" on user curl -s -m 1 http://10.60.0.21:8080/

for n in 1 2; do
  for at in 169.254.169.254 10.60.0.254; do
    check_is "environment $n learns its id from $at" \
      "https://cloud.skytap.com/configurations/$(env_id $n)" \
      sh_on $n/web-1 "curl -s -m 5 http://$at/skytap | jq -r .configuration_url"
  done
done
finish
