/* SPDX-License-Identifier: MIT */
/* clients.c -- the DHCP clients of a link are ended, unless they work for others too */
#include "modules/network/clients.h"

static bool declared(const struct ifaces *want, const struct sys_link *l)
{
	for (size_t i = 0; i < want->n; i++)
		if (want->list[i].link->index == l->index)
			return true;
	return false;
}

static bool leased(const struct sys_net *net, const struct sys_link *l)
{
	for (size_t i = 0; i < net->n_addrs; i++)
		if (net->addrs[i].index == l->index && net->addrs[i].addr.family == AF_INET &&
		    !net->addrs[i].permanent)
			return true;
	return false;
}

/* A link that is not ours and that D works for, too: it would lose its lease. NULL: none. */
static const struct sys_link *serves_also(const struct pass *pass, const struct ifaces *want,
					  const struct sys_dhcp *d)
{
	for (size_t i = 0; i < pass->net->n_links; i++) {
		const struct sys_link *l = &pass->net->links[i];

		if (!l->loopback && !declared(want, l) && sys_dhcp_serves(d, l->name) &&
		    (leased(pass->net, l) || !sys_dhcp_serves(d, "")))
			return l;
	}
	return NULL;
}

int clients_plan_stop(struct pass *pass, const struct ifaces *want, const struct iface *wi,
		      bool *ret)
{
	const struct sys_link *other;
	struct sys_dhcp *clients = NULL;
	size_t n = 0;
	int r;

	r = sys_dhcp_find(pass->sys, wi->link->name, &clients, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		other = serves_also(pass, want, &clients[i]);
		if (!other)
			continue;
		pass_state(pass, STATE_DEGRADED, "correct it, then: agentctl apply",
			   "%s stays as it is: its %s (pid %d) leases for %s as well, which is not "
			   "ours; give each a client of its own, or %s an [Interface] section",
			   wi->link->name, clients[i].program, (int)clients[i].pid, other->name,
			   other->name);
		r = 1;
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		r = plan_dhcp_stop(pass->plan, wi->link->name, &clients[i]);
		r = r < 0 ? r : 0;
	}
	*ret = n > 0;
	sys_dhcp_free(clients, n);
	return r;
}
