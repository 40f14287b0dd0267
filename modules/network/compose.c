/* SPDX-License-Identifier: MIT */
/* compose.c -- the addresses, routes and metric of one interface */
#include "modules/network/compose.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "agent/base/json.h"

#define METRIC_STEP 100
#define METRIC_INET6 1024 /* what the kernel makes of 0 there */

const char *compose_str(struct json_object *iface, const char *key)
{
	const char *s;

	return iface && json_get_str(iface, key, &s) == 0 ? s : NULL;
}

const struct sys_route *ifaces_default(const struct sys_net *net, int index, int family)
{
	const struct sys_route *best = NULL;

	for (size_t i = 0; i < net->n_routes; i++) {
		const struct sys_route *t = &net->routes[i];

		if (t->index == index && t->dst.family == family && t->dst.prefix == 0 &&
		    (!best || t->metric < best->metric))
			best = t;
	}
	return best;
}

const struct sys_route *iface_gateway(const struct iface *wi, int family)
{
	return family == AF_INET6 ? &wi->gateway6 : &wi->gateway;
}

static bool on_link(const struct iface *wi, const struct addr *gateway)
{
	/* a router's link-local address is on every link */
	if (gateway->family == AF_INET6 && gateway->bytes[0] == 0xfe &&
	    (gateway->bytes[1] & 0xc0) == 0x80)
		return true;
	for (size_t i = 0; i < wi->n_addrs; i++)
		if (wi->addrs[i].family == gateway->family && addr_in(&wi->addrs[i], gateway))
			return true;
	return false;
}

static struct sys_route route_via(const struct iface *wi, const struct addr *dst,
				  const struct addr *gateway)
{
	return (struct sys_route){
		.index = wi->link->index,
		.dst = *dst,
		.gateway = *gateway,
		.metric = dst->family == AF_INET6 ? METRIC_INET6 : 0,
		.protocol = RTPROT_STATIC,
		.scope = RT_SCOPE_UNIVERSE,
	};
}

static const char *origin(const struct pass *pass, const struct interface_row *row, const char *key)
{
	const char *s = conf_origin(pass->conf, "Interface", row->name, key);

	return s ? s : "configuration";
}

static int row_addrs(struct pass *pass, const struct interface_row *row, struct iface *wi)
{
	for (char **a = row->addresses; *a; a++) {
		struct addr *to = &wi->addrs[wi->n_addrs];

		if (wi->n_addrs == IFACE_ADDRS_MAX) {
			pass_state(pass, STATE_FAILED, "remove some of them",
				   "%s: [Interface %s] Address= has more than %d addresses",
				   origin(pass, row, "Address"), row->name, IFACE_ADDRS_MAX);
			return -E2BIG;
		}
		if (addr_parse(*a, to) < 0 || to->prefix <= 0) {
			pass_state(pass, STATE_FAILED, "write it as 10.0.0.5/24",
				   "%s: [Interface %s] Address=%s is no address in a network",
				   origin(pass, row, "Address"), row->name, *a);
			return -EINVAL;
		}
		wi->n_addrs++;
	}
	return 0;
}

/* -ENODATA: this entry of the metadata carries no address. */
static int meta_addr(struct json_object *iface, struct iface *wi)
{
	const char *ip = compose_str(iface, "ip"), *subnet = compose_str(iface, "subnet");
	struct addr a, net;
	int64_t prefix;

	if (!ip || addr_parse(ip, &a) < 0)
		return -ENODATA;
	if (json_get_int(iface, "prefix", &prefix) < 0) {
		if (!subnet || addr_parse(subnet, &net) < 0)
			return -ENODATA;
		prefix = net.prefix;
	}
	if (prefix <= 0 || prefix > (a.family == AF_INET ? 32 : 128))
		return -ENODATA;
	a.prefix = (int)prefix;
	wi->addrs[wi->n_addrs++] = a;
	return 0;
}

static int row_routes(struct pass *pass, const struct interface_row *row, struct iface *wi)
{
	for (char **w = row->routes; w && *w; w++) {
		const char *at = strchr(*w, '@');
		_cleanup_free_ char *net = at ? strndup(*w, (size_t)(at - *w)) : NULL;
		struct addr dst, gateway;

		if (!net || addr_parse(net, &dst) < 0 || dst.prefix < 0 ||
		    addr_parse(at + 1, &gateway) < 0 || gateway.family != dst.family ||
		    !on_link(wi, &gateway) || wi->n_routes == IFACE_ROUTES_MAX) {
			pass_state(pass, STATE_FAILED,
				   "write it as 10.9.0.0/16@10.0.0.1, the gateway in the network "
				   "of an Address=",
				   "%s: [Interface %s] Route=%s cannot be set",
				   origin(pass, row, "Route"), row->name, *w);
			return -EINVAL;
		}
		wi->routes[wi->n_routes++] = route_via(wi, &dst, &gateway);
	}
	return 0;
}

/* That of FAMILY in Gateway=: 1, 0 if there is none, -EINVAL if it is in no wanted network. */
static int row_gateway(struct pass *pass, const struct interface_row *row, int family,
		       const struct iface *wi, struct addr *ret)
{
	for (char **w = row ? row->gateways : NULL; w && *w; w++) {
		if (addr_parse(*w, ret) < 0 || ret->family != family)
			continue;
		if (on_link(wi, ret))
			return 1;
		pass_state(pass, STATE_FAILED, "correct Gateway= or Address=",
			   "%s: [Interface %s] Gateway=%s is in no network of its addresses",
			   origin(pass, row, "Gateway"), row->name, *w);
		return -EINVAL;
	}
	return 0;
}

/* The gateway that WI had last in this boot: its route may be what somebody took away. */
static int remembered_gateway(const struct pass *pass, const struct iface *wi, struct addr *ret)
{
	struct json_object *gateways;
	const char *text;
	int r;

	r = json_get_obj(pass->state, "gateways", &gateways);
	if (r >= 0)
		r = json_get_str(gateways, wi->link->name, &text);
	return r < 0 ? r : addr_parse(text, ret);
}

static void remember_gateway(const struct pass *pass, const struct iface *wi,
			     const struct addr *gateway)
{
	struct json_object *gateways;
	char text[ADDR_TEXT_MAX];

	/* without memory it is just not remembered */
	if (json_get_obj(pass->state, "gateways", &gateways) < 0) {
		gateways = json_object_new_object();
		if (json_set(pass->state, "gateways", gateways) < 0)
			return;
	}
	(void)json_set_str(gateways, wi->link->name, addr_format(gateway, false, text));
}

/*
 * [Interface] wins, then the metadata, then the IPv4 route of this link that works now (an IPv6 one
 * is told by its router again and again). A gateway outside the wanted networks is an error in the
 * configuration; from elsewhere it is not taken.
 */
static int want_gateway(struct pass *pass, const struct interface_row *row,
			struct json_object *iface, int family, struct iface *wi)
{
	const char *told = compose_str(iface, "gateway");
	const struct sys_route *present = ifaces_default(pass->net, wi->link->index, family);
	struct addr gateway = {}, any = { .family = family };
	int r;

	r = row_gateway(pass, row, family, wi, &gateway);
	if (r < 0)
		return r;
	if (r > 0 || (told && addr_parse(told, &gateway) == 0 && gateway.family == family &&
		      on_link(wi, &gateway))) {
		/* taken */
	} else if (family == AF_INET && present && present->gateway.family &&
		   on_link(wi, &present->gateway)) {
		gateway = present->gateway;
	} else if (family != AF_INET || remembered_gateway(pass, wi, &gateway) < 0 ||
		   gateway.family != family || !on_link(wi, &gateway)) {
		return 0;
	}
	if (family == AF_INET)
		remember_gateway(pass, wi, &gateway);
	*(family == AF_INET6 ? &wi->gateway6 : &wi->gateway) = route_via(wi, &any, &gateway);
	return 0;
}

static bool metric_taken(const struct sys_net *net, const struct ifaces *w, const struct iface *wi,
			 const struct sys_route *g)
{
	for (const struct iface *o = w->list; o < wi; o++) {
		const struct sys_route *its = iface_gateway(o, g->dst.family);

		if (its->gateway.family && its->metric == g->metric)
			return true;
	}
	for (size_t i = 0; i < net->n_routes; i++) {
		const struct sys_route *t = &net->routes[i];

		if (t->index != wi->link->index && t->dst.family == g->dst.family &&
		    t->dst.prefix == 0 && t->metric == g->metric)
			return true;
	}
	return false;
}

static void set_metric(const struct sys_net *net, const struct ifaces *w, const struct iface *wi,
		       struct sys_route *g)
{
	const struct sys_route *present;

	if (!g->gateway.family)
		return;
	present = ifaces_default(net, wi->link->index, g->dst.family);
	/* that of a router stays beside ours, and behind it */
	if (present && present->protocol != RTPROT_RA) {
		g->metric = present->metric;
		return;
	}
	if (present && present->metric <= g->metric)
		g->metric = present->metric > METRIC_STEP ? present->metric - METRIC_STEP : 1;
	while (metric_taken(net, w, wi, g))
		g->metric += METRIC_STEP;
}

/* The kernel knows a route by its metric: the present one's replaces it, a free one adds. */
void compose_metrics(const struct sys_net *net, struct ifaces *w)
{
	for (struct iface *wi = w->list; wi < w->list + w->n; wi++) {
		set_metric(net, w, wi, &wi->gateway);
		set_metric(net, w, wi, &wi->gateway6);
	}
}

static bool conflicts(struct pass *pass, const struct ifaces *w, const struct iface *wi)
{
	const struct sys_net *net = pass->net;
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < wi->n_addrs; i++) {
		const struct addr *a = &wi->addrs[i];
		int other = 0;

		for (size_t j = 0; j < net->n_addrs; j++)
			if (net->addrs[j].index != wi->link->index &&
			    addr_equal(&net->addrs[j].addr, a))
				other = net->addrs[j].index;
		for (size_t j = 0; j < w->n; j++)
			for (size_t k = 0; k < w->list[j].n_addrs; k++)
				if (addr_equal(&w->list[j].addrs[k], a))
					other = w->list[j].link->index;
		for (size_t j = 0; j < net->n_links; j++) {
			if (net->links[j].index != other)
				continue;
			pass_state(pass, STATE_FAILED, "ip address show",
				   "%s of %s is taken by %s on this host",
				   addr_format(a, true, text), wi->link->name, net->links[j].name);
			return true;
		}
	}
	return false;
}

bool compose_if(struct pass *pass, const struct interface_row *row, struct json_object *iface,
		const struct ifaces *want, struct iface *wi)
{
	if (row && row->addresses && *row->addresses) {
		if (row_addrs(pass, row, wi) < 0)
			return false;
	} else if (meta_addr(iface, wi) < 0) {
		pass_state(pass, STATE_DEGRADED, "set Address= in an [Interface] section",
			   "the metadata has no address for %s", wi->link->name);
		return false;
	}
	if ((row && row_routes(pass, row, wi) < 0) ||
	    want_gateway(pass, row, iface, AF_INET, wi) < 0 ||
	    want_gateway(pass, row, iface, AF_INET6, wi) < 0 || conflicts(pass, want, wi))
		return false;
	wi->mtu = row ? row->mtu : 0;
	return true;
}
