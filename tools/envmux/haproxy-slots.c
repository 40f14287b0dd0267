/* SPDX-License-Identifier: MIT */
/* haproxy-slots.c -- the supply of empty backends, and who has which */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

#define CLASS_SLOTS_MIN 64u

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

struct slot *haproxy_slot(struct driver *d, const char *label)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		if (d->slots[i].label && !strcmp(d->slots[i].label, label))
			return &d->slots[i];
	}
	return NULL;
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

/* The class of that balancing and monitor, made if nobody had it; -errno. */
static ssize_t class_of(struct driver *d, enum driver_lb lb, const struct driver_monitor *m)
{
	bool http = m->check == DRIVER_CHECK_HTTP;
	struct class *classes;
	struct class c = { .lb = lb };
	int r;

	for (size_t i = 0; i < d->n_classes; i++) {
		if (class_fits(&d->classes[i], lb, m))
			return (ssize_t)i;
	}
	classes = reallocarray(d->classes, d->n_classes + 1, sizeof(*classes));
	if (!classes)
		return -ENOMEM;
	d->classes = classes;
	c.send = http && m->send ? strdup(m->send) : NULL;
	c.host = http && m->host ? strdup(m->host) : NULL;
	classes[d->n_classes++] = c;
	r = grow(d, d->n_classes - 1, d->n_classes == 1 ? d->conf.slots : CLASS_SLOTS_MIN);
	return r < 0 ? r : (ssize_t)d->n_classes - 1;
}

/* A free slot of class C, a live one if there is one; more are made when a quarter is left. */
static struct slot *free_slot(struct driver *d, size_t c)
{
	size_t n_free = 0, all = 0, at = SIZE_MAX;
	bool growing = false;

	for (size_t i = 0; i < d->n_slots; i++) {
		const struct slot *s = &d->slots[i];

		if (s->class != c)
			continue;
		all++;
		growing = growing || !s->live;
		if (s->label || s->n_servers > 0)
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
	return &d->slots[at];
}

struct slot *haproxy_acquire(struct driver *d, enum driver_lb lb,
			     const struct driver_monitor *monitor, const char *label)
{
	const struct driver_monitor plain = { .check = DRIVER_CHECK_TCP };
	ssize_t c = class_of(d, lb, monitor);
	struct slot *s;

	if (c >= 0 && !d->classes[c].live)
		c = class_of(d, lb, &plain);
	s = c < 0 ? NULL : free_slot(d, (size_t)c);
	if (!s)
		return NULL;
	s->lb = lb;
	s->label = strdup(label);
	if (!s->label || haproxy_monitor_copy(monitor, &s->monitor) < 0)
		return NULL;
	return s;
}

int haproxy_know_class(struct driver *d, enum driver_lb lb, const struct driver_monitor *monitor)
{
	ssize_t c = class_of(d, lb, monitor);

	if (c < 0)
		return (int)c;
	d->classes[c].live = true;
	return 0;
}

bool haproxy_suits(struct driver *d, const struct slot *s, enum driver_lb lb,
		   const struct driver_monitor *m)
{
	const struct driver_monitor *have = &s->monitor;

	return s->lb == lb && have->check == m->check && same_text(have->send, m->send) &&
	       same_text(have->host, m->host) && have->interval == m->interval &&
	       have->fall == m->fall && have->rise == m->rise;
}

struct slot *haproxy_misplaced(struct driver *d)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		struct slot *s = &d->slots[i];
		ssize_t c;

		if (!s->label || class_fits(&d->classes[s->class], s->lb, &s->monitor))
			continue;
		c = class_of(d, s->lb, &s->monitor);
		if (c >= 0 && d->classes[c].live)
			return &d->slots[i];
	}
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

static void slot_forget(struct slot *s)
{
	free(TAKE_PTR(s->label));
	free(s->monitor.send);
	free(s->monitor.host);
	s->monitor = (struct driver_monitor){};
}

void haproxy_leave(struct slot *s)
{
	for (size_t i = 0; i < s->n_servers; i++) {
		if (!s->servers[i].leaving)
			s->servers[i].leaving_since = haproxy_now_ms();
		s->servers[i].leaving = true;
	}
	slot_forget(s);
}

void haproxy_slots_free(struct driver *d)
{
	for (size_t i = 0; i < d->n_slots; i++) {
		while (d->slots[i].n_servers > 0)
			haproxy_drop_server(&d->slots[i], 0);
		free(d->slots[i].servers);
		slot_forget(&d->slots[i]);
	}
	free(d->slots);
	for (size_t i = 0; i < d->n_classes; i++) {
		free(d->classes[i].send);
		free(d->classes[i].host);
	}
	free(d->classes);
}
