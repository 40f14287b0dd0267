#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 20-first-boot.sh -- the package in an image that does not run, then the first boot
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

# One has a link, as systems with a resolver's stub have it.
sh_on 1/dns-1 'mv /etc/resolv.conf /etc/stub.conf; echo "C /run/resolver/stub.conf 0644 - - - /etc/stub.conf" >/etc/tmpfiles.d/stub.conf
  ln -s ../run/resolver/stub.conf /etc/resolv.conf'
for host in 1/dns-1 1/web-1; do
  files_of "$host" >"$LAB_STATE/before-${host#*/}"
done
sh_on 1/web-1 'systemctl --root=/ enable www.service' >/dev/null 2>&1
sh_on mux 'systemctl is-enabled haproxy.service; cat /etc/haproxy/haproxy.cfg' >"$LAB_STATE/haproxy-before" 2>&1

check "the package installs where no service manager runs" install_deb 1/dns-1 envagent
check "envmux does too" install_deb mux envmux
check "the settings of the load balancer fit the users of the package" mux_settings
check "the load balancer boots" boot mux
check_soon "... and serves its API" 20 mux_api auth/partition
check_is "... the distribution's haproxy.service is as it was" "$(<"$LAB_STATE/haproxy-before")" \
  sh_on mux 'systemctl is-enabled haproxy.service; cat /etc/haproxy/haproxy.cfg'

check "a machine boots with the agent" boot 1/dns-1
check "... which is ready by itself" wait_ready 1/dns-1 60s

check "a machine boots without" boot 1/web-1
check_is "... as whom the template says" template on 1/web-1 hostname
check "the package installs in a running system" install_deb 1/web-1 envagent
check "... and the agent is ready by itself" wait_ready 1/web-1 60s
halt 1/web-1
check "it boots" boot 1/web-1
check "... and is ready by itself" wait_ready 1/web-1 60s

for host in 1/dns-1 1/web-1; do
  check_is "$host has its name" "${host#*/}" on "$host" hostname
  check_has "$host asks the environment's name server" "nameserver 10.60.0.10" on "$host" cat /etc/resolv.conf
  check_is "$host: no unit has failed" "" on "$host" systemctl list-units --failed --no-legend --plain
done
check_is "systemd-analyze finds no fault with the units of envmux" "" \
  sh_on mux 'SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no /lib/systemd/system/envmux*.service'
check_is "... nor with those of envagent" "" \
  sh_on 1/web-1 'SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no /lib/systemd/system/envagent*'
check_is "the address is there for ever" forever \
  sh_on 1/web-1 "ip -4 addr show eth0 | sed -n 's/.*valid_lft \([a-z]*\) .*/\1/p'"
check_soon "what waits behind envagent-services.target runs" 20 on 1/web-1 systemctl is-active www.service
check_has "... and it says who it is" "www of 4190101 on web-1" \
  on 1/web-1 curl -sS --retry 5 --retry-connrefused http://localhost:8080/
check_soon "the environment's address answers" 30 url_answers
check_is "status is for everybody" 0 \
  sh_on 1/web-1 'setpriv --reuid 65534 --clear-groups agentctl status >/dev/null; echo $?'
finish
