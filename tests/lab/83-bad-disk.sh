#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 83-bad-disk.sh -- a full disk, a read-only /etc: the file is named, the former ones stay
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=2/web-1

# A full file system below one target. What is longer than a page does not fit any more.
sh_on $host 'cp -a /etc/www /root/www && mount -t tmpfs -o size=16k full /etc/www && cp -a /root/www/. /etc/www/
  cp -a /etc/envagent/templates /root/templates
  dd if=/dev/zero of=/etc/www/ballast bs=4k count=4 2>/dev/null
  echo "# one line more" >>/etc/envagent/templates/web.yml.erb
  agentctl apply >/dev/null 2>&1'
check_not "full disk: the host is not ready" ready $host
check_has "full disk: status names the file" /etc/www/web.yml on $host agentctl status
check_has "full disk: ... and the reason" "No space left" on $host agentctl status
check "full disk: the former file stays" on $host cmp /root/www/web.yml /etc/www/web.yml
check_is "full disk: no temporary is left" "" sh_on $host 'find /etc/www -name ".*" -type f'
check_is "full disk: other modules are ready" "dns=off facts=off host=ready metadata=ready network=ready resolv=ready" \
  sh_on $host 'agentctl status --json | jq -r "[.modules[] | select(.name != \"template\") | .name + \"=\" + .state] | sort | join(\" \")"'
sh_on $host 'rm /etc/www/ballast; agentctl apply >/dev/null 2>&1'
check_soon "with room again the host is ready" 20 ready $host
check_has "... and the file is written" "one line more" on $host cat /etc/www/web.yml
sh_on $host 'cp -a /etc/www/. /root/www/; umount /etc/www; cp -a /root/www/. /etc/www/
  cp -a /root/templates/. /etc/envagent/templates/; agentctl apply >/dev/null 2>&1'
check_soon "(as before)" 20 ready $host

# The agent sees a template change, and must not be the faster one.
sh_on $host 'kill -STOP $(cat /run/lab/envagent.service.pid)
  echo "# one line more" >>/etc/envagent/templates/motd.erb; cp -a /etc/motd /root/motd
  mount --bind /etc /etc && mount -o remount,bind,ro /etc
  kill -CONT $(cat /run/lab/envagent.service.pid); cd /; agentctl apply >/dev/null 2>&1'
check_not "read-only /etc: the host is not ready" ready $host
check_has "read-only /etc: status names the file" /etc/motd on $host agentctl status
check_has "read-only /etc: ... and the reason" "Read-only file system" on $host agentctl status
check "read-only /etc: the former file stays" on $host cmp /root/motd /etc/motd
check_is "read-only /etc: names still resolve" 10.60.0.10 sh_on $host 'dig +short dns-1.cluster.test'
sh_on $host 'umount /etc; cp -a /root/templates/. /etc/envagent/templates/; agentctl apply >/dev/null 2>&1'
check_soon "writable again, the host is ready" 20 ready $host
finish
