/* SPDX-License-Identifier: MIT */
/* haproxy-route.c -- routes into slots: servers that come, stay and leave */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

/* Requests and tunnels under way when their server left may end within this. */
#define GRACE_MS 30000
#define LEAVING_MS 50
/* A request that was routed just before its pool moved may still have to choose a server there. */
#define MOVED_MS 2000

static const struct driver_member *member_named(const struct driver_route *r, const char *name)
{
	for (size_t i = 0; i < r->n_members; i++) {
		if (!strcmp(r->members[i].name, name))
			return &r->members[i];
	}
	return NULL;
}

static struct server *server_of(struct slot *s, const struct driver_member *m)
{
	for (size_t i = 0; i < s->n_servers; i++) {
		struct server *v = &s->servers[i];

		/* Never another address: that is a new server. */
		if (!v->leaving && !strcmp(v->member.name, m->name) && v->member.port == m->port &&
		    addr_equal(&v->member.addr, &m->addr))
			return v;
	}
	return NULL;
}

static void server_leave(struct batch *b, const struct slot *s, struct server *v)
{
	if (v->leaving)
		return;
	v->leaving = true;
	v->leaving_since = haproxy_now_ms();
	b->d->none_leaving = false;
	b->d->leaving_at = 0;
	batch_add(b, "set server p%u/%s state maint", s->number, v->name);
}

static void server_change(struct batch *b, const struct slot *s, struct server *v,
			  const struct driver_member *m)
{
	bool state = v->member.admin != m->admin, weight = v->member.weight != m->weight;

	v->member.admin = m->admin;
	v->member.weight = m->weight;
	if (state)
		batch_state(b, s, v);
	else if (weight)
		batch_add(b, "set weight p%u/%s %u", s->number, v->name, m->weight);
}

/* What differs between slot S and the members of R, as commands; none for a member that stays. */
static int merge_members(struct batch *b, struct slot *s, const struct driver_route *r)
{
	/* Who comes is there before the others leave: there is no moment without any. */
	for (size_t i = 0; i < r->n_members; i++) {
		const struct driver_member *m = &r->members[i];
		struct server *v = server_of(s, m);

		if (v) {
			server_change(b, s, v, m);
			continue;
		}
		v = haproxy_add_server(b->d, s, m);
		if (!v)
			return -ENOMEM;
		batch_server(b, s, v);
	}
	for (size_t i = 0; i < s->n_servers; i++) {
		struct server *v = &s->servers[i];
		const struct driver_member *m = member_named(r, v->member.name);

		if (!m || server_of(s, m) != v)
			server_leave(b, s, v);
	}
	return 0;
}

static void leave_slot(struct batch *b, struct slot *s)
{
	for (size_t i = 0; i < s->n_servers; i++)
		server_leave(b, s, &s->servers[i]);
	haproxy_leave(b->d, s);
}

/* Its route is elsewhere by now: the servers are there for a moment yet. */
static void leave_behind(struct driver *d, struct slot *s)
{
	for (size_t i = 0; i < s->n_servers; i++)
		s->servers[i].serving = !s->servers[i].leaving;
	haproxy_leave(d, s);
}

int haproxy_place(struct batch *b, const struct driver_route *r)
{
	struct slot *old = haproxy_slot(b->d, r->label), *s = old;
	size_t old_at = old ? (size_t)(old - b->d->slots) : 0;
	bool had = old, stays = old && haproxy_suits(b->d, old, r->lb, &r->monitor);
	int q;

	if (!stays)
		s = haproxy_acquire(b->d, r->lb, &r->monitor, r->label);
	if (!s)
		return -ENOMEM;
	if (!(b->keep ? s->filed : s->live))
		b->mute = true;
	q = merge_members(b, s, r);
	if (q < 0 && !stays)
		haproxy_leave(b->d, s);
	if (q < 0 || stays)
		return q;
	/* "add" of a row that is there would make a second one, which nobody ever sees. */
	batch_add(b, "%s map %s %s p%u", had ? "set" : "add", batch_map(b), r->label, s->number);
	if (had)
		leave_behind(b->d, &b->d->slots[old_at]);
	return 0;
}

void haproxy_unplace(struct batch *b, const char *label)
{
	struct slot *s = haproxy_slot(b->d, label);

	if (!s)
		return;
	batch_add(b, "del map %s %s", batch_map(b), label);
	leave_slot(b, s);
}

int haproxy_move(struct batch *b, struct slot *from)
{
	_cleanup_(driver_route_done) struct driver_route route = { .lb = from->lb };
	int r;

	route.members = calloc(from->n_servers + 1, sizeof(*route.members));
	route.label = strdup(from->label);
	if (!route.members || !route.label)
		return -ENOMEM;
	r = haproxy_monitor_copy(&from->monitor, &route.monitor);
	for (size_t i = 0; r == 0 && i < from->n_servers; i++) {
		struct driver_member *m = &route.members[route.n_members];

		if (from->servers[i].leaving)
			continue;
		*m = from->servers[i].member;
		m->name = strdup(from->servers[i].member.name);
		route.n_members++;
		r = m->name ? 0 : -ENOMEM;
	}
	return r < 0 ? r : haproxy_place(b, &route);
}

/* ---- leaving ---- */

/* One try to delete a leaving server; true if it is gone. */
static bool delete_server(struct driver *d, struct slot *s, size_t i)
{
	struct server *v = &s->servers[i];
	_cleanup_buf_ struct buf command = BUF_INIT, out = BUF_INIT;
	uint64_t now = haproxy_now_ms();

	if (now < v->try_at || (v->serving && now < v->leaving_since + MOVED_MS))
		return false;
	/* Soon at first, for most have no connection at all; then less and less often. */
	v->try_at = now + (now - v->leaving_since < MOVED_MS + 1000 ? LEAVING_MS : 1000);
	if (v->serving)
		buf_addf(&command, "set server p%u/%s state maint;", s->number, v->name);
	if (!v->cut && now > v->leaving_since + GRACE_MS) {
		v->cut = true;
		buf_addf(&command, "shutdown sessions server p%u/%s;", s->number, v->name);
	}
	buf_addf(&command, "del server p%u/%s", s->number, v->name);
	if (command.error || haproxy_ask(d, command.data, &out) < 0 || !out.data)
		return false;
	v->serving = false;
	if (!strstr(out.data, "Server deleted.") && !strstr(out.data, "No such server"))
		return false;
	haproxy_drop_server(s, i);
	return true;
}

bool haproxy_delete_leaving(struct driver *d)
{
	uint64_t now = haproxy_now_ms();
	bool left = false;

	if (d->none_leaving || now < d->leaving_at)
		return !d->none_leaving;
	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		for (size_t k = s->n_servers; s->live && k-- > 0;) {
			if (s->servers[k].leaving && !delete_server(d, s, k))
				left = true;
		}
	}
	d->none_leaving = !left;
	d->leaving_at = now + LEAVING_MS;
	return left;
}
