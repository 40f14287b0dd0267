/* SPDX-License-Identifier: MIT */
/* net-read.c -- links, addresses and routes as they are */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <string.h>

#include "agent/sys/netlink.h"

#define DUMPS_MAX 5

/* The array with one more element, all zero, at its end. */
static void *grow(void *array, size_t *n, size_t size)
{
	char *bigger = reallocarray(array, *n + 1, size);

	if (bigger)
		memset(bigger + (*n)++ * size, 0, size);
	return bigger;
}

static int on_link(void *userdata, const struct nlmsghdr *m)
{
	const struct rtattr *at[IFLA_MTU + 1];
	const struct ifinfomsg *i = NLMSG_DATA(m);
	struct sys_net *net = userdata;
	struct sys_link *l;

	if (m->nlmsg_type != RTM_NEWLINK || !net_attributes(m, sizeof(*i), at, ARRAY_SIZE(at)) ||
	    i->ifi_family != AF_UNSPEC)
		return 0;
	l = grow(net->links, &net->n_links, sizeof(*l));
	if (!l)
		return -ENOMEM;
	net->links = l;
	l += net->n_links - 1;
	l->index = i->ifi_index;
	if (at[IFLA_IFNAME])
		snprintf(l->name, sizeof(l->name), "%.*s", (int)RTA_PAYLOAD(at[IFLA_IFNAME]),
			 (const char *)RTA_DATA(at[IFLA_IFNAME]));
	if (at[IFLA_ADDRESS] && RTA_PAYLOAD(at[IFLA_ADDRESS]) == sizeof(l->mac))
		memcpy(l->mac, RTA_DATA(at[IFLA_ADDRESS]), sizeof(l->mac));
	l->loopback = i->ifi_flags & IFF_LOOPBACK;
	l->up = i->ifi_flags & IFF_UP;
	l->carrier = i->ifi_flags & IFF_LOWER_UP;
	l->mtu = net_number(at[IFLA_MTU], 0);
	return 0;
}

bool net_read_address(const struct nlmsghdr *m, struct net_address *ret)
{
	const struct rtattr *at[IFA_FLAGS + 1];
	const struct ifaddrmsg *i = NLMSG_DATA(m);
	struct ifa_cacheinfo cache = {};
	struct sys_addr *a = &ret->a;

	if (m->nlmsg_type != RTM_NEWADDR || !net_attributes(m, sizeof(*i), at, ARRAY_SIZE(at)) ||
	    (i->ifa_family != AF_INET && i->ifa_family != AF_INET6))
		return false;
	*ret = (struct net_address){};
	a->index = i->ifa_index;
	/* IFA_ADDRESS is the peer's where there is one; the local address of a point-to-point
	 * link is one address, whatever its peer's network */
	a->addr = net_addr(at[IFA_LOCAL] ?: at[IFA_ADDRESS], i->ifa_family, i->ifa_prefixlen);
	a->permanent = net_number(at[IFA_FLAGS], i->ifa_flags) & IFA_F_PERMANENT;
	if (at[IFA_CACHEINFO] && RTA_PAYLOAD(at[IFA_CACHEINFO]) >= sizeof(cache))
		memcpy(&cache, RTA_DATA(at[IFA_CACHEINFO]), sizeof(cache));
	a->valid = a->permanent ? 0 : cache.ifa_valid;
	a->scope = i->ifa_scope;
	ret->broadcast = net_addr(at[IFA_BROADCAST], i->ifa_family, -1);
	return a->addr.family != 0;
}

static int on_addr(void *userdata, const struct nlmsghdr *m)
{
	struct sys_net *net = userdata;
	struct net_address address;
	struct sys_addr *a;

	if (!net_read_address(m, &address))
		return 0;
	a = grow(net->addrs, &net->n_addrs, sizeof(*a));
	if (!a)
		return -ENOMEM;
	net->addrs = a;
	a += net->n_addrs - 1;
	*a = address.a;
	return 0;
}

/* The way of a route, the first where there are several. False if it leads nowhere. */
static bool read_hop(int family, const struct rtattr **at, struct sys_route *t)
{
	const struct rtattr *several = at[RTA_MULTIPATH], *inner[RTA_GATEWAY + 1];
	const struct rtattr *gateway = at[RTA_GATEWAY];
	const struct rtnexthop *hop = several ? RTA_DATA(several) : NULL;

	t->index = net_number(at[RTA_OIF], 0);
	if (hop && RTA_PAYLOAD(several) >= sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) &&
	    hop->rtnh_len <= RTA_PAYLOAD(several)) {
		t->index = hop->rtnh_ifindex;
		net_attributes_in(RTNH_DATA(hop), hop->rtnh_len - RTNH_LENGTH(0), inner,
				  ARRAY_SIZE(inner));
		gateway = inner[RTA_GATEWAY];
	}
	t->gateway = net_addr(gateway, family, -1);
	return t->index > 0;
}

static int on_route(void *userdata, const struct nlmsghdr *m)
{
	const struct rtattr *at[RTA_TABLE + 1];
	const struct rtmsg *i = NLMSG_DATA(m);
	struct sys_net *net = userdata;
	struct sys_route t = {}, *all;

	if (m->nlmsg_type != RTM_NEWROUTE || !net_attributes(m, sizeof(*i), at, ARRAY_SIZE(at)) ||
	    (i->rtm_family != AF_INET && i->rtm_family != AF_INET6))
		return 0;
	if (net_number(at[RTA_TABLE], i->rtm_table) != RT_TABLE_MAIN ||
	    i->rtm_type != RTN_UNICAST || i->rtm_flags & RTM_F_CLONED ||
	    !read_hop(i->rtm_family, at, &t))
		return 0;
	t.dst = net_addr(at[RTA_DST], i->rtm_family, i->rtm_dst_len);
	/* the default destination comes without bytes */
	t.dst.family = i->rtm_family;
	t.dst.prefix = i->rtm_dst_len;
	t.metric = net_number(at[RTA_PRIORITY], 0);
	t.protocol = i->rtm_protocol;
	t.scope = i->rtm_scope;

	all = grow(net->routes, &net->n_routes, sizeof(t));
	if (!all)
		return -ENOMEM;
	net->routes = all;
	all[net->n_routes - 1] = t;
	return 0;
}

static int by_bytes(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family - b->family;
	if (a->prefix != b->prefix)
		return a->prefix - b->prefix;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int link_order(const void *a, const void *b)
{
	return ((const struct sys_link *)a)->index - ((const struct sys_link *)b)->index;
}

static int addr_order(const void *a, const void *b)
{
	const struct sys_addr *x = a, *y = b;

	return x->index != y->index ? x->index - y->index : by_bytes(&x->addr, &y->addr);
}

static int route_order(const void *a, const void *b)
{
	const struct sys_route *x = a, *y = b;
	int order = by_bytes(&x->dst, &y->dst);

	if (order)
		return order;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	if (x->index != y->index)
		return x->index - y->index;
	return by_bytes(&x->gateway, &y->gateway);
}

static int dump(struct net_socket *s, uint16_t type, size_t body,
		int (*part)(void *userdata, const struct nlmsghdr *m), struct sys_net *net)
{
	struct net_request q;

	net_request(&q, type, NLM_F_DUMP, body);
	/* counters are most of what a link has to say */
	if (type == RTM_GETLINK)
		net_add_number(&q, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return net_ask(s, &q, part, net);
}

/* One consistent reading of all three; -EINTR if the kernel's tables changed meanwhile. */
static int read_once(struct net_socket *s, struct sys_net *net)
{
	int r;

	r = dump(s, RTM_GETLINK, sizeof(struct ifinfomsg), on_link, net);
	if (r == 0)
		r = dump(s, RTM_GETADDR, sizeof(struct ifaddrmsg), on_addr, net);
	return r < 0 ? r : dump(s, RTM_GETROUTE, sizeof(struct rtmsg), on_route, net);
}

int sys_net_read(struct sys *sys, struct sys_net *ret)
{
	_cleanup_net_socket_ struct net_socket s = NET_SOCKET_INIT;
	struct sys_net net = {};
	int r;

	if (!sys->live) {
		*ret = net;
		return 0;
	}
	r = net_socket_open(&s);
	if (r < 0)
		return r;
	for (int i = 0; i < DUMPS_MAX; i++) {
		r = read_once(&s, &net);
		if (r == 0)
			break;
		sys_net_done(&net);
		if (r != -EINTR)
			break;
	}
	if (r < 0)
		return r;
	if (net.n_links)
		qsort(net.links, net.n_links, sizeof(*net.links), link_order);
	if (net.n_addrs)
		qsort(net.addrs, net.n_addrs, sizeof(*net.addrs), addr_order);
	if (net.n_routes)
		qsort(net.routes, net.n_routes, sizeof(*net.routes), route_order);
	*ret = net;
	return 0;
}

void sys_net_done(struct sys_net *net)
{
	free(net->links);
	free(net->addrs);
	free(net->routes);
	*net = (struct sys_net){};
}
