/* SPDX-License-Identifier: MIT */
/* ifaces.c -- which links of this host are ours to set up, by [Interface] rows and metadata */
#include "modules/network/ifaces.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "modules/network/compose.h"

/* A reading under way. */
struct reader {
	struct pass *pass;
	struct ifaces *want;
	struct json_object *meta; /* fact "interfaces", an array, or NULL */
	bool *taken;		  /* of each link: an [Interface] row or entry has it */
};

void ifaces_done(struct ifaces *w)
{
	free(w->list);
	*w = (struct ifaces){};
}

static void add_route_text(struct buf *b, const struct sys_route *t)
{
	char dst[ADDR_TEXT_MAX], gateway[ADDR_TEXT_MAX];

	if (t->gateway.family)
		buf_addf(b, " %s@%s", addr_format(&t->dst, true, dst),
			 addr_format(&t->gateway, false, gateway));
}

void ifaces_digest(const struct ifaces *w, char ret[65])
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char text[ADDR_TEXT_MAX];

	/* without metrics: they follow what is there */
	for (size_t i = 0; i < w->n; i++) {
		const struct iface *wi = &w->list[i];

		buf_addf(&b, "%s %u", wi->link->name, wi->mtu);
		for (size_t k = 0; k < wi->n_addrs; k++)
			buf_addf(&b, " %s", addr_format(&wi->addrs[k], true, text));
		add_route_text(&b, &wi->gateway);
		add_route_text(&b, &wi->gateway6);
		for (size_t k = 0; k < wi->n_routes; k++)
			add_route_text(&b, &wi->routes[k]);
		buf_addc(&b, '\n');
	}
	sys_sha256(b.data ?: "", b.len, ret);
}

static bool says(struct json_object *iface, const char *key, const char *value)
{
	const char *s = compose_str(iface, key);

	return s && !strcasecmp(s, value);
}

static struct json_object *meta_find(const struct reader *rd, const char *key, const char *value)
{
	size_t n = rd->meta ? json_object_array_length(rd->meta) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *iface = json_object_array_get_idx(rd->meta, i);
		if (says(iface, key, value))
			return iface;
	}
	return NULL;
}

static bool has_inet(const struct sys_net *net, int index)
{
	for (size_t i = 0; i < net->n_addrs; i++)
		if (net->addrs[i].index == index && net->addrs[i].addr.family == AF_INET)
			return true;
	return false;
}

/* A bridge and its port, a VLAN and its link share one MAC: the one with an address is meant. */
static const struct sys_link *link_of_mac(const struct pass *pass, const char *text)
{
	const struct sys_net *net = pass->net;
	uint8_t mac[6];

	if (!text || mac_parse(text, mac) < 0)
		return NULL;
	for (size_t i = 0; i < net->n_links; i++)
		if (!net->links[i].loopback && !memcmp(net->links[i].mac, mac, sizeof(mac)) &&
		    has_inet(net, net->links[i].index))
			return &net->links[i];
	return pass_link_by_mac(pass, text);
}

/* -EAGAIN: only the metadata could tell, and it is not there. NULL: no such link. */
static int row_link(const struct reader *rd, const struct interface_row *row,
		    const struct sys_link **ret)
{
	const char *match = row->match;
	struct json_object *iface;

	if (!match)
		*ret = pass_link_by_name(rd->pass, row->name);
	else if (!strncmp(match, "name:", 5))
		*ret = pass_link_by_name(rd->pass, match + 5);
	else if (!strncmp(match, "mac:", 4))
		*ret = link_of_mac(rd->pass, match + 4);
	else if (!rd->meta)
		return -EAGAIN;
	else {
		match += strcspn(match, ":");
		match += *match == ':';
		iface = meta_find(rd, "network_name", match);
		if (!iface)
			iface = meta_find(rd, "network_id", match);
		*ret = link_of_mac(rd->pass, compose_str(iface, "mac"));
	}
	return 0;
}

/* Takes LINK for ROW (NULL: none) and the metadata entry IFACE (NULL: none). */
static int want_add(struct reader *rd, const struct sys_link *link, const struct interface_row *row,
		    struct json_object *iface)
{
	struct iface wi = { .link = link };
	struct iface *list;

	if (!iface && !rd->meta && !(row && row->addresses && *row->addresses)) {
		pass_state(rd->pass, STATE_CONVERGING, "agentctl facts",
			   "%s waits for the metadata: %s", link->name,
			   facts_why(rd->pass->facts, "interfaces"));
		return 0;
	}
	if (!compose_if(rd->pass, row, iface, rd->want, &wi))
		return 0;

	list = reallocarray(rd->want->list, rd->want->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[rd->want->n++] = wi;
	rd->want->list = list;
	return 0;
}

/* A host may have several links in one network: what is kept is all of it. */
static void keep_network(struct reader *rd, const struct interface_row *row)
{
	const char *match = row->match ?: "";
	size_t n = rd->meta ? json_object_array_length(rd->meta) : 0;

	if (strncmp(match, "network:", 8) != 0)
		return;
	for (size_t i = 0; i < n; i++) {
		struct json_object *iface = json_object_array_get_idx(rd->meta, i);
		const struct sys_link *link = link_of_mac(rd->pass, compose_str(iface, "mac"));

		if (link && (says(iface, "network_name", match + 8) ||
			     says(iface, "network_id", match + 8)))
			rd->taken[link - rd->pass->net->links] = true;
	}
}

static int read_rows(struct reader *rd)
{
	const struct settings *s = rd->pass->settings;
	int r;

	for (size_t i = 0; i < s->n_interfaces; i++) {
		const struct interface_row *row = &s->interfaces[i];
		const struct sys_link *link = NULL;
		char mac[MAC_TEXT_MAX];

		if (row_link(rd, row, &link) < 0) {
			pass_state(rd->pass, STATE_CONVERGING, "agentctl facts",
				   "[Interface %s] waits for the metadata: %s", row->name,
				   facts_why(rd->pass->facts, "interfaces"));
			continue;
		}
		if (!link || rd->taken[link - rd->pass->net->links]) {
			pass_state(rd->pass, STATE_DEGRADED, "ip link show",
				   link ? "[Interface %s] (%s) is a link that another section has"
					: "[Interface %s] (%s) is no link of this host",
				   row->name, row->match ? row->match : "by name");
			continue;
		}
		rd->taken[link - rd->pass->net->links] = true;
		if (row->mode == INTERFACE_KEEP) {
			keep_network(rd, row);
			continue;
		}
		r = want_add(rd, link, row, meta_find(rd, "mac", mac_format(link->mac, mac)));
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_meta(struct reader *rd)
{
	const struct fact *fact = facts_get(rd->pass->facts, "interfaces");
	size_t n = rd->meta ? json_object_array_length(rd->meta) : 0;
	int r;

	if ((!fact || fact->state == FACT_UNKNOWN) && !rd->meta &&
	    !rd->pass->settings->n_interfaces)
		pass_state(rd->pass, STATE_CONVERGING, "agentctl facts",
			   "all stays as it is until the metadata tells the addresses: %s",
			   facts_why(rd->pass->facts, "interfaces"));
	for (size_t i = 0; i < n; i++) {
		struct json_object *iface = json_object_array_get_idx(rd->meta, i);
		const char *type = compose_str(iface, "network_type"),
			   *mac = compose_str(iface, "mac");
		const struct sys_link *link = link_of_mac(rd->pass, mac);

		if (!type || strcmp(type, "automatic"))
			continue;
		if (!link) {
			pass_state(rd->pass, STATE_DEGRADED, "ip link show",
				   "the metadata names an interface %s that no link here has",
				   mac ? mac : "without MAC");
			continue;
		}
		if (rd->taken[link - rd->pass->net->links])
			continue;
		rd->taken[link - rd->pass->net->links] = true;
		r = want_add(rd, link, NULL, iface);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * What the metadata said last in this boot. Without its address a host cannot ask: who takes that
 * away would keep us from giving it back.
 */
static struct json_object *remembered(struct pass *pass, struct json_object *meta)
{
	const struct fact *fact = facts_get(pass->facts, "interfaces");
	struct json_object *kept = NULL;

	if (meta)
		(void)json_set(pass->state, "interfaces", json_object_get(meta));
	else if (fact && fact->state == FACT_UNKNOWN &&
		 json_get_arr(pass->state, "interfaces", &kept) == 0)
		return kept;
	return meta;
}

int ifaces_read(struct pass *pass, struct ifaces *ret)
{
	_cleanup_(ifaces_done) struct ifaces want = {};
	_cleanup_free_ bool *taken = calloc(pass->net->n_links + 1, sizeof(*taken));
	struct reader rd = { .pass = pass, .want = &want, .taken = taken };
	int r;

	if (!taken)
		return -ENOMEM;
	rd.meta = facts_value(pass->facts, "interfaces");
	if (rd.meta && !json_object_is_type(rd.meta, json_type_array))
		rd.meta = NULL;
	rd.meta = remembered(pass, rd.meta);
	r = read_rows(&rd);
	if (r < 0)
		return r;
	r = read_meta(&rd);
	if (r < 0)
		return r;
	compose_metrics(pass->net, &want);
	*ret = want;
	want = (struct ifaces){};
	return 0;
}
