#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 45-facts.sh -- facts of the configuration: from a command as a user, from the user data, from a
# file; for templates, scripts and units; and where a line of a rendered file comes from
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
samples=$(dirname "$0")/../../conf/samples
host=1/web-1

# put HOST FILE: standard input becomes that file
put() { sh_on "$1" "mkdir -p ${2%/*} && cat >$2"; }

# user_data TEXT: of environment 1, as its owner sets it at the platform
user_data() {
  sh_on cloud "jq --arg text '$1' '(.environments[] | select(.id == \"4190101\")).user_data = \$text' \
    /etc/skysim/world.json >/tmp/world && cat /tmp/world >/etc/skysim/world.json && unitctl reload skysim.service"
}
applied() { on "$1" agentctl apply >/dev/null; }
fact() { on "$host" agentctl facts "$1"; }

sh_on "$host" 'echo "engineer:x:2001:2001::/home/engineer:/bin/sh" >>/etc/passwd
  echo "engineer:x:2001:" >>/etc/group
  mkdir -p /home/engineer && echo "former" >/home/engineer/.hgrc && chown -R 2001:2001 /home/engineer
  mkdir -p /etc/facts && echo 100 >/etc/facts/sure && echo "{\"row\": 3}" >/etc/facts/rack.json'
put "$host" /etc/envagent/envagent.conf.d/hgrc.conf <"$samples/hgrc.conf"
put "$host" /etc/envagent/templates/hgrc.erb <"$samples/hgrc.erb"
put "$host" /etc/envagent/templates/facts.erb <<'END'
# who <%= who %>
<% place = rack -%>
row <%= place.row %> of <%= config_id %>
END
put "$host" /etc/envagent/envagent.conf.d/facts.conf <<'END'
[Fact who]
Command=echo "$(id -un) said" "it's $(cat /etc/facts/sure)%"; echo noise >&2
User=engineer

[Fact rack]
File=/etc/facts/rack.json
Format=json

[Fact token]
Command=echo s3cret
Secret=yes

[Template facts]
Source=/etc/envagent/templates/facts.erb
Target=/etc/facts/facts.conf
END
on "$host" agentctl reload >/dev/null
applied "$host"

check_is "a command tells a fact, as the user that is named" "engineer said it's 100%" fact who
check_is "a file tells a fact" '{"row":3}' fact rack
check_is "both are rendered" "# who engineer said it's 100%
row 3 of 4190101" on "$host" cat /etc/facts/facts.conf
check_has "facts are shown with their source" "command /etc/envagent/envagent.conf.d/facts.conf:2:9" \
  on "$host" agentctl facts
check_has "a key that is not in the user data is absent, not empty" \
  "absent: neither the VM's user data nor the environment's has a 'owner_name'" on "$host" agentctl facts
check_is "... and the user's own .hgrc stays meanwhile" former on "$host" cat /home/engineer/.hgrc
check_has "... for the template is held" "template hgrc is held" on "$host" agentctl status

user_data '{"owner_name": "Ada Lovelace", "owner_email": "ada@example.com"}'
check_soon "the owner's name in the environment's user data makes the .hgrc" 40 \
  has "$host" 'cat /home/engineer/.hgrc' "username = Ada Lovelace <ada@example.com>"
check_is "... which is the user's own" "2001:2001 644" \
  on "$host" stat -c '%u:%g %a' /home/engineer/.hgrc
user_data $'owner_name: Grace Hopper\nowner_email: grace@example.com\n'
check_soon "lines serve as well as JSON, and a change is rendered" 40 \
  has "$host" 'cat /home/engineer/.hgrc' "username = Grace Hopper <grace@example.com>"

explained=$(on "$host" agentctl explain /home/engineer/.hgrc:3)
check_has "explain names the expression and its place" "expression  owner_name
    template    /etc/envagent/templates/hgrc.erb:3:16" echo "$explained"
check_has "... the fact, its URL and path" "fact        owner_name = Grace Hopper
    from        http://" echo "$explained"
check_has "... with the path in it" "/skytap configuration_user_data:owner_name" echo "$explained"
check_has "... and the value before" "before      Ada Lovelace, read 20" echo "$explained"
check_has "... of a fact that came by way of a local, too" "fact        rack = {\"row\":3}" \
  on "$host" agentctl explain /etc/facts/facts.conf:2:5
check_has "... and of the template's own text the place" \
  "text of     /etc/envagent/templates/facts.erb:3:1" on "$host" agentctl explain /etc/facts/facts.conf:2:1
check_has "... to anybody who may read the file" "expression  owner_name" \
  sh_on "$host" 'setpriv --reuid 65534 --clear-groups agentctl explain /home/engineer/.hgrc:3'

check_is "a shell reads the facts" "engineer said it's 100%|4190101|{\"row\":3}" \
  sh_on "$host" 'sh -uc ". /run/envagent/facts.env; echo \"\$ENVAGENT_WHO|\$ENVAGENT_CONFIG_ID|\$ENVAGENT_RACK\""'
check_is "a secret is nowhere but where it belongs" "" \
  sh_on "$host" 'grep -rl s3cret /run/envagent /var/lib/envagent /var/log; agentctl facts | grep s3cret'

check_is "without a difference diff ends with 0" "0" sh_on "$host" 'agentctl diff; echo $?'
sh_on "$host" 'echo "{\"row\": 4}" >/etc/facts/rack.json'
check_soon "a file that changes is read again by itself" 20 has "$host" 'cat /etc/facts/facts.conf' "row 4 of"
sh_on "$host" 'echo 99 >/etc/facts/sure'
check_is "diff shows what would be rendered, and ends with 1" "--- /etc/facts/facts.conf
+++ /etc/facts/facts.conf (rendered)
@@ -1,2 +1,2 @@
-# who engineer said it's 100%
+# who engineer said it's 99%
 row 4 of 4190101
1" sh_on "$host" 'agentctl diff /etc/facts/facts.conf; echo $?'
check_is "... of the file that was asked for alone" "0" \
  sh_on "$host" 'agentctl diff /home/engineer/.hgrc; echo $?'
check_is "what patch(1) makes of that is what is rendered" "same" \
  sh_on "$host" 'cp /etc/facts/facts.conf /tmp/f; agentctl diff /etc/facts/facts.conf | sed 1,2d >/tmp/d
    agentctl apply >/dev/null; { echo "--- a"; echo "+++ b"; cat /tmp/d; } | patch -s /tmp/f && cmp /tmp/f /etc/facts/facts.conf && echo same'
sh_on "$host" 'rm /etc/envagent/envagent.conf.d/hgrc.conf /etc/envagent/envagent.conf.d/facts.conf
  agentctl reload; agentctl apply'
check_is "what is kept about a target goes with its template" "" \
  sh_on "$host" 'ls /var/lib/envagent/spans | grep -e hgrc -e facts'
user_data 'lb_environment: "4100001"
'
check_is "(all is as before)" ready sh_on "$host" 'agentctl wait --timeout 20s; agentctl status --json | jq -r .state'
finish
