/* SPDX-License-Identifier: MIT */
/* plan-live.c -- what is no file: the host name, addresses, routes, links, DHCP clients */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

#include "agent/reconcile/live.h"

/* ---- planning ---- */

int plan_hostname(struct plan *p, const char *name)
{
	_cleanup_free_ char *now = NULL, *copy = NULL;
	struct planned *new;
	int r;

	if (!sys_live(p->sys))
		return 0;
	r = sys_hostname_get(p->sys, &now);
	if (r < 0)
		return r;
	if (strcmp(now, name) == 0)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	r = plan_add(p, CHANGE_HOSTNAME, str_printf("host name %s (was %s)", name, now), &new);
	if (r < 0)
		return r;
	new->c.name = TAKE_PTR(copy);
	return 1;
}

/* A change of LINK; SUMMARY is taken over. */
static int add_link(struct plan *p, enum change_kind kind, const char *ifname, int index,
		    char *summary, struct planned **ret)
{
	char *copy = strdup(ifname);
	int r;

	if (!copy) {
		free(summary);
		return -ENOMEM;
	}
	r = plan_add(p, kind, summary, ret);
	if (r < 0) {
		free(copy);
		return r;
	}
	(*ret)->c.ifname = copy;
	(*ret)->c.index = index;
	return 1;
}

int plan_addr_set(struct plan *p, const struct sys_link *link, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];
	struct planned *new;
	int r;

	addr_format(addr, true, text);
	r = add_link(p, CHANGE_ADDR_SET, link->name, link->index,
		     str_printf("address %s on %s", text, link->name), &new);
	if (r >= 0)
		new->c.addr = *addr;
	return r;
}

int plan_addr_del(struct plan *p, const struct sys_link *link, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];
	struct planned *new;
	int r;

	addr_format(addr, true, text);
	r = add_link(p, CHANGE_ADDR_DEL, link->name, link->index,
		     str_printf("no address %s on %s", text, link->name), &new);
	if (r >= 0)
		new->c.addr = *addr;
	return r;
}

static int add_route(struct plan *p, enum change_kind kind, const char *word,
		     const struct sys_link *link, const struct sys_route *route)
{
	char dst[ADDR_TEXT_MAX], gateway[ADDR_TEXT_MAX];
	struct planned *new;
	int r;

	live_dst(&route->dst, dst);
	if (route->gateway.family)
		addr_format(&route->gateway, false, gateway);
	r = add_link(p, kind, link->name, link->index,
		     str_printf("%s %s%s%s on %s", word, dst, route->gateway.family ? " via " : "",
				route->gateway.family ? gateway : "", link->name),
		     &new);
	if (r < 0)
		return r;
	new->c.route = *route;
	new->c.route.index = link->index;
	return 1;
}

int plan_route_set(struct plan *p, const struct sys_link *link, const struct sys_route *route)
{
	return add_route(p, CHANGE_ROUTE_SET, "route", link, route);
}

int plan_route_del(struct plan *p, const struct sys_link *link, const struct sys_route *route)
{
	return add_route(p, CHANGE_ROUTE_DEL, "no route", link, route);
}

/* What was there before C was first done: a word of live.h; NULL if C never was. */
static const char *before(const struct plan *p, const struct change *c)
{
	_cleanup_free_ char *key = NULL;
	const struct manifest_live *l;

	if (live_key(c, &key) < 0 || !key)
		return NULL;
	l = manifest_live(p->manifest, key);
	return l ? l->before : NULL;
}

bool plan_addr_ours(const struct plan *p, const struct sys_link *link, const struct addr *addr)
{
	const struct change c = {
		.kind = CHANGE_ADDR_SET,
		.ifname = (char *)link->name,
		.addr = *addr,
	};
	const char *was = before(p, &c);

	return was && strcmp(was, "permanent") != 0;
}

bool plan_route_ours(const struct plan *p, const struct sys_link *link,
		     const struct sys_route *route)
{
	const struct change c = {
		.kind = CHANGE_ROUTE_SET,
		.ifname = (char *)link->name,
		.route = *route,
	};
	const char *was = before(p, &c);

	return was && strcmp(was, "absent") == 0;
}

int plan_link_up(struct plan *p, const struct sys_link *link)
{
	struct planned *new;

	return add_link(p, CHANGE_LINK_UP, link->name, link->index,
			str_printf("link %s up", link->name), &new);
}

int plan_link_mtu(struct plan *p, const struct sys_link *link, unsigned mtu)
{
	struct planned *new;
	int r;

	r = add_link(p, CHANGE_LINK_MTU, link->name, link->index,
		     str_printf("MTU %u on %s (was %u)", mtu, link->name, link->mtu), &new);
	if (r >= 0)
		new->c.mtu = mtu;
	return r;
}

static int copy_dhcp(const struct sys_dhcp *d, struct sys_dhcp *ret)
{
	int r = 0;

	ret->pid = d->pid;
	memcpy(ret->program, d->program, sizeof(ret->program));
	for (char **s = d->argv; r >= 0 && s && *s; s++)
		r = strv_add(&ret->argv, *s);
	for (char **s = d->leases; r >= 0 && s && *s; s++)
		r = strv_add(&ret->leases, *s);
	return r;
}

int plan_dhcp_stop(struct plan *p, const char *ifname, const struct sys_dhcp *d)
{
	struct planned *new;
	int r;

	r = add_link(p, CHANGE_DHCP_STOP, ifname, 0,
		     str_printf("stop %s on %s", d->program, ifname), &new);
	return r < 0 ? r : (copy_dhcp(d, &new->c.dhcp) < 0 ? -ENOMEM : 1);
}

/* ---- applying ---- */

int plan_live_begin(struct plan *p, const struct sys_net *net, const struct change *c)
{
	_cleanup_free_ char *key = NULL, *before = NULL;
	int r;

	r = live_record(p->sys, net, c, &key, &before);
	if (r <= 0)
		return r;
	return manifest_live_begin(p->manifest, c->module, key, before);
}

int plan_live_do(struct plan *p, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_HOSTNAME:
		return sys_hostname_set(p->sys, c->name);
	case CHANGE_ADDR_SET:
		return sys_addr_set(p->sys, c->index, &c->addr);
	case CHANGE_ADDR_DEL:
		return sys_addr_del(p->sys, c->index, &c->addr);
	case CHANGE_ROUTE_SET:
		return sys_route_set(p->sys, &c->route);
	case CHANGE_ROUTE_DEL:
		return sys_route_del(p->sys, &c->route);
	case CHANGE_LINK_UP:
		return sys_link_up(p->sys, c->index);
	case CHANGE_LINK_MTU:
		return sys_link_mtu(p->sys, c->index, c->mtu);
	case CHANGE_DHCP_STOP:
		return sys_dhcp_stop(p->sys, &c->dhcp);
	default:
		return -EINVAL;
	}
}

/* C, done, set what a later change that was done took away again. */
static bool taken_away(const struct plan *p, size_t i, const char *key)
{
	for (i++; i < p->n_changes; i++) {
		const struct change *c = &p->changes[i]->c;
		_cleanup_free_ char *its = NULL;

		if ((c->kind == CHANGE_ADDR_DEL || c->kind == CHANGE_ROUTE_DEL) && c->done &&
		    live_key(c, &its) >= 0 && strcmp(its, key) == 0)
			return true;
	}
	return false;
}

void plan_live_over(struct plan *p)
{
	for (size_t i = 0; i < p->n_changes; i++) {
		const struct change *c = &p->changes[i]->c;
		_cleanup_free_ char *key = NULL;
		const struct manifest_live *l;

		if ((c->kind != CHANGE_ADDR_SET && c->kind != CHANGE_ROUTE_SET) || !c->done ||
		    live_key(c, &key) < 0 || !taken_away(p, i, key))
			continue;
		l = manifest_live(p->manifest, key);
		if (l && strcmp(l->before, "absent") == 0)
			manifest_live_forget(p->manifest, key);
	}
}
