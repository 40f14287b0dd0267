# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# net.bash -- switches, cables and gateways; each in a network namespace of its own

NET_PORT=0

# A switch: a namespace that holds a bridge and nothing else.
net_switch() {
  ip netns add "$1"
  ip -n "$1" link add br0 type bridge stp_state 0 forward_delay 0
  ip -n "$1" link set br0 up
}

# A cable from interface IF of host NS into SWITCH: net_plug NS IF SWITCH [MAC]
net_plug() {
  local ns=$1 if=$2 switch=$3 mac=${4-}
  NET_PORT=$((NET_PORT + 1))
  ip link add "$if" ${mac:+address "$mac"} netns "$ns" mtu 1500 type veth \
    peer name "p$NET_PORT" netns "$switch"
  ip -n "$switch" link set "p$NET_PORT" master br0 up
  ip -n "$ns" link set "$if" up
}

# A host's namespace with eth0 on a switch: net_host NS SWITCH [MAC]
net_host() {
  ip netns add "$1"
  ip -n "$1" link set lo up
  net_plug "$1" eth0 "$2" "${3-}"
}

# The gateway of environment N: eth0 inside, eth1 outside. It holds the metadata service's
# link-local address, hands requests for it on to the cloud, and maps every address of the
# environment to one of the environment's own outside, one to one and both ways.
net_gateway() {
  local n=$1 gw="e$1-gw"
  net_host "$gw" "e$n-sw"
  net_plug "$gw" eth1 core
  ip -n "$gw" addr add 10.60.0.254/24 dev eth0
  ip -n "$gw" addr add 169.254.169.254/32 dev eth0
  ip -n "$gw" addr add "$(gateway_outside "$n")/16" dev eth1
  ip netns exec "$gw" sysctl -q -w net.ipv4.ip_forward=1 \
    net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0
  ip netns exec "$gw" nft -f - <<END
table ip lab {
  chain inbound {
    type nat hook prerouting priority dstnat
    iifname eth0 ip daddr { 169.254.169.254, 10.60.0.254 } tcp dport 80 dnat to $CLOUD:80
    iifname eth1 dnat ip prefix to ip daddr map { $(nat_net "$n") : 10.60.0.0/24, $(nat_net_external "$n") : 10.60.0.0/24 }
  }
  chain outbound {
    type nat hook postrouting priority srcnat
    oifname eth1 ip daddr $MUX_EXTERNAL_NET snat ip prefix to ip saddr map { 10.60.0.0/24 : $(nat_net_external "$n") }
    oifname eth1 snat ip prefix to ip saddr map { 10.60.0.0/24 : $(nat_net "$n") }
  }
}
END
}
