/* SPDX-License-Identifier: MIT */
/* interfaces.c -- the network interfaces of the metadata document, each word checked */
#include <errno.h>
#include <string.h>

#include "agent/base/utf8.h"
#include "modules/metadata/document.h"

#define INTERFACES_MAX 64

/* One entry on its way into the fact. */
struct entry {
	struct pass *pass;
	struct json_object *in, *out;
	size_t number;
	bool bad;  /* what was wrong spoils the whole list */
	char *why; /* the first such thing, owned */
};

/* KEY of the entry is not EXPECTED. The others of the list are still looked at, and told. */
static int refuse(struct entry *e, const char *key, const char *value, const char *expected)
{
	_cleanup_free_ char *path = str_printf("interfaces[%zu].%s", e->number, key);
	_cleanup_free_ char *why = NULL;
	int r;

	r = path ? document_bad(e->pass, path, value, expected, &why) : -ENOMEM;
	if (r < 0)
		return r;
	e->bad = true;
	if (!e->why)
		e->why = TAKE_PTR(why);
	return 0;
}

/* A text that may be missing: 1 with *ret, 0 if it is, or if it was refused. */
static int text_at(struct entry *e, struct json_object *obj, const char *key, const char **ret)
{
	int r;

	r = json_get_str(obj, key, ret);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return refuse(e, key, NULL, "no text");
	return 1;
}

static int add_mac(struct entry *e)
{
	const struct sys_link *link;
	char text[MAC_TEXT_MAX];
	const char *mac = NULL;
	uint8_t bytes[6];
	int r;

	r = text_at(e, e->in, "mac", &mac);
	if (r < 0)
		return r;
	if (r == 0)
		return e->bad ? 0 : refuse(e, "mac", NULL, "not there");
	if (mac_parse(mac, bytes) < 0)
		return refuse(e, "mac", mac, "no MAC address");
	r = json_set_str(e->out, "mac", mac_format(bytes, text));
	link = pass_link_by_mac(e->pass, mac);
	return r < 0 || !link ? r : json_set_str(e->out, "name", link->name);
}

/* The default route that is there through this link, and is not beyond SUBNET. */
static const struct addr *live_gateway(const struct entry *e, const struct addr *subnet)
{
	const struct sys_net *net = e->pass->net;
	const struct sys_link *link = NULL;
	const char *mac;

	if (json_get_str(e->out, "mac", &mac) >= 0)
		link = pass_link_by_mac(e->pass, mac);
	for (size_t i = 0; link && i < net->n_routes; i++) {
		const struct sys_route *route = &net->routes[i];

		if (route->index == link->index && route->dst.prefix == 0 &&
		    route->gateway.family == subnet->family && addr_in(subnet, &route->gateway))
			return &route->gateway;
	}
	return NULL;
}

/*
 * The metadata may leave the gateway out. Then it is the one that is in use, and the last one seen
 * during this boot, so that a default route that went away can come back.
 */
static int add_gateway(struct entry *e, const struct addr *subnet)
{
	struct json_object *seen;
	const struct addr *live;
	const char *text = NULL, *mac;
	char buf[ADDR_TEXT_MAX];
	struct addr gateway;
	int r;

	r = text_at(e, e->in, "gateway", &text);
	if (r < 0)
		return r;
	if (r > 0 && (addr_parse(text, &gateway) < 0 || gateway.prefix >= 0))
		return refuse(e, "gateway", text, "no IP address");
	if (r > 0)
		return json_set_str(e->out, "gateway", text);
	if (json_get_str(e->out, "mac", &mac) < 0)
		return 0;

	live = live_gateway(e, subnet);
	if (json_get_obj(e->pass->state, "gateways", &seen) < 0) {
		seen = json_object_new_object();
		r = live ? json_set(e->pass->state, "gateways", seen) : 0;
		if (r < 0 || !live) {
			json_object_put(live ? NULL : seen);
			return r;
		}
	}
	if (live) {
		addr_format(live, false, buf);
		r = json_set_str(seen, mac, buf);
		return r < 0 ? r : json_set_str(e->out, "gateway", buf);
	}
	if (json_get_str(seen, mac, &text) >= 0 && addr_parse(text, &gateway) >= 0 &&
	    addr_in(subnet, &gateway))
		return json_set_str(e->out, "gateway", text);
	return 0;
}

static int add_address(struct entry *e)
{
	const char *ip = NULL, *subnet = NULL;
	struct addr addr, net;
	int r;

	r = text_at(e, e->in, "ip", &ip);
	if (r >= 0 && ip && *ip) {
		if (addr_parse(ip, &addr) < 0 || addr.prefix >= 0)
			return refuse(e, "ip", ip, "no IP address");
		r = json_set_str(e->out, "ip", ip);
	}
	if (r >= 0)
		r = text_at(e, e->in, "network_subnet", &subnet);
	if (r < 0 || !subnet)
		return r;
	if (addr_parse(subnet, &net) < 0 || net.prefix < 0)
		return refuse(e, "network_subnet", subnet,
			      "no network: ADDRESS/PREFIX was expected");
	if (ip && *ip && !addr_in(&net, &addr))
		return refuse(e, "ip", ip, "not an address of its network_subnet");
	r = json_set_str(e->out, "subnet", subnet);
	if (r >= 0)
		r = json_set_int(e->out, "prefix", net.prefix);
	return r < 0 ? r : add_gateway(e, &net);
}

/* Text for people and for Match=network:...; a name that cannot be shown is left out and told. */
static int add_network(struct entry *e)
{
	static const char *const keys[] = { "network_name", "network_type" };
	_cleanup_free_ char *id = NULL;
	const char *text;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		r = text_at(e, e->in, keys[i], &text);
		if (r > 0)
			r = utf8_text(text, strlen(text))
				    ? json_set_str(e->out, keys[i], text)
				    : refuse(e, keys[i], NULL, "no text of one printable line");
		if (r < 0)
			return r;
	}
	r = json_get_id(e->in, "network_id", &id);
	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT)
		return 0;
	if (r < 0 || !id_valid(id))
		return refuse(e, "network_id", id, "no id");
	return json_set_str(e->out, "network_id", id);
}

static int add_nat(struct entry *e, struct json_object *nat, struct json_object *arr)
{
	_cleanup_free_ char *id = NULL;
	struct json_object *obj;
	const char *ip = NULL;
	struct addr addr;
	int r;

	r = json_get_id(nat, "network_id", &id);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !id_valid(id))
		return refuse(e, "nat_addresses", id, "without a network_id");
	if (json_get_str(nat, "ip_address", &ip) < 0 || addr_parse(ip, &addr) < 0 ||
	    addr.prefix >= 0)
		return refuse(e, "nat_addresses", ip, "no IP address");
	obj = json_object_new_object();
	r = json_append(arr, obj);
	if (r >= 0)
		r = json_set_str(obj, "network_id", id);
	return r < 0 ? r : json_set_str(obj, "ip", ip);
}

static int add_nats(struct entry *e)
{
	struct json_object *nats, *list, *arr = json_object_new_array();
	int r;

	r = json_set(e->out, "nat_addresses", arr);
	if (r < 0)
		return r;
	r = json_get_obj(e->in, "nat_addresses", &nats);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return refuse(e, "nat_addresses", NULL, "no object");
	r = json_get_arr(nats, "network_nat_addresses", &list);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return refuse(e, "nat_addresses", NULL, "not lists of addresses");
	for (size_t i = 0; r >= 0 && i < json_object_array_length(list); i++)
		r = add_nat(e, json_object_array_get_idx(list, i), arr);
	return r;
}

/* A host name concerns nobody but itself: a bad one leaves the addresses as they are. */
static int add_hostname(struct entry *e)
{
	_cleanup_free_ char *why = NULL, *path = NULL;
	const char *name = NULL;
	int r;

	r = json_get_str(e->in, "hostname", &name);
	if (r >= 0 && hostname_valid(name)) {
		r = json_set_str(e->out, "hostname", name);
		if (r < 0 || e->number > 0)
			return r;
		return facts_set_str(e->pass->facts, "hostname", "interfaces[0].hostname", name);
	}
	if (r == -ENOENT)
		return e->number > 0 ? 0
				     : facts_set_absent(e->pass->facts, "hostname",
							"the metadata has none");
	path = str_printf("interfaces[%zu].hostname", e->number);
	r = path ? document_bad(e->pass, path, name, "no host name", &why) : -ENOMEM;
	if (r < 0 || e->number > 0)
		return r;
	return facts_set_unknown(e->pass->facts, "hostname", why);
}

static int add_interface(struct entry *e)
{
	int r;

	if (!json_object_is_type(e->in, json_type_object))
		return refuse(e, "", NULL, "no object");
	r = add_mac(e);
	if (r >= 0)
		r = add_address(e);
	if (r >= 0)
		r = add_network(e);
	if (r >= 0)
		r = add_nats(e);
	return r < 0 ? r : add_hostname(e);
}

int document_interfaces(struct pass *pass, struct json_object *arr)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	size_t n = json_object_array_length(arr);
	struct entry e = { .pass = pass };
	_cleanup_free_ char *why = NULL;
	int r;

	r = facts_set_absent(pass->facts, "hostname", "the metadata has no interface");
	if (n > INTERFACES_MAX) {
		r = document_bad(pass, "interfaces", NULL, "a list of more than 64", &why);
		return r < 0 ? r : facts_set_unknown(pass->facts, "interfaces", why);
	}
	for (size_t i = 0; list && r >= 0 && i < n; i++) {
		e.number = i;
		e.in = json_object_array_get_idx(arr, i);
		e.out = json_object_new_object();
		r = json_append(list, e.out);
		if (r >= 0)
			r = add_interface(&e);
	}
	why = e.why;
	if (r < 0)
		return r;
	if (e.bad)
		return facts_set_unknown(pass->facts, "interfaces", why);
	return facts_set(pass->facts, "interfaces", "interfaces", TAKE_PTR(list));
}
