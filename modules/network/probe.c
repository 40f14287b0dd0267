/* SPDX-License-Identifier: MIT */
/* probe.c -- what answers before a switch, and whether it still does after it */
#include "modules/network/probe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "modules/network/check.h"

#define BEFORE_USEC 1000000
#define FREE_USEC 300000
#define LOOK_USEC 20000

void probe_done(struct probe *p)
{
	free(p->links);
	*p = (struct probe){};
}

/* ---- before ---- */

static void ask_gateway(struct pass *pass, struct probe_link *l, int family)
{
	const struct sys_route *t = ifaces_default(pass->net, l->index, family);

	if (t && t->gateway.family &&
	    sys_neighbour_ask(pass->sys, l->index, &t->gateway, BEFORE_USEC, NULL) > 0)
		l->gateways[family == AF_INET6] = t->gateway;
}

int probe_before(struct pass *pass, const struct ifaces *want, struct probe *ret)
{
	struct probe p = { .n = want->n };

	p.links = calloc(want->n + 1, sizeof(*p.links));
	if (!p.links)
		return -ENOMEM;
	for (size_t i = 0; i < want->n; i++) {
		struct probe_link *l = &p.links[i];

		l->index = want->list[i].link->index;
		memcpy(l->name, want->list[i].link->name, sizeof(l->name));
		l->carrier = want->list[i].link->up && want->list[i].link->carrier;
		if (!l->carrier)
			continue;
		ask_gateway(pass, l, AF_INET);
		ask_gateway(pass, l, AF_INET6);
	}
	/* it was read for this pass, a moment ago */
	if (!pass->document || !pass->document_from ||
	    addr_parse(pass->document_from, &p.metadata) < 0)
		p.metadata.family = 0;
	*ret = p;
	return 0;
}

/* ---- after ---- */

static int has_carrier(struct pass *pass, const struct probe_link *l)
{
	_cleanup_(sys_net_done) struct sys_net net = {};
	int r;

	r = sys_net_read(pass->sys, &net);
	if (r < 0)
		return r;
	for (size_t i = 0; i < net.n_links; i++)
		if (net.links[i].index == l->index)
			return net.links[i].up && net.links[i].carrier;
	return 0;
}

static int check_carrier(struct pass *pass, const struct probe_link *l, uint64_t limit,
			 char **ret_words)
{
	uint64_t until = sys_now_monotonic() + limit;
	int r;

	while ((r = has_carrier(pass, l)) == 0 && sys_now_monotonic() < until)
		usleep(LOOK_USEC);
	if (r != 0)
		return r < 0 ? r : 0;
	*ret_words = str_printf("%s had a carrier before and has none now", l->name);
	return -EHOSTUNREACH;
}

/* The wanted gateway; that of before, where none is wanted, which then stays. */
static int check_gateway(struct pass *pass, const struct iface *wi, const struct addr *before,
			 uint64_t limit, char **ret_words)
{
	const struct sys_route *wanted = iface_gateway(wi, before->family);
	const struct addr *now = wanted->gateway.family ? &wanted->gateway : before;
	char text[ADDR_TEXT_MAX], former[ADDR_TEXT_MAX];
	int r;

	r = sys_neighbour_ask(pass->sys, wi->link->index, now, limit, NULL);
	if (r != 0)
		return r < 0 ? r : 0;
	addr_format(now, false, text);
	if (addr_equal(now, before))
		*ret_words = str_printf("the gateway %s answered on %s before and does not now",
					text, wi->link->name);
	else
		*ret_words = str_printf(
			"the gateway %s answered on %s before, and %s, the wanted one, does not",
			addr_format(before, false, former), wi->link->name, text);
	return -EHOSTUNREACH;
}

static int check_metadata(struct pass *pass, const struct probe *p, uint64_t limit,
			  char **ret_words)
{
	unsigned port = pass->settings->metadata.port;
	char text[ADDR_TEXT_MAX];
	int r;

	if (!p->metadata.family)
		return 0;
	r = sys_tcp_ask(pass->sys, &p->metadata, port, limit);
	if (r != 0)
		return r < 0 ? r : 0;
	*ret_words = str_printf("the metadata service %s:%u answered before and does not now",
				addr_format(&p->metadata, false, text), port);
	return -EHOSTUNREACH;
}

int probe_after(struct pass *pass, const struct ifaces *want, const struct probe *p, uint64_t limit,
		char **ret_words)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n; i++) {
		const struct probe_link *l = &p->links[i];

		if (!l->carrier)
			continue;
		r = check_carrier(pass, l, limit, ret_words);
		for (size_t k = 0; r >= 0 && k < ARRAY_SIZE(l->gateways); k++)
			if (l->gateways[k].family)
				r = check_gateway(pass, &want->list[i], &l->gateways[k], limit,
						  ret_words);
	}
	return r < 0 ? r : check_metadata(pass, p, limit, ret_words);
}

/* ---- is it free? ---- */

static bool on_this_host(const struct sys_net *net, const uint8_t mac[6])
{
	for (size_t i = 0; i < net->n_links; i++)
		if (memcmp(net->links[i].mac, mac, sizeof(net->links[i].mac)) == 0)
			return true;
	return false;
}

static bool to_ask(const struct pass *pass, const struct iface *wi, const struct addr *a)
{
	/* one with another prefix is ours already */
	for (size_t i = 0; i < pass->net->n_addrs; i++)
		if (pass->net->addrs[i].index == wi->link->index &&
		    addr_equal(&pass->net->addrs[i].addr, a))
			return false;
	return true;
}

bool probe_free_needed(const struct pass *pass, const struct ifaces *want)
{
	for (size_t i = 0; i < want->n; i++)
		for (size_t k = 0; k < want->list[i].n_addrs; k++)
			if (to_ask(pass, &want->list[i], &want->list[i].addrs[k]))
				return true;
	return false;
}

int probe_free(struct pass *pass, const struct ifaces *want, char **ret_words)
{
	for (size_t i = 0; i < want->n; i++) {
		const struct iface *wi = &want->list[i];

		for (size_t k = 0; k < wi->n_addrs; k++) {
			const struct addr *a = &wi->addrs[k];
			char text[ADDR_TEXT_MAX], its[MAC_TEXT_MAX];
			uint8_t mac[6];

			if (!to_ask(pass, wi, a) ||
			    sys_neighbour_ask(pass->sys, wi->link->index, a, FREE_USEC, mac) <= 0 ||
			    on_this_host(pass->net, mac))
				continue;
			*ret_words = str_printf("%s is in use on the network of %s, by %s",
						addr_format(a, false, text), wi->link->name,
						mac_format(mac, its));
			return -EADDRINUSE;
		}
	}
	return 0;
}
