/* SPDX-License-Identifier: MIT */
/*
 * haproxy-resume.c -- an envmux that starts goes on where the former one was
 *
 * What a running HAProxy has is not touched where it is right: no reload, no other slot, no new
 * server. Beside the configuration lies what HAProxy cannot tell (which member a server is, how it
 * is checked, what a slot can do); the rest it is asked, for it may be a moment further than the
 * files.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

#define FIRST "envmux-slots 2"
#define ADMIN_MAINT 0x01 /* of srv_admin_state: management.txt, "show servers state" */
#define ADMIN_DRAIN 0x08

/* ---- to the file ---- */

static void put_slot(const struct slot *s, struct buf *b)
{
	char text[ADDR_TEXT_MAX];

	buf_addf(b, "slot %zu %d %s %d", s->class, s->live, s->label ?: "-", (int)s->lb);
	haproxy_monitor_put(&s->monitor, b);
	buf_addc(b, '\n');
	for (size_t i = 0; i < s->n_servers; i++) {
		const struct server *v = &s->servers[i];

		if (!v->leaving)
			buf_addf(b, "server %s %s %s %u\n", v->name, v->member.name,
				 addr_format(&v->member.addr, false, text), v->member.port);
	}
}

void haproxy_slots_text(const struct driver *d, uint64_t number, uint64_t front, struct buf *b)
{
	buf_addf(b, FIRST " %llu %ld %llx\n", (unsigned long long)number, d->worker,
		 (unsigned long long)front);
	for (size_t i = 0; i < d->n_classes; i++) {
		buf_addf(b, "class %d %d", d->classes[i].live, (int)d->classes[i].lb);
		haproxy_monitor_put(&d->classes[i].rules, b);
		buf_addc(b, '\n');
	}
	for (size_t i = 0; i < d->n_slots; i++)
		put_slot(&d->slots[i], b);
	/* A file that was cut is none. */
	buf_adds(b, "end\n");
}

/* ---- from the file ---- */

static int take_class(struct driver *d, const char *line)
{
	int live, lb, end = 0, r;
	struct class *classes;

	if (sscanf(line, "class %d %d %n", &live, &lb, &end) != 2 || end == 0 || lb < 0 ||
	    lb > DRIVER_LEAST_CONNECTIONS)
		return -EBADMSG;
	classes = reallocarray(d->classes, d->n_classes + 1, sizeof(*classes));
	if (!classes)
		return -ENOMEM;
	d->classes = classes;
	classes[d->n_classes] = (struct class){ .lb = (enum driver_lb)lb, .live = live };
	r = haproxy_monitor_take(line + end, &classes[d->n_classes].rules);
	d->n_classes += r == 0;
	return r;
}

static int take_slot(struct driver *d, const char *line)
{
	struct slot *slots, s = { .number = (unsigned)d->n_slots };
	char label[256];
	int live, lb, end = 0, r;

	if (sscanf(line, "slot %zu %d %255s %d %n", &s.class, &live, label, &lb, &end) != 4 ||
	    end == 0 || s.class >= d->n_classes)
		return -EBADMSG;
	slots = reallocarray(d->slots, d->n_slots + 1, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	d->slots = slots;
	s.live = live;
	s.lb = (enum driver_lb)lb;
	r = haproxy_monitor_take(line + end, &s.monitor);
	if (r < 0)
		return r;
	if (strcmp(label, "-") != 0 && !(s.label = strdup(label))) {
		driver_monitor_done(&s.monitor);
		return -ENOMEM;
	}
	s.on_disk = s.label;
	slots[d->n_slots++] = s;
	return 0;
}

static int take_server(struct driver *d, const char *line)
{
	char name[24], member[256], address[ADDR_TEXT_MAX];
	struct driver_member m = { .name = member, .weight = 1 };
	struct slot *s = d->n_slots > 0 ? &d->slots[d->n_slots - 1] : NULL;
	struct server *v;

	if (!s || sscanf(line, "server %23s %255s %47s %u", name, member, address, &m.port) != 4 ||
	    addr_parse(address, &m.addr) < 0)
		return -EBADMSG;
	v = haproxy_add_server(d, s, &m);
	if (!v)
		return -ENOMEM;
	snprintf(v->name, sizeof(v->name), "%s", name);
	s->on_disk = true;
	return 0;
}

static int take_line(struct driver *d, const char *line)
{
	if (!strncmp(line, "class ", 6))
		return take_class(d, line);
	if (!strncmp(line, "slot ", 5))
		return take_slot(d, line);
	return take_server(d, line);
}

/* The number and the worker that the file speaks of, if it goes with FRONT. */
static int read_slots(struct driver *d, uint64_t front, uint64_t *ret_number, long *ret_worker)
{
	_cleanup_free_ char *path = str_printf("%s/slots", d->dir);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	unsigned long long number, hash;
	char line[4096];
	int r;

	if (!f)
		return path ? -errno : -ENOMEM;
	if (!fgets(line, sizeof(line), f) ||
	    sscanf(line, FIRST " %llu %ld %llx", &number, ret_worker, &hash) != 3 || hash != front)
		return -ESTALE;
	while (fgets(line, sizeof(line), f)) {
		if (!strcmp(line, "end\n")) {
			*ret_number = number;
			return 0;
		}
		r = take_line(d, line);
		if (r < 0)
			return r;
	}
	return -EBADMSG;
}

/* ---- what HAProxy has ---- */

static struct slot *slot_named(struct driver *d, const char *name)
{
	unsigned n;
	int end = 0;

	return sscanf(name, "p%u%n", &n, &end) == 1 && !name[end] && n < d->n_slots ? &d->slots[n]
										    : NULL;
}

/* Its row is for another label than the files say: whatever is in it, it is to be left. */
static int set_label(struct slot *s, const char *label)
{
	char *copy = strdup(label);

	if (!copy)
		return -ENOMEM;
	free(s->label);
	s->label = copy;
	s->monitor.interval = 0; /* nobody asks for that: haproxy_suits() */
	return 0;
}

static int take_rows(struct driver *d)
{
	_cleanup_free_ char *command = str_printf("show map %s", d->map);
	_cleanup_free_ bool *seen = calloc(d->n_slots + 1, sizeof(*seen));
	_cleanup_buf_ struct buf out = BUF_INIT;
	char label[256], backend[32], *save = NULL;
	int r = command && seen ? haproxy_ask(d, command, &out) : -ENOMEM;

	if (r == 0 && !haproxy_whole(&out))
		r = -EAGAIN;
	for (char *l = r == 0 && out.data ? strtok_r(out.data, "\n", &save) : NULL; r == 0 && l;
	     l = strtok_r(NULL, "\n", &save)) {
		struct slot *s;

		if (sscanf(l, "0x%*s %255s %31s", label, backend) != 2)
			return -EBADMSG;
		s = slot_named(d, backend);
		if (!s || seen[s->number])
			return -EBADMSG;
		seen[s->number] = true;
		if (!s->label || strcmp(s->label, label) != 0)
			r = set_label(s, label);
	}
	for (size_t i = 0; r == 0 && i < d->n_slots; i++) {
		if (!seen[i])
			haproxy_leave(d, &d->slots[i]);
	}
	return r;
}

static struct server *server_named(struct slot *s, const char *name)
{
	for (size_t i = 0; i < s->n_servers; i++) {
		if (!strcmp(s->servers[i].name, name))
			return &s->servers[i];
	}
	return NULL;
}

/* A server that HAProxy has: as it is there, or, if the files do not know it, one that leaves. */
static int take_running(struct driver *d, const char *line)
{
	char backend[64], name[64], address[64];
	unsigned admin, weight, port;
	struct driver_member m = { .name = name };
	unsigned long long n;
	struct server *v;
	struct slot *s;

	if (sscanf(line, "%*d %63s", backend) != 1)
		return -EBADMSG;
	if (backend[0] != 'p' || !isdigit((unsigned char)backend[1]))
		return 0; /* not a slot */
	if (sscanf(line,
		   "%*d %*s %*d %63s %63s %*d %u %u %*d %*d %*d %*d %*d %*d %*d %*d %*d %*s %u",
		   name, address, &admin, &weight, &port) != 5 ||
	    addr_parse(address, &m.addr) < 0)
		return -EBADMSG;
	s = slot_named(d, backend);
	if (!s || strlen(name) >= sizeof(v->name) || sscanf(name, "s%llu", &n) != 1)
		return -EBADMSG;
	v = server_named(s, name);
	if (!v) {
		m.port = port;
		v = haproxy_add_server(d, s, &m);
		if (!v)
			return -ENOMEM;
		snprintf(v->name, sizeof(v->name), "%s", name);
		v->leaving = true;
		v->leaving_since = haproxy_now_ms();
	} else if (v->member.port != port || !addr_equal(&v->member.addr, &m.addr)) {
		return -EBADMSG;
	}
	d->next_server = n > d->next_server ? n : d->next_server;
	v->there = true;
	v->member.weight = weight;
	v->member.admin = admin & ADMIN_MAINT	? DRIVER_OFFLINE
			  : admin & ADMIN_DRAIN ? DRIVER_DRAIN
						: DRIVER_ENABLED;
	return 0;
}

static int take_servers(struct driver *d)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *save = NULL;
	int r = haproxy_ask(d, "show servers state", &out);

	if (r == 0 && !haproxy_whole(&out))
		r = -EAGAIN;
	for (char *l = r == 0 && out.data ? strtok_r(out.data, "\n", &save) : NULL; r == 0 && l;
	     l = strtok_r(NULL, "\n", &save)) {
		if (*l != '#' && strcmp(l, "1") != 0)
			r = take_running(d, l);
	}
	for (size_t i = 0; r == 0 && i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		for (size_t k = s->n_servers; k-- > 0;) {
			if (!s->servers[k].there)
				haproxy_drop_server(s, k);
		}
	}
	return r;
}

static void all_live(struct driver *d)
{
	for (size_t i = 0; i < d->n_classes; i++)
		d->classes[i].live = true;
	for (size_t i = 0; i < d->n_slots; i++)
		d->slots[i].live = true;
}

static int resume(struct driver *d, uint64_t front)
{
	long worker = haproxy_worker(d), known = 0;
	uint64_t number = 0, loaded;
	int r = worker > 0 ? read_slots(d, front, &number, &known) : -EAGAIN;

	if (r < 0)
		return r;
	loaded = haproxy_loaded(d);
	if (loaded == number)
		all_live(d);
	else if (loaded == 0 || known != worker)
		return -ESTALE;
	d->map = haproxy_map(d, loaded);
	if (!d->map)
		return -ENOMEM;
	r = take_rows(d);
	if (r == 0)
		r = take_servers(d);
	if (r < 0)
		return r;
	for (size_t i = 0; i < d->n_slots; i++)
		d->reload_wanted = d->reload_wanted || !d->slots[i].live;
	d->worker = worker;
	d->synced = true;
	d->former = d->former_behind = true;
	return 0;
}

int haproxy_resume(struct driver *d, uint64_t front)
{
	int r = resume(d, front);

	if (r < 0) {
		haproxy_slots_free(d);
		d->slots = NULL;
		d->classes = NULL;
		d->n_slots = d->n_classes = 0;
		d->next_server = 0;
		free(TAKE_PTR(d->map));
	}
	return r;
}
