/* SPDX-License-Identifier: MIT */
/* live.c -- live things in the manifest: how they are written down, and how they are put back */
#include "agent/reconcile/live.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"

const char *live_dst(const struct addr *dst, char text[ADDR_TEXT_MAX])
{
	if (dst->prefix != 0)
		return addr_format(dst, true, text);
	snprintf(text, ADDR_TEXT_MAX, dst->family == AF_INET6 ? "default6" : "default");
	return text;
}

static int parse_dst(const char *text, struct addr *ret)
{
	if (strcmp(text, "default") == 0)
		text = "0.0.0.0/0";
	else if (strcmp(text, "default6") == 0)
		text = "::/0";
	return addr_parse(text, ret);
}

/* ---- writing down ---- */

static const struct sys_addr *find_addr(const struct sys_net *net, int index,
					const struct addr *addr)
{
	for (size_t i = 0; i < net->n_addrs; i++)
		if (net->addrs[i].index == index && addr_equal(&net->addrs[i].addr, addr) &&
		    net->addrs[i].addr.prefix == addr->prefix)
			return &net->addrs[i];
	return NULL;
}

static const struct sys_route *find_route(const struct sys_net *net, int index,
					  const struct addr *dst, uint32_t metric)
{
	for (size_t i = 0; i < net->n_routes; i++)
		if (net->routes[i].index == index && net->routes[i].metric == metric &&
		    net->routes[i].dst.prefix == dst->prefix &&
		    addr_equal(&net->routes[i].dst, dst))
			return &net->routes[i];
	return NULL;
}

static const char *addr_before(const struct sys_net *net, const struct change *c)
{
	const struct sys_addr *a = find_addr(net, c->index, &c->addr);

	return !a ? "absent" : (a->permanent ? "permanent" : "lease");
}

static const char *route_before(const struct sys_net *net, const struct change *c,
				char text[ADDR_TEXT_MAX])
{
	const struct sys_route *route = find_route(net, c->index, &c->route.dst, c->route.metric);

	if (!route)
		return "absent";
	return route->gateway.family ? addr_format(&route->gateway, false, text) : "link";
}

static char *argv_text(char *const *argv)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	const char *text;

	for (; arr && argv && *argv; argv++)
		if (json_append(arr, json_object_new_string(*argv)) < 0)
			return NULL;
	text = arr ? json_text(arr) : NULL;
	return text ? strdup(text) : NULL;
}

static unsigned mtu_of(const struct sys_net *net, int index)
{
	for (size_t i = 0; i < net->n_links; i++)
		if (net->links[i].index == index)
			return net->links[i].mtu;
	return 0;
}

int live_key(const struct change *c, char **ret)
{
	char text[ADDR_TEXT_MAX];

	switch (c->kind) {
	case CHANGE_HOSTNAME:
		*ret = strdup("hostname");
		break;
	case CHANGE_ADDR_SET:
	case CHANGE_ADDR_DEL:
		*ret = str_printf("addr %s %s", c->ifname, addr_format(&c->addr, true, text));
		break;
	case CHANGE_ROUTE_SET:
	case CHANGE_ROUTE_DEL:
		*ret = str_printf("route %s %s %u", c->ifname, live_dst(&c->route.dst, text),
				  (unsigned)c->route.metric);
		break;
	case CHANGE_LINK_MTU:
		*ret = str_printf("mtu %s", c->ifname);
		break;
	case CHANGE_DHCP_STOP:
		*ret = str_printf("dhcp %s %s", c->ifname, c->dhcp.program);
		break;
	default:
		*ret = NULL;
		return 0;
	}
	return *ret ? 0 : -ENOMEM;
}

int live_record(struct sys *sys, const struct sys_net *net, const struct change *c, char **ret_key,
		char **ret_before)
{
	_cleanup_free_ char *key = NULL, *before = NULL;
	char gateway[ADDR_TEXT_MAX];
	int r;

	r = live_key(c, &key);
	if (r < 0 || !key)
		return r;
	switch (c->kind) {
	case CHANGE_HOSTNAME:
		r = sys_hostname_get(sys, &before);
		if (r < 0)
			return r;
		break;
	case CHANGE_ADDR_DEL:
		if (strcmp(addr_before(net, c), "permanent") != 0)
			return 0;
		before = strdup("permanent");
		break;
	case CHANGE_ADDR_SET:
		before = strdup(addr_before(net, c));
		break;
	case CHANGE_LINK_MTU:
		before = str_printf("%u", mtu_of(net, c->index));
		break;
	case CHANGE_DHCP_STOP:
		before = argv_text(c->dhcp.argv);
		break;
	default:
		before = strdup(route_before(net, c, gateway));
	}
	if (!before)
		return -ENOMEM;
	*ret_key = TAKE_PTR(key);
	*ret_before = TAKE_PTR(before);
	return 1;
}

/* ---- putting back ---- */

/* A DHCP client will serve IFNAME again. */
static bool dhcp_again(const struct manifest *m, const char *ifname)
{
	static const char *const programs[] = { "dhclient", "dhcpcd", "udhcpc" };

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		_cleanup_free_ char *key = str_printf("dhcp %s %s", ifname, programs[i]);

		if (key && manifest_live(m, key))
			return true;
	}
	return false;
}

static const struct sys_link *find_link(const struct sys_net *net, const char *ifname)
{
	for (size_t i = 0; i < net->n_links; i++)
		if (strcmp(net->links[i].name, ifname) == 0)
			return &net->links[i];
	return NULL;
}

/* X, for ever, is of the network of ADDR on the same link: perhaps the kernel's secondary of it. */
static bool beside(const struct sys_addr *x, int index, const struct addr *addr)
{
	return x->index == index && x->permanent && addr->family == AF_INET &&
	       x->addr.family == AF_INET && x->addr.prefix == addr->prefix &&
	       addr_in(addr, &x->addr) && !addr_equal(&x->addr, addr);
}

/* Makes what is beside ADDR a network of its own too, or with OVER only what it was. */
static int hold_beside(struct sys *sys, const struct sys_net *net, int index,
		       const struct addr *addr, bool over)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < net->n_addrs; i++) {
		struct addr alone = net->addrs[i].addr;

		if (!beside(&net->addrs[i], index, addr))
			continue;
		alone.prefix = 32;
		r = sys_addr_set(sys, index, over ? &net->addrs[i].addr : &alone);
		if (r >= 0 && over)
			r = sys_addr_del(sys, index, &alone);
	}
	return r;
}

/*
 * An address that goes takes its secondaries along (promote_secondaries=0), and the routes from
 * them: they are held meanwhile.
 */
static int remove_addr(struct sys *sys, const struct sys_net *net, int index,
		       const struct addr *addr)
{
	int r, removed;

	r = hold_beside(sys, net, index, addr, false);
	if (r < 0)
		return r;
	removed = sys_addr_del(sys, index, addr);
	r = hold_beside(sys, net, index, addr, true);
	return removed < 0 || r >= 0 ? removed : r;
}

static int restore_addr(struct sys *sys, const struct sys_net *net, int index, const char *text,
			const char *before, bool again)
{
	struct addr addr;

	if (addr_parse(text, &addr) < 0)
		return -EBADMSG;
	if (strcmp(before, "permanent") == 0)
		return sys_addr_set(sys, index, &addr);
	if (strcmp(before, "lease") == 0 && !(again && addr.family == AF_INET))
		return 0;
	return find_addr(net, index, &addr) ? remove_addr(sys, net, index, &addr) : 0;
}

static int restore_route(struct sys *sys, const struct sys_net *net, int index, const char *text,
			 const char *metric, const char *before, bool again)
{
	struct sys_route route = { .index = index, .metric = strtoul(metric, NULL, 10) };
	const struct sys_route *now;
	int r;

	if (parse_dst(text, &route.dst) < 0)
		return -EBADMSG;
	now = find_route(net, index, &route.dst, route.metric);
	/* of all routes the client brings that one again; others may have been a person's */
	if (route.dst.family == AF_INET && route.dst.prefix == 0 && again)
		before = "absent";
	if (strcmp(before, "absent") == 0)
		return now ? sys_route_del(sys, now) : 0;
	if (strcmp(before, "link") != 0 && addr_parse(before, &route.gateway) < 0)
		return -EBADMSG;
	if (now && addr_equal(&now->gateway, &route.gateway))
		return 0;
	r = sys_route_set(sys, &route);
	/* it was there by a lease, which is gone: who had that brings both */
	if (r == -ENETUNREACH)
		return now ? sys_route_del(sys, now) : 0;
	return r < 0 ? r : 1;
}

static int restore_dhcp(struct sys *sys, const char *before)
{
	_cleanup_json_ struct json_object *arr = NULL;
	_cleanup_strv_ char **argv = NULL;
	int r;

	r = json_parse(before, strlen(before), 2, &arr, NULL);
	if (r < 0)
		return r;
	if (!json_object_is_type(arr, json_type_array) || json_object_array_length(arr) == 0)
		return -EBADMSG;
	for (size_t i = 0; i < json_object_array_length(arr); i++) {
		struct json_object *word = json_object_array_get_idx(arr, i);

		if (!json_object_is_type(word, json_type_string))
			return -EBADMSG;
		r = strv_add(&argv, json_object_get_string(word));
		if (r < 0)
			return r;
	}
	r = sys_dhcp_start(sys, argv);
	return r < 0 ? r : 1;
}

static int restore_mtu(struct sys *sys, const struct sys_link *link, const char *before)
{
	unsigned mtu = strtoul(before, NULL, 10);
	int r;

	if (link->mtu == mtu)
		return 0;
	r = sys_link_mtu(sys, link->index, mtu);
	return r < 0 ? r : 1;
}

static int restore_hostname(struct sys *sys, const char *before)
{
	_cleanup_free_ char *now = NULL;
	int r;

	r = sys_hostname_get(sys, &now);
	if (r < 0 || strcmp(now, before) == 0)
		return r;
	r = sys_hostname_set(sys, before);
	return r < 0 ? r : 1;
}

static int restore_on_link(struct sys *sys, const struct manifest *m, const char *const *words,
			   unsigned n, const char *before)
{
	_cleanup_(sys_net_done) struct sys_net net = {};
	const struct sys_link *link;
	bool again;
	int r;

	r = sys_net_read(sys, &net);
	if (r < 0)
		return r;
	link = find_link(&net, words[1]);
	if (!link)
		return -ENODEV;
	again = dhcp_again(m, words[1]);
	if (n == 3 && strcmp(words[0], "addr") == 0)
		return restore_addr(sys, &net, link->index, words[2], before, again);
	if (n == 4 && strcmp(words[0], "route") == 0)
		return restore_route(sys, &net, link->index, words[2], words[3], before, again);
	if (n == 2 && strcmp(words[0], "mtu") == 0)
		return restore_mtu(sys, link, before);
	if (n == 3 && strcmp(words[0], "dhcp") == 0)
		return restore_dhcp(sys, before);
	return -EBADMSG;
}

int live_restore(struct sys *sys, const struct manifest *m, const struct manifest_live *l)
{
	_cleanup_free_ char *copy = strdup(l->key);
	const char *words[4];
	char *save = NULL;
	unsigned n = 0;

	if (!copy)
		return -ENOMEM;
	for (char *w = strtok_r(copy, " ", &save); w && n < ARRAY_SIZE(words);
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	if (n == 1 && strcmp(words[0], "hostname") == 0)
		return restore_hostname(sys, l->before);
	return n >= 2 ? restore_on_link(sys, m, words, n, l->before) : -EBADMSG;
}
