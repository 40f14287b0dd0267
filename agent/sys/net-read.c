/* SPDX-License-Identifier: MIT */
/* net-read.c -- links, addresses and routes as they are */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "agent/sys/netlink.h"

#define DUMPS_MAX 5

struct reading {
	struct sys_net *net;
	int error;
};

/* One more element at the end of an array. */
static void *grow(struct reading *rd, void *array, size_t *n, size_t size)
{
	char *bigger = reallocarray(array, *n + 1, size);

	if (!bigger) {
		rd->error = -ENOMEM;
		return NULL;
	}
	memset(bigger + *n * size, 0, size);
	(*n)++;
	return bigger;
}

static void on_link(struct nl_object *o, void *userdata)
{
	struct rtnl_link *nl = (struct rtnl_link *)o;
	struct nl_addr *mac = rtnl_link_get_addr(nl);
	unsigned flags = rtnl_link_get_flags(nl);
	struct reading *rd = userdata;
	struct sys_link *l;

	l = grow(rd, rd->net->links, &rd->net->n_links, sizeof(*l));
	if (!l)
		return;
	rd->net->links = l;
	l += rd->net->n_links - 1;
	l->index = rtnl_link_get_ifindex(nl);
	snprintf(l->name, sizeof(l->name), "%s", rtnl_link_get_name(nl) ?: "");
	if (mac && nl_addr_get_len(mac) == sizeof(l->mac))
		memcpy(l->mac, nl_addr_get_binary_addr(mac), sizeof(l->mac));
	l->loopback = flags & IFF_LOOPBACK;
	l->up = flags & IFF_UP;
	l->carrier = flags & IFF_LOWER_UP;
	l->mtu = rtnl_link_get_mtu(nl);
}

static void on_addr(struct nl_object *o, void *userdata)
{
	struct rtnl_addr *nl = (struct rtnl_addr *)o;
	struct addr addr = net_addr_from_nl(rtnl_addr_get_local(nl));
	struct reading *rd = userdata;
	struct sys_addr *a;

	if (!addr.family)
		return;
	a = grow(rd, rd->net->addrs, &rd->net->n_addrs, sizeof(*a));
	if (!a)
		return;
	rd->net->addrs = a;
	a += rd->net->n_addrs - 1;
	a->index = rtnl_addr_get_ifindex(nl);
	a->addr = addr;
	/* the local address of a point-to-point link is one address, whatever its peer's network */
	a->addr.prefix = rtnl_addr_get_prefixlen(nl);
	a->permanent = rtnl_addr_get_flags(nl) & IFA_F_PERMANENT;
	a->valid = a->permanent ? 0 : rtnl_addr_get_valid_lifetime(nl);
	a->scope = rtnl_addr_get_scope(nl);
}

static void on_route(struct nl_object *o, void *userdata)
{
	struct rtnl_route *nl = (struct rtnl_route *)o;
	struct reading *rd = userdata;
	struct rtnl_nexthop *hop;
	struct sys_route *t;

	if (rtnl_route_get_table(nl) != RT_TABLE_MAIN || rtnl_route_get_type(nl) != RTN_UNICAST ||
	    rtnl_route_get_flags(nl) & RTM_F_CLONED || rtnl_route_get_nnexthops(nl) < 1)
		return;
	t = grow(rd, rd->net->routes, &rd->net->n_routes, sizeof(*t));
	if (!t)
		return;
	rd->net->routes = t;
	t += rd->net->n_routes - 1;
	hop = rtnl_route_nexthop_n(nl, 0);
	t->index = rtnl_route_nh_get_ifindex(hop);
	t->dst = net_addr_from_nl(rtnl_route_get_dst(nl));
	t->gateway = net_addr_from_nl(rtnl_route_nh_get_gateway(hop));
	t->gateway.prefix = -1;
	t->metric = rtnl_route_get_priority(nl);
	t->protocol = rtnl_route_get_protocol(nl);
	t->scope = rtnl_route_get_scope(nl);
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

/* One consistent reading of all three; -EINTR if the kernel's tables changed meanwhile. */
static int read_once(struct net_socket *s, struct reading *rd)
{
	_cleanup_(nl_cache_freep) struct nl_cache *links = NULL, *addrs = NULL, *routes = NULL;
	int r;

	r = rtnl_link_alloc_cache(s->nl, AF_UNSPEC, &links);
	if (r < 0)
		return net_error(s, r);
	r = rtnl_addr_alloc_cache(s->nl, &addrs);
	if (r < 0)
		return net_error(s, r);
	r = rtnl_route_alloc_cache(s->nl, AF_UNSPEC, 0, &routes);
	if (r < 0)
		return net_error(s, r);

	nl_cache_foreach(links, on_link, rd);
	nl_cache_foreach(addrs, on_addr, rd);
	nl_cache_foreach(routes, on_route, rd);
	return rd->error;
}

int sys_net_read(struct sys *sys, struct sys_net *ret)
{
	_cleanup_net_socket_ struct net_socket s = {};
	struct sys_net net = {};
	struct reading rd = { .net = &net };
	int r;

	if (!sys->live) {
		*ret = net;
		return 0;
	}
	r = net_socket_open(&s);
	if (r < 0)
		return r;
	for (int i = 0; i < DUMPS_MAX; i++) {
		r = read_once(&s, &rd);
		if (r != -EINTR)
			break;
	}
	if (r < 0) {
		sys_net_done(&net);
		return r;
	}
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
