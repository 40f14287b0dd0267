/* SPDX-License-Identifier: MIT */
/* haproxy-slots.c -- the supply of empty backends, and who has which */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

#define CLASS_SLOTS_MIN 64u
#define CLASSES_MAX 64u /* each is a reload and slots of its own */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool class_fits(const struct class *c, enum driver_lb lb, const struct driver_monitor *m)
{
	bool http = m->check == DRIVER_CHECK_HTTP;

	return c->lb == lb && same_text(c->send, http ? m->send : NULL) &&
	       same_text(c->host, http ? m->host : NULL);
}

int haproxy_monitor_copy(const struct driver_monitor *from, struct driver_monitor *to)
{
	*to = *from;
	to->send = from->send ? strdup(from->send) : NULL;
	to->host = from->host ? strdup(from->host) : NULL;
	return (from->send && !to->send) || (from->host && !to->host) ? -ENOMEM : 0;
}

/* N more slots of class C; they serve after the next reload. */
static int grow(struct driver *d, size_t c, unsigned n)
{
	struct slot *slots = reallocarray(d->slots, d->n_slots + n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	d->slots = slots;
	for (unsigned i = 0; i < n; i++) {
		slots[d->n_slots] = (struct slot){ .number = (unsigned)d->n_slots, .class = c };
		d->n_slots++;
	}
	d->reload_wanted = true;
	return 0;
}

/* ---- classes ---- */

static ssize_t find_class(const struct driver *d, enum driver_lb lb, const struct driver_monitor *m)
{
	for (size_t i = 0; i < d->n_classes; i++) {
		if (class_fits(&d->classes[i], lb, m))
			return (ssize_t)i;
	}
	return -ENOENT;
}

/* Nobody is in it, was in it a moment ago, or waits for it. */
static bool class_unused(const struct driver *d, size_t c)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		const struct slot *s = &d->slots[i];

		if (s->class == c && (s->label || s->n_servers > 0 || s->on_disk))
			return false;
		if (s->label && class_fits(&d->classes[c], s->lb, &s->monitor))
			return false;
	}
	return true;
}

/* A class with a check of its own that nobody needs any more; its slots are a new class's. */
static ssize_t unused_class(struct driver *d)
{
	for (size_t c = 0; c < d->n_classes; c++) {
		if (!d->classes[c].send || !class_unused(d, c))
			continue;
		for (size_t i = 0; i < d->n_slots; i++) {
			if (d->slots[i].class == c)
				d->slots[i].live = d->slots[i].filed = false;
		}
		d->reload_wanted = true;
		return (ssize_t)c;
	}
	return -ENOENT;
}

static ssize_t add_class(struct driver *d)
{
	struct class *classes;
	int r;

	if (d->n_classes >= CLASSES_MAX)
		return -E2BIG;
	classes = reallocarray(d->classes, d->n_classes + 1, sizeof(*classes));
	if (!classes)
		return -ENOMEM;
	d->classes = classes;
	r = grow(d, d->n_classes, d->n_classes == 0 ? d->conf.slots : CLASS_SLOTS_MIN);
	if (r < 0)
		return r;
	classes[d->n_classes] = (struct class){};
	return (ssize_t)d->n_classes++;
}

/* The class of that balancing and monitor, made if nobody had it; -errno. */
static ssize_t class_of(struct driver *d, enum driver_lb lb, const struct driver_monitor *m)
{
	bool http = m->check == DRIVER_CHECK_HTTP;
	_cleanup_free_ char *send = NULL, *host = NULL;
	ssize_t c = find_class(d, lb, m);

	if (c >= 0)
		return c;
	send = http && m->send ? strdup(m->send) : NULL;
	host = http && m->host ? strdup(m->host) : NULL;
	if (http && ((m->send && !send) || (m->host && !host)))
		return -ENOMEM;
	c = http ? unused_class(d) : -ENOENT;
	if (c < 0)
		c = add_class(d);
	if (c < 0)
		return c;
	free(d->classes[c].send);
	free(d->classes[c].host);
	d->classes[c] = (struct class){ .lb = lb, .send = TAKE_PTR(send), .host = TAKE_PTR(host) };
	return c;
}

int haproxy_know_class(struct driver *d, enum driver_lb lb, const struct driver_monitor *monitor)
{
	ssize_t c = class_of(d, lb, monitor);

	if (c == -E2BIG) /* too many different checks: these members are checked by connecting */
		return 0;
	if (c < 0)
		return (int)c;
	d->classes[c].live = true;
	return 0;
}

/* ---- routes ---- */

/* What the files still name is not free: HAProxy may come back with them. */
static bool slot_free(const struct slot *s, size_t c)
{
	return s->class == c && !s->label && s->n_servers == 0 && !s->on_disk;
}

/* A free live slot while there are plenty, without a look at all of them; or NULL. */
static struct slot *plenty(struct driver *d, size_t c)
{
	struct class *k = &d->classes[c];

	for (size_t i = 0; k->spare * 4 > k->all && i < d->n_slots; i++) {
		struct slot *s;

		k->at = k->at + 1 < d->n_slots ? k->at + 1 : 0;
		s = &d->slots[k->at];
		if (!slot_free(s, c) || !s->live)
			continue;
		k->spare--;
		return s;
	}
	k->spare = 0;
	return NULL;
}

/* A free slot of class C, a live one if there is one; more are made when a quarter is left. */
static struct slot *free_slot(struct driver *d, size_t c)
{
	size_t n_free = 0, all = 0, at = SIZE_MAX;
	struct slot *quick = plenty(d, c);
	bool growing = false;

	if (quick)
		return quick;
	for (size_t i = 0; i < d->n_slots; i++) {
		const struct slot *s = &d->slots[i];

		if (s->class != c)
			continue;
		all++;
		growing = growing || !s->live;
		if (!slot_free(s, c))
			continue;
		n_free++;
		if (at == SIZE_MAX || (s->live && !d->slots[at].live))
			at = i;
	}
	if (at == SIZE_MAX)
		at = d->n_slots;
	if ((at == d->n_slots || (n_free * 4 <= all && !growing)) &&
	    grow(d, c, (unsigned)(all ?: CLASS_SLOTS_MIN)) < 0)
		return NULL;
	d->classes[c].all = all;
	d->classes[c].spare = n_free > 0 && !growing ? n_free - 1 : 0;
	return &d->slots[at];
}

static void slot_forget(struct driver *d, struct slot *s)
{
	haproxy_unlabel(d, s);
	free(s->monitor.send);
	free(s->monitor.host);
	s->monitor = (struct driver_monitor){};
}

struct slot *haproxy_acquire(struct driver *d, enum driver_lb lb,
			     const struct driver_monitor *monitor, const char *label)
{
	const struct driver_monitor plain = { .check = DRIVER_CHECK_TCP };
	ssize_t c = class_of(d, lb, monitor);
	struct slot *s;

	if (c == -ENOMEM)
		return NULL;
	if (c < 0 || !d->classes[c].live)
		c = class_of(d, lb, &plain);
	s = c < 0 ? NULL : free_slot(d, (size_t)c);
	if (!s)
		return NULL;
	s->lb = lb;
	if (haproxy_label(d, s, label) < 0 || haproxy_monitor_copy(monitor, &s->monitor) < 0) {
		slot_forget(d, s);
		return NULL;
	}
	return s;
}

/* Its own class is live, and it is in another one. */
static bool elsewhere(const struct driver *d, const struct slot *s, enum driver_lb lb,
		      const struct driver_monitor *m)
{
	ssize_t c = find_class(d, lb, m);

	return c >= 0 && d->classes[c].live && s->class != (size_t)c;
}

bool haproxy_suits(struct driver *d, const struct slot *s, enum driver_lb lb,
		   const struct driver_monitor *m)
{
	const struct driver_monitor *have = &s->monitor;

	return s->lb == lb && have->check == m->check && same_text(have->send, m->send) &&
	       same_text(have->host, m->host) && have->interval == m->interval &&
	       have->fall == m->fall && have->rise == m->rise && !elsewhere(d, s, lb, m);
}

struct slot *haproxy_misplaced(struct driver *d)
{
	for (size_t i = 0; !d->settled && i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];

		if (s->label && elsewhere(d, s, s->lb, &s->monitor))
			return s;
	}
	d->settled = true;
	return NULL;
}

struct server *haproxy_add_server(struct driver *d, struct slot *s, const struct driver_member *m)
{
	struct server *servers = reallocarray(s->servers, s->n_servers + 1, sizeof(*servers));
	struct server *v;

	if (!servers)
		return NULL;
	s->servers = servers;
	v = &servers[s->n_servers];
	*v = (struct server){ .member = *m };
	v->member.name = strdup(m->name);
	if (!v->member.name)
		return NULL;
	snprintf(v->name, sizeof(v->name), "s%llu", (unsigned long long)++d->next_server);
	s->n_servers++;
	return v;
}

void haproxy_drop_server(struct slot *s, size_t i)
{
	free(s->servers[i].member.name);
	memmove(&s->servers[i], &s->servers[i + 1], (s->n_servers - i - 1) * sizeof(*s->servers));
	s->n_servers--;
}

void haproxy_leave(struct driver *d, struct slot *s)
{
	d->none_leaving = false;
	d->leaving_at = 0;
	for (size_t i = 0; i < s->n_servers; i++) {
		if (!s->servers[i].leaving)
			s->servers[i].leaving_since = haproxy_now_ms();
		s->servers[i].leaving = true;
	}
	slot_forget(d, s);
}

void haproxy_slots_free(struct driver *d)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		while (d->slots[i].n_servers > 0)
			haproxy_drop_server(&d->slots[i], 0);
		free(d->slots[i].servers);
		slot_forget(d, &d->slots[i]);
	}
	free(TAKE_PTR(d->chains));
	d->n_chains = d->indexed = 0;
	free(d->slots);
	for (size_t i = 0; i < d->n_classes; i++) {
		free(d->classes[i].send);
		free(d->classes[i].host);
	}
	free(d->classes);
}
