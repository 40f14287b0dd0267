/* SPDX-License-Identifier: MIT */
/* link.c -- changing links, addresses and routes */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>

#include "agent/sys/netlink.h"

#define FOREVER 0xffffffffu

/* Sends one request on a socket of its own. */
static int ask(struct net_request *q)
{
	_cleanup_net_socket_ struct net_socket s = NET_SOCKET_INIT;
	int r;

	r = net_socket_open(&s);
	return r < 0 ? r : net_ask(&s, q, NULL, NULL);
}

struct search {
	int index;
	const struct addr *addr;
	struct net_address found; /* index 0: none */
};

static int on_address(void *userdata, const struct nlmsghdr *m)
{
	struct search *s = userdata;
	struct net_address a;

	if (net_read_address(m, &a) && a.a.index == s->index &&
	    a.a.addr.prefix == s->addr->prefix && addr_equal(&a.a.addr, s->addr))
		s->found = a;
	return 0;
}

/* The address with that prefix on that link, as it is. */
static int find(struct search *s)
{
	_cleanup_net_socket_ struct net_socket socket = NET_SOCKET_INIT;
	struct net_request q;
	int r;

	r = net_socket_open(&socket);
	if (r < 0)
		return r;
	net_request(&q, RTM_GETADDR, NLM_F_DUMP, sizeof(q.addr));
	q.addr.ifa_family = s->addr->family;
	return net_ask(&socket, &q, on_address, s);
}

/* An IPv4 network of more than two addresses has a broadcast address, its last. */
static struct addr broadcast_of(const struct addr *addr)
{
	struct addr last = *addr;

	if (addr->family != AF_INET || addr->prefix > 30)
		return (struct addr){};
	for (int bit = addr->prefix; bit < 32; bit++)
		last.bytes[bit / 8] |= 0x80 >> bit % 8;
	return last;
}

/* A prefix that was not given is all of it. */
static struct addr whole(const struct addr *addr)
{
	struct addr a = *addr;

	if (a.prefix < 0)
		a.prefix = a.family == AF_INET ? 32 : 128;
	return a;
}

static void address_request(struct net_request *q, uint16_t type, uint16_t flags, int index,
			    const struct addr *addr)
{
	net_request(q, type, flags, sizeof(q->addr));
	q->addr.ifa_family = addr->family;
	q->addr.ifa_prefixlen = addr->prefix;
	q->addr.ifa_index = index;
	net_add_addr(q, IFA_LOCAL, addr);
	net_add_addr(q, IFA_ADDRESS, addr);
}

int sys_addr_set(struct sys *sys, int index, const struct addr *addr)
{
	struct ifa_cacheinfo lifetime = { .ifa_prefered = FOREVER, .ifa_valid = FOREVER };
	struct addr a = whole(addr), broadcast = broadcast_of(&a);
	struct search s = { .index = index, .addr = &a };
	struct net_request q;
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!addr->family || index <= 0)
		return -EINVAL;
	r = find(&s);
	if (r < 0 && r != -EINTR)
		return r;
	if (s.found.a.permanent)
		return 0;

	address_request(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, index, &a);
	/* what an address that is there already says beside it stays so */
	if (s.found.a.index) {
		q.addr.ifa_scope = s.found.a.scope;
		broadcast = s.found.broadcast;
	}
	if (broadcast.family)
		net_add_addr(&q, IFA_BROADCAST, &broadcast);
	net_add(&q, IFA_CACHEINFO, &lifetime, sizeof(lifetime));
	r = ask(&q);
	return r < 0 ? r : 1;
}

int sys_addr_del(struct sys *sys, int index, const struct addr *addr)
{
	struct addr a = whole(addr);
	struct net_request q;
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!addr->family || index <= 0)
		return -EINVAL;
	address_request(&q, RTM_DELADDR, 0, index, &a);
	r = ask(&q);
	return r == -EADDRNOTAVAIL ? 0 : r < 0 ? r : 1;
}

/* A route of the main table; -EINVAL for what is none. */
static int route_request(struct net_request *q, uint16_t type, uint16_t flags,
			 const struct sys_route *route)
{
	struct addr dst = whole(&route->dst);

	if (!dst.family || route->index <= 0 ||
	    (route->gateway.family && route->gateway.family != dst.family))
		return -EINVAL;
	net_request(q, type, flags, sizeof(q->route));
	q->route.rtm_family = dst.family;
	q->route.rtm_dst_len = dst.prefix;
	q->route.rtm_table = RT_TABLE_MAIN;
	q->route.rtm_type = RTN_UNICAST;
	net_add_addr(q, RTA_DST, &dst);
	net_add_number(q, RTA_PRIORITY, route->metric);
	net_add_number(q, RTA_OIF, route->index);
	if (route->gateway.family)
		net_add_addr(q, RTA_GATEWAY, &route->gateway);
	return 0;
}

int sys_route_set(struct sys *sys, const struct sys_route *route)
{
	int scope = route->scope, r;
	struct net_request q;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = route_request(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
	if (r < 0)
		return r;
	/* an IPv4 route without a gateway leads to neighbours; IPv6 knows no such scope */
	if (!scope && !route->gateway.family && route->dst.family == AF_INET)
		scope = RT_SCOPE_LINK;
	q.route.rtm_scope = scope;
	q.route.rtm_protocol = RTPROT_STATIC;
	return ask(&q);
}

int sys_route_del(struct sys *sys, const struct sys_route *route)
{
	struct net_request q;
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	r = route_request(&q, RTM_DELROUTE, 0, route);
	if (r < 0)
		return r;
	q.route.rtm_scope = route->scope;
	q.route.rtm_protocol = route->protocol;
	r = ask(&q);
	return r == -ESRCH || r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static void link_request(struct net_request *q, int index)
{
	net_request(q, RTM_SETLINK, 0, sizeof(q->link));
	q->link.ifi_index = index;
}

int sys_link_up(struct sys *sys, int index)
{
	struct net_request q;

	if (!sys->live)
		return -EOPNOTSUPP;
	link_request(&q, index);
	q.link.ifi_flags = q.link.ifi_change = IFF_UP;
	return ask(&q);
}

int sys_link_mtu(struct sys *sys, int index, unsigned mtu)
{
	struct net_request q;

	if (!sys->live)
		return -EOPNOTSUPP;
	link_request(&q, index);
	net_add_number(&q, IFLA_MTU, mtu);
	return ask(&q);
}
