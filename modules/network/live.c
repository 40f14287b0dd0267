/* SPDX-License-Identifier: MIT */
/*
 * live.c -- the changes that make a link's addresses and routes the wanted ones
 *
 * Their order never leaves the host without a route: the DHCP client is ended first, without
 * release, as its script may take the address along; then everything is set, and what only DHCP
 * gave goes last.
 */
#include "modules/network/live.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "modules/network/check.h"
#include "modules/network/clients.h"
#include "modules/network/persist.h"

#define METADATA_ADDRESS "169.254.169.254"
#define HOLD_METRIC 65535 /* no route of anybody has that */
#define KEPT_MAX (IFACE_ADDRS_MAX + 16)

static bool wants_addr(const struct iface *wi, const struct addr *a)
{
	for (size_t i = 0; i < wi->n_addrs; i++)
		if (check_same(&wi->addrs[i], a))
			return true;
	return false;
}

/* A route to the metadata service that is no default route; or NULL. */
static const struct sys_route *metadata_route(const struct sys_net *net, const struct addr *service)
{
	for (size_t i = 0; i < net->n_routes; i++) {
		const struct sys_route *t = &net->routes[i];

		if (t->dst.family == AF_INET && t->dst.prefix > 0 && addr_in(&t->dst, service))
			return t;
	}
	return NULL;
}

static bool reaches(const struct iface *wi, const struct addr *gateway)
{
	for (size_t i = 0; i < wi->n_addrs; i++)
		if (addr_in(&wi->addrs[i], gateway))
			return true;
	return false;
}

/* DHCP's own is gone after a reboot. */
int live_metadata(const struct sys_net *net, const struct iface *wi, struct sys_route *ret)
{
	const struct sys_route *present;
	struct addr service;
	int r;

	r = addr_parse(METADATA_ADDRESS, &service);
	if (r < 0)
		return r;
	service.prefix = 32;
	for (size_t i = 0; i < net->n_addrs; i++)
		if (addr_equal(&net->addrs[i].addr, &service))
			return 0;
	present = metadata_route(net, &service);
	if (present && (present->index != wi->link->index || present->protocol == RTPROT_KERNEL))
		return 0;
	*ret = wi->gateway;
	ret->dst = service;
	ret->metric = 0;
	/* by a gateway of a network that we leave it leads nowhere */
	if (present && (!present->gateway.family || reaches(wi, &present->gateway)))
		*ret = *present;
	else if (present)
		ret->metric = present->metric;
	ret->protocol = RTPROT_STATIC;
	return 1;
}

/* What answers now stays, but a route of a DHCP client may go with it (STOPPED). */
static int plan_metadata(struct pass *pass, const struct iface *wi, bool stopped)
{
	const struct sys_route *present;
	struct sys_route route;
	int r;

	r = live_metadata(pass->net, wi, &route);
	if (r <= 0)
		return r;
	present = metadata_route(pass->net, &route.dst);
	if (!stopped && present && addr_equal(&present->gateway, &route.gateway))
		return 0;
	return plan_route_set(pass->plan, wi->link, &route);
}

/*
 * A, leased by a program that goes on (networkd, NetworkManager) and that takes it away once it is
 * told to ask no more: it goes and comes again as one that is nobody's. The same address as a
 * network of its own, and a route to its network, hold what is reached meanwhile.
 */
static int plan_take_over(struct pass *pass, const struct iface *wi, const struct addr *a)
{
	const struct sys_route net = {
		.index = wi->link->index,
		.dst = addr_network(a),
		.metric = HOLD_METRIC,
		.protocol = RTPROT_STATIC,
		.scope = RT_SCOPE_LINK,
	};
	struct addr alone = *a;
	int r;

	alone.prefix = 32;
	r = plan_addr_set(pass->plan, wi->link, &alone);
	if (r >= 0)
		r = plan_route_set(pass->plan, wi->link, &net);
	if (r >= 0)
		r = plan_addr_del(pass->plan, wi->link, a);
	if (r >= 0)
		r = plan_addr_set(pass->plan, wi->link, a);
	if (r >= 0)
		r = plan_route_del(pass->plan, wi->link, &net);
	return r < 0 ? r : plan_addr_del(pass->plan, wi->link, &alone);
}

/* Who governs this host runs, and has a DHCP client inside. */
static bool leases_itself(struct pass *pass, const struct iface *wi)
{
	const struct ifaces one = { .list = (struct iface *)wi, .n = 1 };

	return persist_door(pass->sys, &one);
}

/* With ALL what is there already is set again: it may go with the DHCP client, or an address. */
static int plan_set(struct pass *pass, const struct iface *wi, bool all)
{
	const struct sys_route *const defaults[] = { &wi->gateway, &wi->gateway6 };
	int r;

	for (size_t i = 0; i < wi->n_addrs; i++) {
		const struct sys_addr *a = check_addr(pass->net, wi->link->index, &wi->addrs[i]);

		if (!all && a && a->permanent)
			continue;
		if (!all && a && a->addr.family == AF_INET && leases_itself(pass, wi))
			r = plan_take_over(pass, wi, &wi->addrs[i]);
		else
			r = plan_addr_set(pass->plan, wi->link, &wi->addrs[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		if (!defaults[i]->gateway.family || (!all && check_route(pass->net, defaults[i])))
			continue;
		r = plan_route_set(pass->plan, wi->link, defaults[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < wi->n_routes; i++) {
		if (!all && check_route(pass->net, &wi->routes[i]))
			continue;
		r = plan_route_set(pass->plan, wi->link, &wi->routes[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The default route that is kept for want of a better one goes through the network of A. */
static bool carries_default(const struct pass *pass, const struct iface *wi, const struct addr *a)
{
	const struct sys_route *t = ifaces_default(pass->net, wi->link->index, AF_INET);

	return !wi->gateway.gateway.family && t && t->gateway.family && addr_in(a, &t->gateway);
}

/* The same place in the kernel's table: setting the one replaces the other. */
static bool same_place(const struct sys_route *a, const struct sys_route *b)
{
	return a->metric == b->metric && check_same(&a->dst, &b->dst);
}

/* T, of WI's link, is there by us, and for nothing any more. METADATA may be NULL. */
static bool outlived(const struct pass *pass, const struct iface *wi, const struct sys_route *t,
		     const struct sys_route *metadata)
{
	if (t->protocol != RTPROT_STATIC || !plan_route_ours(pass->plan, wi->link, t) ||
	    (metadata && same_place(t, metadata)))
		return false;
	for (size_t i = 0; i < wi->n_routes; i++)
		if (same_place(t, &wi->routes[i]))
			return false;
	return true;
}

/* Default routes that DHCP gave, beside the one that is wanted, and ours of before. */
static int remove_routes(struct pass *pass, const struct iface *wi, bool to_metadata)
{
	const struct sys_route *wanted;
	struct sys_route metadata;
	int r;

	r = to_metadata ? live_metadata(pass->net, wi, &metadata) : 0;
	if (r < 0)
		return r;
	to_metadata = r > 0;
	for (size_t i = 0; i < pass->net->n_routes; i++) {
		const struct sys_route *t = &pass->net->routes[i];

		wanted = iface_gateway(wi, t->dst.family);
		if (t->index != wi->link->index ||
		    (t->dst.prefix == 0 &&
		     (!wanted->gateway.family || t->metric == wanted->metric)) ||
		    ((t->dst.prefix != 0 || t->protocol != RTPROT_DHCP) &&
		     !outlived(pass, wi, t, to_metadata ? &metadata : NULL)))
			continue;
		r = plan_route_del(pass->plan, wi->link, t);
		if (r < 0)
			return r;
	}
	return 0;
}

/* B goes with A, if A was there first: the kernel's secondary. */
static bool goes_with(const struct addr *b, const struct addr *a)
{
	return a->family == AF_INET && b->family == AF_INET && a->prefix == b->prefix &&
	       addr_in(a, b) && !addr_equal(a, b);
}

/* The addresses that shall outlive A: wanted ones, and what somebody else has set for ever. */
static size_t outliving(const struct pass *pass, const struct iface *wi, const struct addr *a,
			struct addr ret[KEPT_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < wi->n_addrs && n < KEPT_MAX; i++)
		if (goes_with(&wi->addrs[i], a))
			ret[n++] = wi->addrs[i];
	for (size_t i = 0; i < pass->net->n_addrs && n < KEPT_MAX; i++) {
		const struct sys_addr *s = &pass->net->addrs[i];

		if (s->index == wi->link->index && s->permanent && goes_with(&s->addr, a) &&
		    !wants_addr(wi, &s->addr) && !plan_addr_ours(pass->plan, wi->link, &s->addr))
			ret[n++] = s->addr;
	}
	return n;
}

static int plan_addrs(struct pass *pass, const struct iface *wi, const struct addr *list, size_t n,
		      int prefix,
		      int (*plan)(struct plan *p, const struct sys_link *link,
				  const struct addr *addr))
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct addr a = list[i];

		a.prefix = prefix ?: a.prefix;
		r = plan(pass->plan, wi->link, &a);
	}
	return r;
}

/*
 * An address that goes takes its secondaries along (promote_secondaries=0), and the last one of a
 * link all routes. What stays, as networks of their own for that moment, holds address and routes.
 */
static int remove_addr(struct pass *pass, const struct iface *wi, const struct addr *a)
{
	struct addr kept[KEPT_MAX];
	size_t n = outliving(pass, wi, a, kept);
	int r;

	r = plan_addrs(pass, wi, kept, n, 32, plan_addr_set);
	if (r >= 0)
		r = plan_addr_del(pass->plan, wi->link, a);
	if (r < 0 || n == 0)
		return r;
	r = plan_addrs(pass, wi, kept, n, 0, plan_addr_set);
	if (r >= 0)
		r = plan_set(pass, wi, true);
	return r < 0 ? r : plan_addrs(pass, wi, kept, n, 32, plan_addr_del);
}

/*
 * What nobody wants of what DHCP gave (IPv4 addresses with a lifetime, and routes by their
 * protocol), and of what an earlier pass set for another wish.
 */
static int plan_remove(struct pass *pass, const struct iface *wi, bool to_metadata)
{
	const struct sys_net *net = pass->net;
	int r;

	r = remove_routes(pass, wi, to_metadata);
	for (size_t i = 0; i < net->n_addrs && r >= 0; i++) {
		const struct sys_addr *a = &net->addrs[i];

		if (a->index == wi->link->index && !wants_addr(wi, &a->addr) &&
		    ((!a->permanent && a->addr.family == AF_INET) ||
		     plan_addr_ours(pass->plan, wi->link, &a->addr)) &&
		    !carries_default(pass, wi, &a->addr))
			r = remove_addr(pass, wi, &a->addr);
	}
	return r;
}

static int plan_if(struct pass *pass, const struct ifaces *want, const struct iface *wi,
		   bool to_metadata)
{
	bool stopped = false;
	int r;

	r = clients_plan_stop(pass, want, wi, &stopped);
	if (r != 0)
		return r < 0 ? r : 0;
	r = plan_set(pass, wi, stopped || !wi->link->up);
	if (r < 0)
		return r;
	if (to_metadata) {
		r = plan_metadata(pass, wi, stopped);
		if (r < 0)
			return r;
	}
	if (wi->mtu && wi->mtu != wi->link->mtu) {
		r = plan_link_mtu(pass->plan, wi->link, wi->mtu);
		if (r < 0)
			return r;
	}
	return plan_remove(pass, wi, to_metadata);
}

int live_plan_up(struct pass *pass, const struct ifaces *want)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < want->n; i++)
		if (!want->list[i].link->up)
			r = plan_link_up(pass->plan, want->list[i].link);
	return r;
}

int live_plan(struct pass *pass, const struct ifaces *want, const struct iface *to_metadata)
{
	int r;

	for (size_t i = 0; i < want->n; i++) {
		const struct iface *wi = &want->list[i];

		r = plan_if(pass, want, wi, wi == to_metadata);
		if (r < 0)
			return log_error_errno(r, "Cannot plan the addresses of %s: %m",
					       wi->link->name);
	}
	return 0;
}
