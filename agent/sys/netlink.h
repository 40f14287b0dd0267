/* SPDX-License-Identifier: MIT */
/* netlink.h -- a libnl socket whose errors are errno; for the net-*.c files alone */
#pragma once

#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

#include "agent/sys/sys-internal.h"

struct net_socket {
	struct nl_sock *nl;
	int error; /* the kernel's last answer, positive errno; 0: none */
};

int net_socket_open(struct net_socket *s);
void net_socket_done(struct net_socket *s);
#define _cleanup_net_socket_ _cleanup_(net_socket_done)

/* CODE, which a libnl call on S returned, as negative errno: the kernel's own where it gave one. */
int net_error(struct net_socket *s, int code);

DEFINE_CLEANUP(struct nl_addr *, nl_addr_put)
DEFINE_CLEANUP(struct nl_cache *, nl_cache_free)
DEFINE_CLEANUP(struct rtnl_addr *, rtnl_addr_put)
DEFINE_CLEANUP(struct rtnl_link *, rtnl_link_put)
DEFINE_CLEANUP(struct rtnl_route *, rtnl_route_put)

/* A libnl address; the prefix is all of it if ADDR has none. NULL: no memory. */
struct nl_addr *net_addr_to_nl(const struct addr *addr);
/* Family 0 if NL is NULL or of no IP family. */
struct addr net_addr_from_nl(struct nl_addr *nl);
