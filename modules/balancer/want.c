/* SPDX-License-Identifier: MIT */
/* want.c -- which pools this environment should have */
#include "modules/balancer/want.h"

#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/sys/sys.h"

void mux_pool_done(struct mux_pool *p)
{
	for (size_t i = 0; i < p->n_members; i++) {
		free(p->members[i].name);
		free(p->members[i].address);
	}
	free(p->members);
	free(p->name);
	free(p->monitor);
	free(p->send);
	*p = (struct mux_pool){};
}

void want_done(struct want *w)
{
	for (size_t i = 0; i < w->n; i++)
		mux_pool_done(&w->pools[i]);
	free(w->pools);
	*w = (struct want){};
}

static int by_member(const void *a, const void *b)
{
	const struct mux_member *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int by_pool(const void *a, const void *b)
{
	const struct mux_pool *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int add_member(struct mux_pool *p, const char *address, unsigned port)
{
	struct mux_member *members = reallocarray(p->members, p->n_members + 1, sizeof(*members));
	struct mux_member m = { .enabled = true };
	struct addr a;

	if (!members)
		return -ENOMEM;
	p->members = members;
	/* The port of an IPv6 member stands behind a dot: its address has the colons. */
	m.name = addr_parse(address, &a) == 0 && a.family == AF_INET6
			 ? str_printf("%s.%u", address, port)
			 : str_printf("%s:%u", address, port);
	m.address = strdup(address);
	members[p->n_members++] = m;
	return m.name && m.address ? 0 : -ENOMEM;
}

static bool serves(const struct service_row *s, const struct host_row *h)
{
	if (strv_contains(s->hosts, h->name))
		return true;
	for (size_t i = 0; s->roles && s->roles[i]; i++) {
		if (strv_contains(h->roles, s->roles[i]))
			return true;
	}
	return false;
}

/*
 * Monitor=http:/health is a monitor of our own, named by what it asks: services with an equal check
 * share one, and with it one request of a first registration. It asks for the base domain, which is
 * the same in all environments: each check that differs costs HAProxy backends of its own.
 * vhost:/health asks for the service's public name.
 */
static int set_monitor(struct mux_pool *p, const char *monitor, const char *id, const char *domain)
{
	bool vhost = monitor && !strncmp(monitor, "vhost:", 6);
	char hash[65];

	if (!monitor || !strcmp(monitor, "none"))
		return 0;
	if (!strcmp(monitor, "tcp")) {
		p->monitor = strdup("/Common/tcp");
		return p->monitor ? 0 : -ENOMEM;
	}
	if (!vhost && strncmp(monitor, "http:", 5) != 0)
		return -EINVAL;
	/* The two characters backslash and r: that is how a BIG-IP keeps a line's end. */
	p->send = str_printf("GET %s HTTP/1.1\\r\\nHost: %s%s%s\\r\\nConnection: close\\r\\n\\r\\n",
			     strchr(monitor, ':') + 1, vhost ? p->name : "", vhost ? "." : "",
			     domain);
	if (!p->send)
		return -ENOMEM;
	sys_sha256(p->send, strlen(p->send), hash);
	p->monitor = str_printf("/test-%s/http-%.12s", id, hash);
	return p->monitor ? 0 : -ENOMEM;
}

static int want_pool(const struct pass *pass, const struct service_row *s, const char *id,
		     struct mux_pool *ret, char **ret_why)
{
	struct json_object *nat = facts_value(pass->facts, "nat");
	struct mux_pool p = {};
	const char *address;
	int r;

	p.name = str_printf("%s-%s", s->name, id);
	r = p.name ? set_monitor(&p, s->monitor, id, pass->settings->agent.base_domain ?: "")
		   : -ENOMEM;
	for (size_t i = 0; r == 0 && i < pass->settings->n_hosts; i++) {
		const struct host_row *h = &pass->settings->hosts[i];

		if (!serves(s, h))
			continue;
		if (!nat || json_get_str(nat, h->name, &address) < 0) {
			*ret_why = str_printf(
				"host %s of service %s has no NAT address towards the "
				"mux's network %s%s%s",
				h->name, s->name,
				pass->settings->mux.network ?: "(Network= is not set)",
				nat ? "" : ": ", nat ? "" : facts_why(pass->facts, "nat"));
			r = *ret_why ? -EAGAIN : -ENOMEM;
			break;
		}
		r = add_member(&p, address, s->port);
	}
	if (r < 0) {
		mux_pool_done(&p);
		return r;
	}
	if (p.n_members > 1)
		qsort(p.members, p.n_members, sizeof(*p.members), by_member);
	*ret = p;
	return 0;
}

int want_pools(const struct pass *pass, struct want *ret, char **ret_why)
{
	const struct settings *st = pass->settings;
	const char *id = facts_str(pass->facts, "config_id");
	struct want w = { .pools = calloc(st->n_services + 1, sizeof(*w.pools)) };
	int r = w.pools ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < st->n_services; i++) {
		const struct service_row *s = &st->services[i];

		if (!s->public)
			continue;
		if (s->kubernetes) {
			*ret_why = str_printf("service %s asks for Kubernetes=, which this version "
					      "cannot read; give Hosts= or Roles=",
					      s->name);
			r = *ret_why ? -EINVAL : -ENOMEM;
			break;
		}
		r = want_pool(pass, s, id, &w.pools[w.n], ret_why);
		w.n += r == 0;
	}
	if (r < 0) {
		want_done(&w);
		return r;
	}
	if (w.n > 1)
		qsort(w.pools, w.n, sizeof(*w.pools), by_pool);
	*ret = w;
	return 0;
}

void want_hash(const struct want *w, char ret[65])
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < w->n; i++) {
		const struct mux_pool *p = &w->pools[i];

		buf_addf(&b, "%s|%s|%s\n", p->name, p->monitor ?: "", p->send ?: "");
		for (size_t k = 0; k < p->n_members; k++)
			buf_addf(&b, " %s %d\n", p->members[k].name, p->members[k].enabled);
	}
	sys_sha256(b.data ?: "", b.len, ret);
}
