#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 35-commands.sh -- what the configuration makes of systemd: commands as services of their own users,
# with a time limit; reloads and what follows one that fails; files that keep what is theirs
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

host=1/web-1
is_on "$host" || { boot "$host" && wait_ready "$host" 60s; } >/dev/null
drop=/etc/envagent/envagent.conf.d/commands.conf
templates=/etc/envagent/templates

# put FILE: standard input becomes that file of the host
put() { sh_on "$host" "cat >$1"; }
# says TEXT: whether status does
says() { has "$host" "agentctl status --json" "$1"; }
is() { [[ $(on "$host" cat "$1") == "$2" ]] || { on "$host" cat "$1"; return 1; }; }
# configure: standard input becomes the drop-in; a pass with it has ended
configure() {
  put "$drop"
  sh_on "$host" 'agentctl reload; agentctl apply' >/dev/null 2>&1
}
commands() { on "$host" systemctl list-units --all --no-legend --plain 'envagent-command-*'; }

sh_on "$host" 'id deploy || useradd -m deploy; mkdir -p /srv/app/real; install -d -o deploy /srv/app/seen' >/dev/null 2>&1

# ---- who runs what, and where ----

put $templates/who.erb <<'END'
<%= config_id %> <%= who %> <%= `id -un; echo $0 "$HOME" 100%`.split.join(' ') %>
END
configure <<'END'
[Fact who]
Command=id -un; cut -d: -f3 /proc/self/cgroup | grep -o envagent-command; echo noise >&2
User=deploy
[Template who]
Source=/etc/envagent/templates/who.erb
Target=/srv/app/who
User=deploy
AllowShell=yes
Check=id -un >/srv/app/seen/user; cut -d: -f3 /proc/self/cgroup >/srv/app/seen/unit; cat /proc/self/status >/srv/app/seen/status; grep -q 4190101 %s
END
check_soon "a fact's command and what is in backticks run as the user that is named" 20 \
  has "$host" "cat /srv/app/who" "4190101 deploy"
check_is "... each in a service of its own, with a shell that gets the text as it is" \
  "4190101 deploy
envagent-command deploy /bin/sh /home/deploy 100%" on "$host" cat /srv/app/who
check_is "a check runs as its user" deploy on "$host" cat /srv/app/seen/user
check_has "... in a service of its own, too" /envagent-command- on "$host" cat /srv/app/seen/unit
check_has "... outside of the agent's sandbox" "NoNewPrivs:	0" on "$host" cat /srv/app/seen/status
check "the host is ready" wait_ready "$host" 30s
check_is "nothing of the commands is left" "" commands

# ---- what does not end ----

put $templates/hang.erb <<<'<%= config_id %>'
configure <<'END'
[Template hang]
Source=/etc/envagent/templates/hang.erb
Target=/srv/app/hang
CheckTimeoutSec=1
Check=trap "" TERM; echo $$ >/srv/app/seen/pid; sleep 1017 & sleep 1018; : %s
END
check_soon "a check that hangs is ended, its template held" 30 says "/srv/app/hang: the check took longer than 1.0 s"
check_not "... and nothing is written" on "$host" test -e /srv/app/hang
check_soon "... all that it had started is gone with it" 15 sh_on "$host" '! pgrep -f "sleep 101[78]"'
configure <<'END'
[Fact slow]
Command=sleep 1019
TimeoutSec=1
[Template hang]
Source=/etc/envagent/templates/hang.erb
Target=/srv/app/hang
END
check_soon "a fact's command that hangs leaves the fact unknown" 30 has "$host" "agentctl facts" "longer than 1.0 s"
check_soon "... and ends, too" 15 sh_on "$host" '! pgrep -f "sleep 101[9]"'
check_soon "... what does not need that fact is rendered" 10 is /srv/app/hang 4190101

# ---- units ----

put /etc/systemd/system/app.service <<'END'
[Service]
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c 'cp /srv/app/app.conf /srv/app/seen/tried; echo reload >>/srv/app/seen/log; ! grep bad /srv/app/app.conf'
END
put $templates/app.erb <<<'first of <%= config_id %>'
sh_on "$host" 'systemctl daemon-reload; systemctl restart app.service; : >/srv/app/seen/log'
app='[Template app]
Source=/etc/envagent/templates/app.erb
Target=/srv/app/app.conf
Reload=app.service'
configure <<<"$app"
check_soon "a unit is reloaded over D-Bus once its file is live" 10 is /srv/app/seen/tried "first of 4190101"
check_is "... once" reload on "$host" cat /srv/app/seen/log
check_is "... by its own command, not by a new start" active on "$host" systemctl is-active app.service
put $templates/app.erb <<<'bad of <%= config_id %>'
check_soon "one that refuses its file is told with how its job ended" 30 says "app.service ended with"
check_soon "... the former file is back" 10 is /srv/app/app.conf "first of 4190101"
check_is "... and in force: it was tried, and the former one was reloaded" "first of 4190101 3" \
  sh_on "$host" 'echo "$(cat /srv/app/seen/tried) $(grep -c reload /srv/app/seen/log)"'
sh_on "$host" 'agentctl reload' >/dev/null 2>&1
check_soon "... the template is held by the next pass" 20 says "/srv/app/app.conf: the former file is back"
check_is "... which disturbs the unit no more" 3 on "$host" grep -c reload /srv/app/seen/log
put $templates/app.erb <<<'second of <%= config_id %>'
check_soon "corrected, it is live by itself" 20 is /srv/app/seen/tried "second of 4190101"
check "... and the host is ready" wait_ready "$host" 30s

# ---- what a target keeps, and who changes it ----

sh_on "$host" 'cd /srv/app; mv app.conf real/app.conf; ln -s real/app.conf app.conf
  chown deploy:games real/app.conf; chmod 640 real/app.conf; setfacl -m u:www-data:r real/app.conf'
former=$(sh_on "$host" 'cd /srv/app; readlink app.conf; stat -c "%U:%G %a" real/app.conf; getfacl -c real/app.conf')
same() {
  check_is "$1" "$former" \
    sh_on "$host" 'cd /srv/app; readlink app.conf; stat -c "%U:%G %a" real/app.conf; getfacl -c real/app.conf'
}
check "(there is a list in it)" sh_on "$host" 'getfacl -c /srv/app/real/app.conf | grep -x user:www-data:r--'
put $templates/app.erb <<<'third of <%= config_id %>'
check_soon "behind a target that is a link its file is written" 20 is /srv/app/real/app.conf "third of 4190101"
same "... and keeps link, owner, mode and access control list"
put $templates/app.erb <<<'bad again'
check_soon "put back after a reload that failed it has the former text" 30 says "the former files are back"
check_is "... (the former text)" "third of 4190101" on "$host" cat /srv/app/real/app.conf
same "... and all of that too"
put $templates/app.erb <<<'third of <%= config_id %>'
check "(ready)" wait_ready "$host" 30s
on "$host" sh -c 'echo by hand >>/srv/app/app.conf'
check_soon "a hand edit is put back" 20 is /srv/app/real/app.conf "third of 4190101"
same "... with all that"
check_soon "... and the unit reads it once more" 10 is /srv/app/seen/tried "third of 4190101"
configure <<<"$app"$'\nOnDrift=keep'
on "$host" sh -c 'echo by hand >>/srv/app/app.conf'
check_soon "OnDrift=keep keeps and tells" 20 says "/srv/app/app.conf was changed by hand and is kept"

sh_on "$host" "rm -f $drop; agentctl reload; agentctl apply" >/dev/null 2>&1
check "without all that it is ready" wait_ready "$host" 60s
sh_on "$host" 'systemctl stop app.service; rm -rf /srv/app /etc/systemd/system/app.service; systemctl daemon-reload'
finish
