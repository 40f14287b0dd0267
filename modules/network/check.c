/* SPDX-License-Identifier: MIT */
/* check.c -- whether the machine has the addresses and routes that it shall have */
#include "modules/network/check.h"

#include <errno.h>

bool check_same(const struct addr *a, const struct addr *b)
{
	return addr_equal(a, b) && a->prefix == b->prefix;
}

const struct sys_addr *check_addr(const struct sys_net *net, int index, const struct addr *a)
{
	for (size_t i = 0; i < net->n_addrs; i++)
		if (net->addrs[i].index == index && check_same(&net->addrs[i].addr, a))
			return &net->addrs[i];
	return NULL;
}

bool check_route(const struct sys_net *net, const struct sys_route *w)
{
	for (size_t i = 0; i < net->n_routes; i++) {
		const struct sys_route *t = &net->routes[i];

		if (t->index == w->index && t->metric == w->metric &&
		    check_same(&t->dst, &w->dst) && addr_equal(&t->gateway, &w->gateway) &&
		    t->protocol == w->protocol)
			return true;
	}
	return false;
}

static bool addrs_there(struct pass *pass, const struct sys_net *net, const struct iface *wi)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < wi->n_addrs; i++) {
		const struct sys_addr *a = check_addr(net, wi->link->index, &wi->addrs[i]);

		addr_format(&wi->addrs[i], true, text);
		if (!a) {
			pass_state(pass, STATE_FAILED, "ip address show",
				   "%s is not on %s though it was set", text, wi->link->name);
			return false;
		}
		if (!a->permanent) {
			pass_state(pass, STATE_DEGRADED, "networkctl status; nmcli device status",
				   "%s on %s has a lifetime of %us again: a DHCP client that is "
				   "not known here renews it",
				   text, wi->link->name, a->valid);
			return false;
		}
	}
	return true;
}

static bool routes_there(struct pass *pass, const struct sys_net *net, const struct iface *wi)
{
	const struct sys_route *const defaults[] = { &wi->gateway, &wi->gateway6 };
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		if (!defaults[i]->gateway.family || check_route(net, defaults[i]))
			continue;
		pass_state(pass, STATE_FAILED, "ip route show",
			   "the default route via %s on %s is not there though it was set",
			   addr_format(&defaults[i]->gateway, false, text), wi->link->name);
		return false;
	}
	for (size_t i = 0; i < wi->n_routes; i++) {
		if (check_route(net, &wi->routes[i]))
			continue;
		pass_state(pass, STATE_FAILED, "ip route show",
			   "the route to %s on %s is not there though it was set",
			   addr_format(&wi->routes[i].dst, true, text), wi->link->name);
		return false;
	}
	return true;
}

static bool link_there(struct pass *pass, const struct sys_net *net, const struct iface *wi)
{
	for (size_t i = 0; i < net->n_links; i++) {
		const struct sys_link *link = &net->links[i];

		if (link->index != wi->link->index)
			continue;
		if (link->carrier)
			return true;
		pass_state(pass, STATE_DEGRADED, "ip link show", "%s has no carrier", link->name);
		return false;
	}
	pass_state(pass, STATE_FAILED, "ip link show", "%s went away", wi->link->name);
	return false;
}

static int clients_gone(struct pass *pass, const struct iface *wi, bool *ret)
{
	struct sys_dhcp *clients = NULL;
	size_t n = 0;
	int r;

	r = sys_dhcp_find(pass->sys, wi->link->name, &clients, &n);
	if (r < 0)
		return log_warning_errno(r, "Cannot look for DHCP clients of %s: %m",
					 wi->link->name);
	if (n > 0)
		pass_state(pass, STATE_DEGRADED, "see what starts it",
			   "%s (process %d) serves %s again", clients[0].program,
			   (int)clients[0].pid, wi->link->name);
	*ret = n == 0;
	sys_dhcp_free(clients, n);
	return 0;
}

static void add_text(struct buf *b, const struct iface *wi)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < wi->n_addrs; i++)
		buf_addf(b, "%s%s", b->len ? ", " : "", addr_format(&wi->addrs[i], true, text));
	buf_adds(b, " static");
	if (wi->gateway.gateway.family)
		buf_addf(b, " via %s", addr_format(&wi->gateway.gateway, false, text));
	if (wi->gateway6.gateway.family)
		buf_addf(b, " and %s", addr_format(&wi->gateway6.gateway, false, text));
	buf_addf(b, " on %s", wi->link->name);
}

int check_ifaces(struct pass *pass, const struct sys_net *net, const struct ifaces *want,
		 bool clients)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	for (size_t i = 0; i < want->n; i++) {
		const struct iface *wi = &want->list[i];
		bool gone = true;

		if (!link_there(pass, net, wi) || !addrs_there(pass, net, wi) ||
		    !routes_there(pass, net, wi))
			continue;
		r = clients ? clients_gone(pass, wi, &gone) : 0;
		if (r < 0)
			return r;
		if (gone)
			add_text(&text, wi);
	}
	if (text.error)
		return text.error;
	if (text.len)
		pass_state(pass, STATE_READY, NULL, "%s", text.data);
	else if (!want->n)
		pass_state(pass, STATE_READY, NULL,
			   "no interface is declared, all stay as they are");
	return 0;
}
