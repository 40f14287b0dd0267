# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# plan.bash -- who has which name and address; every environment is alike but for its number
#
# 10.60.0.0/24   inside each environment     10.9.0.0/16    the corporate network
# 10.200.N.0/24  environment N as the balancer's internal network and the cloud see it
# 10.204.N.0/24  environment N as the balancer's external network (10.9.1.0/24) sees it

CLOUD=10.9.0.2
CORP_DNS=10.9.0.53
USER_HOST=10.9.0.100
MUX=10.9.0.80
MUX_EXTERNAL=10.9.1.80
MUX_EXTERNAL_NET=10.9.1.0/24
BASE_DOMAIN=test-envs.example.internal
NETWORK_INTERNAL=7699901
NETWORK_EXTERNAL=7699902

env_id() { echo $((4190100 + $1)); }
nat_net() { echo "10.200.$1.0/24"; }
nat_net_external() { echo "10.204.$1.0/24"; }
gateway_outside() { echo "10.9.200.$1"; }

# Hosts of an environment by number: 0 is dns-1, then web-1, web-2, app-1, app-2, ...
host_name() {
  case $1 in
  0) echo dns-1 ;;
  1 | 2) echo "web-$1" ;;
  *) echo "app-$(($1 - 2))" ;;
  esac
}

# The last part of its address.
host_part() {
  case $1 in
  0) echo 10 ;;
  *) echo $((20 + $1)) ;;
  esac
}

host_address() { echo "10.60.0.$(host_part "$1")"; }

host_mac() {
  local part
  part=$(host_part "$1")
  printf '00:50:56:2a:%02d:%02d\n' $((10 + part / 100)) $((part % 100))
}

host_roles() {
  case $1 in
  0) echo "dns leader" ;;
  1 | 2) echo web ;;
  *) echo app ;;
  esac
}

# The [Host] sections of the agent's configuration: the same in every file.
host_rows() {
  local i
  for ((i = 0; i < $1; i++)); do
    printf '\n[Host %s]\nAddress=%s\nMac=%s\nRoles=%s\n' "$(host_name "$i")" \
      "$(host_address "$i")" "$(host_mac "$i")" "$(host_roles "$i")"
  done
}

# What the automatic network's DHCP server knows: an address for each MAC.
dhcp_conf() {
  local i
  for ((i = 0; i < $1; i++)); do
    printf 'dhcp-host=%s,%s,%s\n' "$(host_mac "$i")" "$(host_address "$i")" "$(host_name "$i")"
  done
}
