#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 40-upgrade.sh -- to a higher version while the environment is in use
# shellcheck source=tests/pkg/lib.bash
source "$(dirname "$0")/lib.bash"

check "a later version is built" later_built

config() { sh_on "$1" 'cd /etc && find envagent envmux -type f -exec sha256sum {} + 2>/dev/null | sort -k 2'; }
live() { sh_on "$1" 'hostname; ip -4 -o addr show eth0 | sed "s/  *valid.*//"; ip -4 route show; cat /etc/resolv.conf'; }

# A client that asks all the time; a line for each answer that is not the right one.
asking="$LAB_STATE/asking"
ask() {
  lab sh user -- bash -c 'n=0
    while [[ ! -e /tmp/enough ]]; do
      n=$((n + 1))
      answer=$(curl -sS -m 5 --cacert /etc/lab/ca.crt https://www-4190101.'"$BASE_DOMAIN"'/ 2>&1)
      [[ $answer == "www of 4190101 on web-1" ]] || echo "lost: $answer"
      sleep 0.02
    done
    echo "asked $n"' >"$asking" 2>&1
}

check_soon "the environment's address answers" 30 url_answers
for host in 1/dns-1 1/web-1; do
  config "$host" >"$LAB_STATE/config-${host#*/}"
  live "$host" >"$LAB_STATE/live-${host#*/}"
done
config mux >"$LAB_STATE/config-mux"
partition=$(mux_api auth/partition/test-4190101 | jq -r '[.name, .generation] | @tsv')
ask &
asker=$!

for host in 1/dns-1 1/web-1; do
  pid=$(on "$host" systemctl show -P MainPID envagent)
  check "$host is upgraded" install_deb "$host" envagent later
  check_is "... to the later version" "$LATER" sh_on "$host" "agentctl version | grep -o '[0-9.]*$'"
  check_not "... which runs" on "$host" test -e "/proc/$pid"
  check "... and is ready" wait_ready "$host" 60s
  check_is "... its settings are as they were" "$(<"$LAB_STATE/config-${host#*/}")" config "$host"
  check_is "... its name, addresses, routes and resolver too" "$(<"$LAB_STATE/live-${host#*/}")" live "$host"
  check_is "... no question was asked about files" "" \
    sh_on "$host" 'find /etc -name "*.dpkg-*"'
done
check "the load balancer is upgraded" install_deb mux envmux later
check_soon "... and serves its API" 20 mux_api auth/partition
check_is "... its settings are as they were" "$(<"$LAB_STATE/config-mux")" config mux
check_is "the environment's entry is the one it was" "$partition" \
  sh_on user "curl -sS -m 5 --cacert /etc/lab/ca.crt -u admin:example-admin \
    https://10.9.0.80:8443/mgmt/tm/auth/partition/test-4190101 | jq -r '[.name, .generation] | @tsv'"
check "the later version boots" sh_on 1/web-1 'systemctl is-enabled envagent.service envagent-services.target'
on user touch /tmp/enough
wait "$asker"
check_is "a client lost no request meanwhile" "" grep '^lost' "$asking"
check "... of those it made" grep -E '^asked [0-9]{2,}$' "$asking"
finish
