#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 46-templates.sh -- files rendered from templates: checked by the programs that read them, noticed
# when somebody changes them, put back, kept
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
host=1/web-2
drop=/etc/envagent/envagent.conf.d/46.conf
templates=/etc/envagent/templates

# put FILE: standard input becomes that file of the host
put() { sh_on "$host" "mkdir -p ${1%/*} && cat >$1"; }
applied() { on "$host" agentctl apply >/dev/null; }
is() { [[ $(on "$host" cat "$1") == "$2" ]] || { on "$host" cat "$1"; return 1; }; }

# ---- programs that check what they are to read ----

put $templates/proxy.erb <<'END'
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend id-<%= config_id %>
  bind 127.0.0.1:8099
END
put $templates/site.erb <<'END'
server { listen 127.0.0.1:8098; server_name www-<%= config_id %>; }
END
put /etc/tree/nginx.conf <<'END'
pid /run/tree.pid;
error_log stderr;
events { worker_connections 16; }
http { access_log off; include /etc/tree/conf.d/*.conf; }
END
sh_on "$host" 'mkdir -p /etc/tree/conf.d'
put "$drop" <<'END'
[Template proxy]
Source=/etc/envagent/templates/proxy.erb
Target=/etc/proxy.cfg
Check=haproxy -c -f %s

[Template site]
Source=/etc/envagent/templates/site.erb
Target=/etc/tree/conf.d/site.conf
Check=unshare -m sh -c "mount --bind %t /etc/tree && nginx -t -c /etc/tree/nginx.conf"
CheckTree=/etc/tree
END
check_soon "both checks are made by a configuration that nobody was told of, and both are content" 15 \
  is /etc/tree/conf.d/site.conf "server { listen 127.0.0.1:8098; server_name www-4190101; }"
check_has "haproxy's file is live" "frontend id-4190101" on "$host" cat /etc/proxy.cfg

on "$host" sed -i 's/bind 127/bnid 127/' $templates/proxy.erb
check_soon "a line that haproxy does not know is held with its own words" 15 \
  has "$host" "agentctl status" "unknown keyword 'bnid'"
check_has "... its former file stays" "bind 127.0.0.1:8099" on "$host" cat /etc/proxy.cfg
on "$host" sed -i 's/server_name/sever_name/' $templates/site.erb
check_soon "a tree that nginx does not take is held with its own words" 15 \
  has "$host" "agentctl status --json" 'unknown directive \"sever_name\"'
check_not "... and is not live" on "$host" grep -r sever_name /etc/tree
on "$host" sed -i 's/bnid/bind/' $templates/proxy.erb
on "$host" sed -i 's/sever_name/server_name/' $templates/site.erb
check_soon "corrected, the host is ready again by itself" 20 ready "$host"
check_is "nothing staged is left" "" sh_on "$host" 'ls /run/envagent/staged'

# ---- hands ----

motd=$(on "$host" cat /etc/motd)
on "$host" sh -c 'echo by hand >>/etc/motd'
check_soon "a hand edit is put back at once" 10 is /etc/motd "$motd"
on "$host" sh -c 'echo by hand >>/etc/motd'
check_soon "the second time it has to wait, and status says so" 10 \
  has "$host" "agentctl status" "/etc/motd is changed by somebody else again and again"
check "... but not for a person" applied
check_soon "... who makes it ready" 10 ready "$host"
check "... and whole" is /etc/motd "$motd"

sh_on "$host" "printf '[Template motd]\nOnDrift=keep\n' >>$drop"
check_soon "OnDrift=keep is taken over" 10 \
  has "$host" "agentctl status --json | jq -r .pass.trigger" reload
on "$host" sh -c 'echo by hand >>/etc/motd'
check_soon "then a hand edit is kept and told" 10 \
  has "$host" "agentctl status --json" "/etc/motd was changed by hand and is kept"
check "... and the host is ready all the same" ready "$host"
check_has "... the hand's line is there" "by hand" on "$host" cat /etc/motd

sh_on "$host" "rm -f $drop /etc/proxy.cfg; rm -r /etc/tree"
check "without all that the host is as before" applied
check_soon "... and ready" 15 ready "$host"
check "... with its file" is /etc/motd "$motd"

# ---- what waits for this host alone ----

check "agentctl wait --for local ends when all that is local has settled" \
  on "$host" agentctl wait --for local --timeout 30s
finish
