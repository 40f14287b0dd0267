/* SPDX-License-Identifier: MIT */
/* link.c -- changing links, addresses and routes */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "agent/sys/netlink.h"

#define FOREVER 0xffffffffu

/* The address with that prefix on that link, a reference of the caller's, or NULL. */
static struct rtnl_addr *find_addr(struct nl_cache *cache, int index, struct nl_addr *local)
{
	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		struct nl_addr *its = rtnl_addr_get_local(a);

		if (its && rtnl_addr_get_ifindex(a) == index && nl_addr_cmp(its, local) == 0) {
			nl_object_get(o);
			return a;
		}
	}
	return NULL;
}

/* An IPv4 network of more than two addresses has a broadcast address, its last. */
static int set_broadcast(struct rtnl_addr *a, const struct addr *addr)
{
	_cleanup_(nl_addr_putp) struct nl_addr *nl = NULL;
	struct addr last = *addr;

	if (addr->family != AF_INET || addr->prefix < 0 || addr->prefix > 30)
		return 0;
	for (int bit = addr->prefix; bit < 32; bit++)
		last.bytes[bit / 8] |= 0x80 >> bit % 8;
	last.prefix = -1;
	nl = net_addr_to_nl(&last);
	return nl && rtnl_addr_set_broadcast(a, nl) == 0 ? 0 : -ENOMEM;
}

/* A message about ADDR; what an address that is there already says beside it stays so. */
static int build_addr(int index, const struct addr *addr, struct nl_addr *local,
		      struct rtnl_addr *former, struct rtnl_addr **ret)
{
	_cleanup_(rtnl_addr_putp) struct rtnl_addr *a = rtnl_addr_alloc();

	if (!a || rtnl_addr_set_local(a, local) < 0)
		return -ENOMEM;
	rtnl_addr_set_ifindex(a, index);
	if (former) {
		struct nl_addr *broadcast = rtnl_addr_get_broadcast(former);

		rtnl_addr_set_scope(a, rtnl_addr_get_scope(former));
		if (broadcast && rtnl_addr_set_broadcast(a, broadcast) < 0)
			return -ENOMEM;
	} else if (set_broadcast(a, addr) < 0) {
		return -ENOMEM;
	}
	rtnl_addr_set_valid_lifetime(a, FOREVER);
	rtnl_addr_set_preferred_lifetime(a, FOREVER);
	*ret = TAKE_PTR(a);
	return 0;
}

int sys_addr_set(struct sys *sys, int index, const struct addr *addr)
{
	_cleanup_(rtnl_addr_putp) struct rtnl_addr *former = NULL, *a = NULL;
	_cleanup_(nl_cache_freep) struct nl_cache *cache = NULL;
	_cleanup_(nl_addr_putp) struct nl_addr *local = NULL;
	_cleanup_net_socket_ struct net_socket s = {};
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!addr->family || index <= 0)
		return -EINVAL;
	local = net_addr_to_nl(addr);
	if (!local)
		return -ENOMEM;
	r = net_socket_open(&s);
	if (r < 0)
		return r;
	r = rtnl_addr_alloc_cache(s.nl, &cache);
	if (r < 0)
		return net_error(&s, r);
	former = find_addr(cache, index, local);
	if (former && rtnl_addr_get_flags(former) & IFA_F_PERMANENT)
		return 0;

	r = build_addr(index, addr, local, former, &a);
	if (r < 0)
		return r;
	r = rtnl_addr_add(s.nl, a, NLM_F_CREATE | NLM_F_REPLACE);
	return r < 0 ? net_error(&s, r) : 1;
}

int sys_addr_del(struct sys *sys, int index, const struct addr *addr)
{
	_cleanup_(rtnl_addr_putp) struct rtnl_addr *a = rtnl_addr_alloc();
	_cleanup_(nl_addr_putp) struct nl_addr *local = NULL;
	_cleanup_net_socket_ struct net_socket s = {};
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!addr->family || index <= 0)
		return -EINVAL;
	local = net_addr_to_nl(addr);
	if (!a || !local || rtnl_addr_set_local(a, local) < 0)
		return -ENOMEM;
	rtnl_addr_set_ifindex(a, index);
	r = net_socket_open(&s);
	if (r < 0)
		return r;
	r = rtnl_addr_delete(s.nl, a, 0);
	if (r < 0)
		r = net_error(&s, r);
	return r == -EADDRNOTAVAIL ? 0 : r < 0 ? r : 1;
}

static int build_route(const struct sys_route *route, struct rtnl_route **ret)
{
	_cleanup_(rtnl_route_putp) struct rtnl_route *t = rtnl_route_alloc();
	_cleanup_(nl_addr_putp) struct nl_addr *dst = NULL, *gateway = NULL;
	struct rtnl_nexthop *hop;

	if (!route->dst.family || route->index <= 0 ||
	    (route->gateway.family && route->gateway.family != route->dst.family))
		return -EINVAL;
	dst = net_addr_to_nl(&route->dst);
	hop = rtnl_route_nh_alloc();
	if (!t || !dst || !hop || rtnl_route_set_dst(t, dst) < 0) {
		rtnl_route_nh_free(hop);
		return -ENOMEM;
	}
	rtnl_route_nh_set_ifindex(hop, route->index);
	if (route->gateway.family) {
		gateway = net_addr_to_nl(&route->gateway);
		if (!gateway) {
			rtnl_route_nh_free(hop);
			return -ENOMEM;
		}
		rtnl_route_nh_set_gateway(hop, gateway);
	}
	rtnl_route_add_nexthop(t, hop);
	rtnl_route_set_family(t, route->dst.family);
	rtnl_route_set_table(t, RT_TABLE_MAIN);
	rtnl_route_set_type(t, RTN_UNICAST);
	rtnl_route_set_priority(t, route->metric);
	*ret = TAKE_PTR(t);
	return 0;
}

int sys_route_set(struct sys *sys, const struct sys_route *route)
{
	_cleanup_(rtnl_route_putp) struct rtnl_route *t = NULL;
	_cleanup_net_socket_ struct net_socket s = {};
	int scope = route->scope, r;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = build_route(route, &t);
	if (r < 0)
		return r;
	/* an IPv4 route without a gateway leads to neighbours; IPv6 knows no such scope */
	if (!scope && !route->gateway.family && route->dst.family == AF_INET)
		scope = RT_SCOPE_LINK;
	rtnl_route_set_scope(t, scope);
	rtnl_route_set_protocol(t, RTPROT_STATIC);
	r = net_socket_open(&s);
	if (r < 0)
		return r;
	r = rtnl_route_add(s.nl, t, NLM_F_CREATE | NLM_F_REPLACE);
	return r < 0 ? net_error(&s, r) : 0;
}

int sys_route_del(struct sys *sys, const struct sys_route *route)
{
	_cleanup_(rtnl_route_putp) struct rtnl_route *t = NULL;
	_cleanup_net_socket_ struct net_socket s = {};
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = build_route(route, &t);
	if (r < 0)
		return r;
	rtnl_route_set_scope(t, route->scope);
	rtnl_route_set_protocol(t, route->protocol);
	r = net_socket_open(&s);
	if (r < 0)
		return r;
	r = rtnl_route_delete(s.nl, t, 0);
	if (r < 0)
		r = net_error(&s, r);
	return r == -ESRCH || r == -ENOENT ? 0 : r < 0 ? r : 1;
}

/* Asks the kernel for CHANGES on link INDEX. */
static int change_link(struct sys *sys, int index, struct rtnl_link *changes)
{
	_cleanup_net_socket_ struct net_socket s = {};
	int r;

	r = net_socket_open(&s);
	if (r < 0)
		return r;
	rtnl_link_set_ifindex(changes, index);
	r = rtnl_link_change(s.nl, changes, changes, 0);
	return r < 0 ? net_error(&s, r) : 0;
}

int sys_link_up(struct sys *sys, int index)
{
	_cleanup_(rtnl_link_putp) struct rtnl_link *l = NULL;

	if (!sys->live)
		return -EOPNOTSUPP;
	l = rtnl_link_alloc();
	if (!l)
		return -ENOMEM;
	rtnl_link_set_flags(l, IFF_UP);
	return change_link(sys, index, l);
}

int sys_link_mtu(struct sys *sys, int index, unsigned mtu)
{
	_cleanup_(rtnl_link_putp) struct rtnl_link *l = NULL;

	if (!sys->live)
		return -EOPNOTSUPP;
	l = rtnl_link_alloc();
	if (!l)
		return -ENOMEM;
	rtnl_link_set_mtu(l, mtu);
	return change_link(sys, index, l);
}
