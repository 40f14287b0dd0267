#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2317
# 30-names.sh -- every host resolves every host, both ways, by its own resolver
# shellcheck source=tests/lab/lib.bash
source "$(dirname "$0")/lib.bash"

need_agents
names=(dns-1:10.60.0.10 web-1:10.60.0.21 web-2:10.60.0.22)

for host in "${HOSTS[@]}"; do
  for entry in "${names[@]}"; do
    name=${entry%:*} address=${entry#*:}
    check_is "$host finds $name" "$address" \
      sh_on "$host" "dig +short +tries=1 +time=2 $name.cluster.test"
    check_is "$host finds $name by the C library, without the domain" "$address" \
      sh_on "$host" "getent ahostsv4 $name | awk '{ print \$1; exit }'"
    check_is "$host knows who $address is" "$name.cluster.test." \
      sh_on "$host" "dig +short +tries=1 +time=2 -x $address"
  done
done
for host in 1/web-1 2/dns-1; do
  check_is "$host resolves a corporate name" 10.9.0.60 \
    on "$host" dig +short git.corp.example.internal
  check_is "$host finds gw" 10.60.0.254 sh_on "$host" "getent ahostsv4 gw | awk '{ print \$1; exit }'"
  check_is "$host: public names lead to the balancer" 10.9.1.80 \
    on "$host" dig +short "www-$(env_id "$host").test-envs.example.internal"
  check_is "$host: ... also those of others" 10.9.1.80 \
    on "$host" dig +short www-4190177.test-envs.example.internal
  check_has "$host: ... without an IPv6 address or a question to anybody else" "status: NOERROR" \
    on "$host" dig AAAA www-1.test-envs.example.internal
  check_has "$host: a name nobody knows does not exist" "status: NXDOMAIN" \
    on "$host" dig nobody.corp.example.internal
done
finish
