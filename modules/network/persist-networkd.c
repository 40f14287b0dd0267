/* SPDX-License-Identifier: MIT */
/* persist-networkd.c -- systemd.network(5) files */
#include "modules/network/persist.h"

#define UNIT "systemd-networkd.service"

/* The folder is made at each boot, whether it runs or not; the file is its own, and outlives it. */
static int networkd_probe(struct sys *sys, const struct ifaces *want)
{
	return (sys_exists(sys, "/run/systemd/netif/state") && sys_unit_runs(sys, UNIT)) ||
	       sys_unit_enabled(sys, UNIT);
}

/* T may be NULL: nothing. */
static void add_route(const struct sys_route *t, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	if (!t)
		return;
	buf_adds(out, "\n[Route]\n");
	if (t->dst.prefix > 0)
		buf_addf(out, "Destination=%s\n", addr_format(&t->dst, true, text));
	if (t->gateway.family)
		buf_addf(out, "Gateway=%s\n", addr_format(&t->gateway, false, text));
	else
		buf_adds(out, "Scope=link\n");
	if (t->metric)
		buf_addf(out, "Metric=%u\n", t->metric);
}

/*
 * Of IPv6 only the addresses are ours: what routers announce is taken as before. Without
 * KeepConfiguration= each address that is there goes and comes again when the file is taken.
 */
static int networkd_render(const struct iface *list, size_t n, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	for (const struct iface *wi = list; wi < list + n; wi++) {
		buf_addf(out, PERSIST_MARK "[Match]\nName=%s\n\n", wi->link->name);
		if (wi->mtu)
			buf_addf(out, "[Link]\nMTUBytes=%u\n\n", wi->mtu);
		buf_addf(out, "[Network]\nKeepConfiguration=static\nDHCP=%s\n",
			 persist_has(wi, AF_INET) ? "no" : "ipv4");
		for (size_t i = 0; i < wi->n_addrs; i++)
			buf_addf(out, "Address=%s\n", addr_format(&wi->addrs[i], true, text));
		add_route(persist_gateway(wi, AF_INET), out);
		add_route(persist_gateway(wi, AF_INET6), out);
		for (size_t i = 0; i < wi->n_routes; i++)
			add_route(&wi->routes[i], out);
	}
	return out->error;
}

/* The first file that fits an interface is taken, by name, whichever folder it lies in. */
const struct persister persister_networkd = {
	.name = "systemd-networkd",
	.etc = "/etc/systemd/network",
	.run = "/run/systemd/network",
	.prefix = "00-envagent-",
	.suffix = ".network",
	.each = true,
	.mode = 0644,
	.door = "networkd:files",
	.probe = networkd_probe,
	.render = networkd_render,
};
