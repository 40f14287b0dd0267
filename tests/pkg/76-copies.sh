#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 76-copies.sh -- a machine that is built while it runs, as shell provisioners do, is sealed and copied
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

builder=1/web-2
copies=(2/web-2 3/web-2)

# copy TO: what is in the files of the builder, but what the image had before all of this
copy() {
  sh_on "$builder" 'find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \) -prune -o \
    -cnewer /root/up/begin -print0 | tar -c --null --no-recursion -T - 2>/dev/null' | lab sh "$1" -- tar -x -C /
}
identity() { sh_on "$1" "agentctl status --json | jq -r '.identity | [.state, .env, .vm] | @tsv'"; }
# knows HOST: what it rendered has the id of its own environment
knows() { [[ $(on "$1" cat /etc/id.conf) == $(env_id "$1") ]]; }
# whose HOST TEXT: the files that have it
whose() { sh_on "$1" "grep -rlF --binary-files=text --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev -e '$2' /etc /var /root /home /opt /srv"; }

# ---- the shell provisioner: on a machine that runs ----

is_on "$builder" || boot "$builder" >/dev/null
sh_on "$builder" 'mkdir -p /root/up; : >/root/up/begin; sleep 0.1; mkdir -p /var/log/journal
  rm -rf /etc/systemd/system/*/late.service /etc/systemd/system/late.service /etc/late.conf /etc/envagent/envagent.conf.d/late.conf
  systemctl daemon-reload; tar -c -f /root/up/settings.tar -C /etc envagent; dpkg --purge envagent; tar -x -f /root/up/settings.tar -C /etc
  echo "<%= config_id %>" >/etc/envagent/templates/id.erb
  printf "[Template id]\nSource=/etc/envagent/templates/id.erb\nTarget=/etc/id.conf\n" >/root/up/id.conf' >/dev/null 2>&1
lab sh "$builder" -- sh -c 'cat >/root/up/envagent.deb' <"$(echo "$PACKAGES"/envagent_[0-9]*.deb)"
lab sh "$builder" -- sh -c 'cat >/root/up/install.sh' <"$ROOT/packaging/images/install.sh"
check "the script installs it on a running machine" \
  on "$builder" sh /root/up/install.sh /root/up/envagent.deb /root/up/id.conf
check_is "... enabled, and not started" "enabled
inactive" sh_on "$builder" 'systemctl is-enabled envagent.service; systemctl is-active envagent.service'
check "... nor by somebody who asks for it" on "$builder" systemctl start envagent.service
check_is "... (it is not)" inactive on "$builder" systemctl is-active envagent.service
check "sealed at once, it is as it was" on "$builder" /usr/share/envagent/images/seal.sh
halt "$builder"
check "the builder boots" boot "$builder"
check_soon "... and the agent works by itself" 60 knows "$builder"

# ---- sealed after it was somebody ----

own=$(identity "$builder")
machine=$(on "$builder" cat /etc/machine-id)
env=$(cut -f 2 <<<"$own") vm=$(cut -f 3 <<<"$own")
check_is "the builder is a host of its environment" "confirmed 4190101" bash -c "cut -f 1,2 <<<'$own' | tr '\t' ' '"
check_has "... which files of it know" id.conf whose "$builder" "$env"
sh_on "$builder" 'echo "lease { interface \"eth0\"; }" >/var/lib/dhcp/dhclient.eth0.leases'
check "(it remembers something)" on "$builder" test -s /var/lib/envagent/manifest
check "seal.sh seals it" on "$builder" /usr/share/envagent/images/seal.sh
check_is "... the agent is stopped" inactive on "$builder" systemctl is-active envagent.service
halt "$builder"
check_is "... remembers nothing" "" on "$builder" find /var/lib/envagent /var/lib/envagent-leader -mindepth 1
check_is "... the machine's id is empty" "" on "$builder" cat /etc/machine-id
check_is "... no lease is left, nor a seed" "" \
  sh_on "$builder" 'ls /var/lib/dhcp/*.lease* /var/lib/systemd/random-seed 2>/dev/null'
check_is "no file has the builder's environment" "" whose "$builder" "$env"
check_is "... nor its VM" "" whose "$builder" "$vm"
check_is "... nor its machine-id" "" whose "$builder" "$machine"

for host in "${copies[@]}"; do
  check "a copy is made" copy "$host"
  check "$host boots" boot "$host"
done
for host in "${copies[@]}"; do
  check_soon "$host: the agent works by itself, as a host of its own environment" 60 knows "$host"
  check_is "$host: it is confirmed as one of its own environment" "confirmed $(env_id "$host")" \
    bash -c "cut -f 1,2 <<<'$(identity "$host")' | tr '\t' ' '"
  check_is "$host: it has its name" web-2 on "$host" hostname
  check_is "$host: nothing of the builder is in its files" "" \
    bash -c "$(declare -f whose sh_on on lab); LAB='$LAB' LAB_STATE='$LAB_STATE'
      for word in '$env' '$vm' '$machine'; do whose '$host' \"\$word\"; done"
done
ids=$(for host in "${copies[@]}"; do on "$host" cat /etc/machine-id; identity "$host" | cut -f 3; done)
check_is "all ids are different" "" bash -c "sort <<<'$ids'$'\n''$vm'$'\n''$machine' | uniq -d"
check_is "... (and there are four)" 4 bash -c "grep -c . <<<'$ids'"

# ---- not sealed, and at rest since a restore ----

check "one of them is restored, and rests" on 2/web-2 agentctl restore
check "(it is put by)" sh_on 2/web-2 'tar -c -C / var/lib/envagent etc/machine-id >/root/rest.tar'
lab sh 2/web-2 -- cat /root/rest.tar >"$LAB_STATE/rest.tar"
halt 2/web-2
check "it boots" boot 2/web-2
check_has "... and still rests" "resting since a restore" on 2/web-2 agentctl status
halt 3/web-2
sh_on 3/web-2 'rm -rf /var/lib/envagent/* /etc/id.conf'
lab sh 3/web-2 -- tar -x -C / <"$LAB_STATE/rest.tar"
check "a copy of it, with its rest and its machine-id, boots" boot 3/web-2
check_soon "... and does not rest, as it is another VM, but works in its own environment" 60 knows 3/web-2
halt 2/web-2
halt 3/web-2
finish
