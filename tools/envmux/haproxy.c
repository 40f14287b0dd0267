/* SPDX-License-Identifier: MIT */
/* haproxy.c -- the HAProxy driver: routes over the runtime socket, files behind them */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define RENDER_AFTER_MS 200
#define GRACE_MS 2000
#define RETRY_MS 1000
#define BATCH_MAX 12000 /* a command line must fit in HAProxy's 16 KiB buffer */

/* ---- batches ---- */

struct batch {
	struct driver *d;
	struct buf text;
};

static int batch_send(struct batch *b)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	if (b->text.error)
		return b->text.error < 0 ? b->text.error : -ENOMEM;
	if (b->text.len == 0)
		return 0;
	r = haproxy_do(b->d->stats_socket, b->text.data, &out);
	if (r == -EREMOTEIO)
		log_error("HAProxy refused a change: %.200s", out.data ?: "");
	buf_reset(&b->text);
	return r;
}

static int batch_add(struct batch *b, const char *fmt, ...) _printf_(2, 3);
static int batch_add(struct batch *b, const char *fmt, ...)
{
	va_list ap;
	int r = 0;

	if (b->text.len > BATCH_MAX)
		r = batch_send(b);
	if (b->text.len > 0)
		buf_adds(&b->text, ";");
	va_start(ap, fmt);
	buf_vaddf(&b->text, fmt, ap);
	va_end(ap);
	return r;
}

static int batch_state(struct batch *b, const struct slot *s, const struct server *v)
{
	static const char *const words[] = { "ready", "drain", "maint" };

	return batch_add(b, "set server p%u/%s state %s", s->number, v->name,
			 words[v->member.admin]);
}

/*
 * A server made at run time has no idle pool and no running check unless both are asked for.
 */
static int batch_server(struct batch *b, const struct slot *s, const struct server *v)
{
	const struct driver_member *m = &v->member;
	char text[ADDR_TEXT_MAX], check[96] = "";
	int r;

	if (s->monitor.check != DRIVER_CHECK_NONE)
		snprintf(check, sizeof(check), " check inter %us fall %u rise %u",
			 s->monitor.interval, s->monitor.fall, s->monitor.rise);
	r = batch_add(
		b, "add server p%u/%s %s%s%s:%u weight %u pool-max-conn -1 pool-purge-delay 5s%s",
		s->number, v->name, m->addr.family == AF_INET6 ? "[" : "",
		addr_format(&m->addr, false, text), m->addr.family == AF_INET6 ? "]" : "", m->port,
		m->weight, check);
	if (r == 0 && *check)
		r = batch_add(b, "enable health p%u/%s", s->number, v->name);
	if (r == 0)
		r = batch_add(b, "enable server p%u/%s", s->number, v->name);
	if (r == 0 && m->admin != DRIVER_ENABLED)
		r = batch_state(b, s, v);
	return r;
}

/* ---- routes into slots ---- */

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

static int server_leave(struct batch *b, struct slot *s, struct server *v)
{
	v->leaving = true;
	v->leaving_since = haproxy_now_ms();
	return s->live ? batch_add(b, "set server p%u/%s state maint", s->number, v->name) : 0;
}

/* What differs between slot S and the members of R, as commands; nothing for a member that stays.
 */
static int merge_members(struct batch *b, struct slot *s, const struct driver_route *r)
{
	int q = 0;

	for (size_t i = 0; q == 0 && i < s->n_servers; i++) {
		struct server *v = &s->servers[i];
		const struct driver_member *m = member_named(r, v->member.name);

		if (!v->leaving && (!m || server_of(s, m) != v))
			q = server_leave(b, s, v);
	}
	for (size_t i = 0; q == 0 && i < r->n_members; i++) {
		const struct driver_member *m = &r->members[i];
		struct server *v = server_of(s, m);

		if (!v) {
			v = haproxy_add_server(b->d, s, m);
			q = v ? batch_server(b, s, v) : -ENOMEM;
			continue;
		}
		if (v->member.admin != m->admin) {
			v->member.admin = m->admin;
			q = batch_state(b, s, v);
		}
		if (q == 0 && v->member.weight != m->weight) {
			v->member.weight = m->weight;
			q = batch_add(b, "set weight p%u/%s %u", s->number, v->name, m->weight);
		}
	}
	return q;
}

static int leave_slot(struct batch *b, struct slot *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n_servers; i++) {
		if (!s->servers[i].leaving)
			r = server_leave(b, s, &s->servers[i]);
	}
	haproxy_leave(s);
	return r;
}

/* R gets a slot, its members are servers there, and the map row comes last: the commit point. */
static int place_route(struct batch *b, const struct driver_route *r)
{
	struct slot *old = haproxy_slot(b->d, r->label), *s = old;
	size_t old_at = old ? (size_t)(old - b->d->slots) : 0;
	bool had = old;
	int q;

	if (old && haproxy_suits(b->d, old, r->lb, &r->monitor))
		return merge_members(b, old, r);
	if (old)
		free(TAKE_PTR(old->label)); /* the label belongs to the new slot from now on */
	s = haproxy_acquire(b->d, r->lb, &r->monitor, r->label);
	if (!s)
		return -ENOMEM;
	q = merge_members(b, s, r);
	if (q == 0)
		q = batch_add(b, "%s map %s %s p%u", had ? "set" : "add", b->d->map, r->label,
			      s->number);
	if (q == 0 && had)
		q = leave_slot(b, &b->d->slots[old_at]);
	return q;
}

static void changed(struct driver *d)
{
	if (!d->unrendered)
		d->changed_at = haproxy_now_ms();
	d->unrendered = true;
}

/* ---- reloads ---- */

/* After a start or a reload everything rendered is live, and only that. */
static void all_live(struct driver *d)
{
	struct batch b = { .d = d };

	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		s->live = true;
		d->classes[s->class].live = true;
		for (size_t k = s->n_servers; k-- > 0;) {
			if (s->servers[k].leaving) /* the new worker never had it */
				haproxy_drop_server(s, k);
			else if (s->servers[k].member.admin == DRIVER_DRAIN)
				(void)batch_state(&b, s, &s->servers[k]);
		}
	}
	if (batch_send(&b) < 0)
		d->reload_wanted = true;
	buf_done(&b.text);
}

static int reload(struct driver *d)
{
	int r = haproxy_render(d);

	if (r == 0)
		r = haproxy_reload(d);
	if (r < 0) {
		d->retry_at = haproxy_now_ms() + RETRY_MS;
		return r;
	}
	d->reload_wanted = false;
	all_live(d);
	return 0;
}

static bool all_slots_live(const struct driver *d, const struct driver_route *routes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct slot *s = haproxy_slot((struct driver *)d, routes[i].label);

		if (s && !s->live)
			return false;
	}
	return true;
}

int driver_set(struct driver *d, const struct driver_route *routes, size_t n)
{
	struct batch b = { .d = d };
	int r = 0;

	changed(d);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = place_route(&b, &routes[i]);
	if (r == 0)
		r = all_slots_live(d, routes, n) ? batch_send(&b) : reload(d);
	buf_done(&b.text);
	if (r < 0) {
		/* The slots hold what shall be: a reload from them brings it there. */
		d->reload_wanted = true;
		return r == -ENOMEM ? r : -EAGAIN;
	}
	return 0;
}

int driver_remove(struct driver *d, const char *const *labels, size_t n)
{
	struct batch b = { .d = d };
	int r = 0;

	changed(d);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct slot *s = haproxy_slot(d, labels[i]);

		if (!s)
			continue;
		r = batch_add(&b, "del map %s %s", d->map, labels[i]);
		if (r == 0)
			r = leave_slot(&b, s);
	}
	if (r == 0)
		r = batch_send(&b);
	buf_done(&b.text);
	if (r < 0)
		d->reload_wanted = true;
	return r < 0 ? -EAGAIN : 0;
}

/* ---- what goes on by itself ---- */

/* One try to delete a leaving server; a slot is free again when all of its servers are gone. */
static int delete_server(struct driver *d, struct slot *s, size_t i)
{
	struct server *v = &s->servers[i];
	_cleanup_free_ char *command = str_printf("del server p%u/%s", s->number, v->name);
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	if (!command)
		return -ENOMEM;
	if (!v->cut && haproxy_now_ms() > v->leaving_since + GRACE_MS) {
		_cleanup_free_ char *cut = str_printf("shutdown sessions server p%u/%s; %s",
						      s->number, v->name, command);

		v->cut = true;
		r = cut ? haproxy_ask(d->stats_socket, cut, &out) : -ENOMEM;
	} else {
		r = haproxy_ask(d->stats_socket, command, &out);
	}
	if (r < 0)
		return r;
	if (out.data &&
	    (strstr(out.data, "Server deleted.") || strstr(out.data, "No such server"))) {
		haproxy_drop_server(s, i);
		return 1;
	}
	return 0;
}

static bool delete_leaving(struct driver *d)
{
	bool left = false;

	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		for (size_t k = s->n_servers; s->live && k-- > 0;) {
			if (s->servers[k].leaving && delete_server(d, s, k) <= 0)
				left = true;
		}
	}
	return left;
}

/* A route that was registered before its class was live goes where its monitor is checked. */
static void move_misplaced(struct driver *d)
{
	struct slot *from = haproxy_misplaced(d);
	_cleanup_free_ struct driver_member *members = NULL;
	struct driver_route route = {};
	struct batch b = { .d = d };
	int r;

	if (!from)
		return;
	members = calloc(from->n_servers + 1, sizeof(*members));
	route.label = strdup(from->label);
	r = members && route.label ? haproxy_monitor_copy(&from->monitor, &route.monitor) : -ENOMEM;
	route.lb = from->lb;
	route.members = members;
	for (size_t i = 0; r == 0 && i < from->n_servers; i++) {
		if (!from->servers[i].leaving) {
			members[route.n_members] = from->servers[i].member;
			members[route.n_members].name = strdup(from->servers[i].member.name);
			r = members[route.n_members++].name ? 0 : -ENOMEM;
		}
	}
	from->monitor.check = DRIVER_CHECK_NONE; /* suits nobody: place_route() takes another */
	if (r == 0)
		r = place_route(&b, &route);
	if (r == 0)
		r = batch_send(&b);
	if (r < 0)
		d->reload_wanted = true;
	changed(d);
	buf_done(&b.text);
	for (size_t i = 0; i < route.n_members; i++)
		free(members[i].name);
	route.n_members = 0;
	route.members = NULL;
	driver_route_done(&route);
}

/* HAProxy died or was restarted by its unit: it serves the files, which may be a moment behind. */
static int watch_worker(struct driver *d)
{
	_cleanup_free_ char *error = NULL;
	long worker;
	int r;

	if (haproxy_reap(d) > 0 || (d->conf.spawn && d->child <= 0)) {
		if (haproxy_now_ms() < d->started_at + RETRY_MS)
			return -EAGAIN;
		r = haproxy_render(d);
		if (r == 0)
			r = haproxy_start(d, &error);
		if (r < 0) {
			log_error("%s", error ?: strerror(-r));
			return r;
		}
		d->reload_wanted = false;
		all_live(d);
		return 0;
	}
	worker = haproxy_worker(d->stats_socket);
	if (worker <= 0)
		return -EAGAIN;
	if (worker != d->worker) {
		d->worker = worker;
		d->reload_wanted = true;
	}
	return 0;
}

int driver_poll(struct driver *d)
{
	uint64_t now = haproxy_now_ms();
	bool left;

	if (now < d->retry_at)
		return (int)(d->retry_at - now);
	if (watch_worker(d) < 0) {
		d->retry_at = now + RETRY_MS / 10;
		return RETRY_MS / 10;
	}
	if (d->reload_wanted) {
		int r = reload(d);

		if (r < 0)
			log_error_errno(
				r, "HAProxy keeps its former configuration, will try again: %m");
		return 0;
	}
	move_misplaced(d);
	left = delete_leaving(d);
	if (d->unrendered && now >= d->changed_at + RENDER_AFTER_MS) {
		int r = haproxy_render(d);

		if (r < 0) {
			log_error_errno(r, "Cannot write %s, will try again: %m", d->cfg);
			d->retry_at = now + RETRY_MS;
		}
	}
	return left ? 50 : d->unrendered ? RENDER_AFTER_MS : 500;
}

/* ---- open, start, close ---- */

void driver_free(struct driver *d)
{
	if (!d)
		return;
	if (d->unrendered)
		(void)haproxy_render(d);
	haproxy_stop(d);
	haproxy_slots_free(d);
	free(d->dir);
	free(d->cfg);
	free(d->map);
	free(d->stats_socket);
	free(d->master_socket);
	free(d);
}

int driver_open(const struct driver_conf *conf, struct driver **ret, char **ret_error)
{
	struct driver *d = calloc(1, sizeof(*d));
	char state[PATH_MAX];

	if (!d)
		return -ENOMEM;
	/* HAProxy takes a relative path of a socket for an address. */
	if (!realpath(conf->state_dir, state)) {
		int r = -errno;

		*ret_error = str_printf("%s: %s", conf->state_dir, strerror(-r));
		free(d);
		return r;
	}
	d->conf = *conf;
	d->dir = str_printf("%s/haproxy", state);
	d->cfg = str_printf("%s/haproxy/haproxy.cfg", state);
	d->map = str_printf("%s/haproxy/routes.map", state);
	d->stats_socket = str_printf("%s/haproxy/stats.sock", state);
	d->master_socket = str_printf("%s/haproxy/master.sock", state);
	if (!d->dir || !d->cfg || !d->map || !d->stats_socket || !d->master_socket) {
		driver_free(d);
		return -ENOMEM;
	}
	if (mkdir(d->dir, 0750) < 0 && errno != EEXIST) {
		int r = -errno;

		*ret_error = str_printf("%s: %s", d->dir, strerror(-r));
		driver_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

int driver_start(struct driver *d, const struct driver_route *routes, size_t n, char **ret_error)
{
	static const enum driver_lb modes[] = { DRIVER_ROUND_ROBIN, DRIVER_LEAST_CONNECTIONS };
	const struct driver_monitor plain = { .check = DRIVER_CHECK_TCP };
	struct batch b = { .d = d };
	int r = 0;

	/* The plain classes are always there; a class counts as live here since the files come
	 * first. */
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct slot *s = haproxy_acquire(d, modes[i], &plain, "-");

		if (!s)
			return -ENOMEM;
		haproxy_leave(s);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = haproxy_know_class(d, routes[i].lb, &routes[i].monitor);
		if (r == 0)
			r = place_route(&b, &routes[i]);
		buf_reset(&b.text); /* nobody listens yet: the files say it all */
	}
	buf_done(&b.text);
	if (r == 0)
		r = haproxy_render(d);
	if (r == 0)
		r = haproxy_check(d, ret_error);
	if (r == 0)
		r = haproxy_start(d, ret_error);
	if (r < 0)
		return r;
	d->reload_wanted = !d->conf.spawn; /* a unit's HAProxy may have been up before the files */
	all_live(d);
	return 0;
}
