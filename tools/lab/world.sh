#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# world.sh ENVS HOSTS -- the platform as skysim shall play it: the balancer's environment and ENVS
# copies of one template; tools/skysim/README.md describes the form
set -euo pipefail
# shellcheck source=tools/lab/plan.bash
source "$(dirname "$0")/plan.bash"

ENVS=$1 HOSTS=$2

# One line a VM, the same in every environment: name|roles|mac|address|last part of the address
vms() {
  local i
  for ((i = 0; i < HOSTS; i++)); do
    echo "$(host_name "$i")|$(host_roles "$i")|$(host_mac "$i")|$(host_address "$i")|$(host_part "$i")"
  done
}

# One line an environment: number|id|address range inside|outside
environments() {
  local n
  for ((n = 1; n <= ENVS; n++)); do
    echo "$n|$(env_id "$n")|$(nat_net "$n")|$(nat_net_external "$n")"
  done
}

jq -n --arg internal "$NETWORK_INTERNAL" --arg external "$NETWORK_EXTERNAL" \
  --arg vms "$(vms)" --arg environments "$(environments)" '
def balancer: {
  id: "4100001", name: "central load balancer", owner: "30017",
  networks: [
    { id: $internal, name: "lb-internal", subnet: "10.9.0.0/24", domain: "lb.test",
      tunnelable: true, nat_subnet: "10.200.0.0/16" },
    { id: $external, name: "lb-external", subnet: "10.9.1.0/24", domain: "lb.test",
      tunnelable: true, nat_subnet: "10.204.0.0/16" } ] };

def vm($n): split("|") | {
  id: "52\($n + 100)\(1000 + (.[4] | tonumber) | tostring | .[1:])",
  name: .[0], user_data: "roles: \(.[1])\n", labels: { role: (.[1] / " ")[0] },
  credentials: [ "deploy / example-password" ],
  interfaces: [ { mac: .[2], ip: .[3] } ] };

def environment: split("|") | (.[0] | tonumber) as $n | {
  id: .[1], name: "nightly, copy \($n)", owner: "30017", suspend_on_idle: 7200,
  user_data: "lb_environment: \"4100001\"\n",
  networks: [
    { id: "\(7700100 + $n)", name: "cluster", subnet: "10.60.0.0/24",
      gateway: "10.60.0.254", domain: "cluster.test",
      nat: { ($internal): .[2], ($external): .[3] } } ],
  vms: [ $vms / "\n" | .[] | vm($n) ] };

{ users: [ { id: "30017", login_name: "robin.example", first_name: "Robin",
       last_name: "Example", email: "robin@example.test" } ],
  environments: [ balancer, ($environments / "\n" | .[] | environment) ],
  templates: [ { id: "1448900", name: "nightly", description: "The whole platform",
     owner: "30017" } ] }'
