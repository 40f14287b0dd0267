/* SPDX-License-Identifier: MIT */
/*
 * persist-netplan.c -- a file of netplan(5)
 *
 * Definitions of one id are merged over all files, so that addresses of another file would stay.
 * Ours have ids of their own, of which netplan makes the files that networkd reads first, and for
 * NetworkManager the profiles that it prefers.
 */
#include <string.h>

#include "modules/network/persist.h"

static bool has_yaml(struct sys *sys, const char *dir)
{
	_cleanup_strv_ char **names = NULL;
	bool found = false;

	if (sys_list(sys, dir, &names) < 0)
		return false;
	for (char **s = names; s && *s && !found; s++) {
		size_t len = strlen(*s);

		found = len > 5 && !strcmp(*s + len - 5, ".yaml") &&
			strcmp(*s, "99-envagent.yaml") != 0;
	}
	return found;
}

static int netplan_probe(struct sys *sys, const struct ifaces *want)
{
	return sys_exists(sys, "/usr/sbin/netplan") &&
	       (has_yaml(sys, "/etc/netplan") || has_yaml(sys, "/run/netplan") ||
		has_yaml(sys, "/lib/netplan"));
}

/* T may be NULL: nothing. */
static void add_route(const struct sys_route *t, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	if (!t)
		return;
	/* "default" is a word of newer versions only */
	if (t->dst.prefix == 0)
		buf_addf(out, "        - to: \"%s\"\n",
			 t->dst.family == AF_INET6 ? "::/0" : "0.0.0.0/0");
	else
		buf_addf(out, "        - to: \"%s\"\n", addr_format(&t->dst, true, text));
	if (t->gateway.family)
		buf_addf(out, "          via: \"%s\"\n", addr_format(&t->gateway, false, text));
	else
		buf_adds(out, "          scope: link\n");
	if (t->metric)
		buf_addf(out, "          metric: %u\n", t->metric);
}

static void add_iface(const struct iface *wi, struct buf *out)
{
	char text[ADDR_TEXT_MAX];

	buf_addf(out,
		 "    00-envagent-%s:\n"
		 "      match:\n"
		 "        name: \"%s\"\n"
		 "      critical: true\n" /* KeepConfiguration= of systemd.network(5) */
		 "      dhcp4: %s\n",
		 wi->link->name, wi->link->name, persist_has(wi, AF_INET) ? "false" : "true");
	if (wi->mtu)
		buf_addf(out, "      mtu: %u\n", wi->mtu);
	buf_adds(out, "      addresses:\n");
	for (size_t i = 0; i < wi->n_addrs; i++)
		buf_addf(out, "        - \"%s\"\n", addr_format(&wi->addrs[i], true, text));
	if (persist_gateway(wi, AF_INET) || persist_gateway(wi, AF_INET6) || wi->n_routes)
		buf_adds(out, "      routes:\n");
	add_route(persist_gateway(wi, AF_INET), out);
	add_route(persist_gateway(wi, AF_INET6), out);
	for (size_t i = 0; i < wi->n_routes; i++)
		add_route(&wi->routes[i], out);
	buf_adds(out, "      networkmanager:\n"
		      "        passthrough:\n"
		      "          connection.autoconnect-priority: \"999\"\n");
}

static int netplan_render(const struct iface *list, size_t n, struct buf *out)
{
	buf_adds(out, PERSIST_MARK "network:\n"
				   "  version: 2\n"
				   "  ethernets:\n");
	for (size_t i = 0; i < n; i++)
		add_iface(&list[i], out);
	return out->error;
}

const struct persister persister_netplan = {
	.name = "netplan",
	.etc = "/etc/netplan",
	.run = "/run/netplan",
	.prefix = "99-envagent",
	.suffix = ".yaml",
	.mode = 0600,
	.door = "netplan:files",
	.probe = netplan_probe,
	.render = netplan_render,
};
