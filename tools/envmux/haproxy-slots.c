/* SPDX-License-Identifier: MIT */
/* haproxy-slots.c -- the supply of empty backends, and who has which */
#include <errno.h>
#include <string.h>

#include "tools/envmux/haproxy.h"

#define CLASS_SLOTS_MIN 64u
#define CLASSES_MAX 64u /* each is a reload and slots of its own */

static bool class_fits(const struct class *c, enum driver_lb lb, const struct driver_monitor *m)
{
	return c->lb == lb && haproxy_same_rules(&c->rules, m);
}

/* The class of whoever is connected to only, or not checked; it is always there. */
static bool class_plain(const struct class *c)
{
	return c->rules.check == DRIVER_CHECK_TCP;
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
		if (class_plain(&d->classes[c]) || !class_unused(d, c))
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
	_cleanup_(driver_monitor_done) struct driver_monitor rules = {};
	ssize_t c = find_class(d, lb, m);
	int r;

	if (c >= 0)
		return c;
	r = haproxy_rules_copy(m, &rules);
	if (r < 0)
		return r;
	c = rules.check == DRIVER_CHECK_TCP ? -ENOENT : unused_class(d);
	if (c < 0)
		c = add_class(d);
	if (c < 0)
		return c;
	driver_monitor_done(&d->classes[c].rules);
	d->classes[c] = (struct class){ .lb = lb, .rules = rules };
	rules = (struct driver_monitor){};
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
	driver_monitor_done(&s->monitor);
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
	return s->lb == lb && haproxy_same_monitor(&s->monitor, m) && !elsewhere(d, s, lb, m);
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
	for (size_t i = 0; i < d->n_classes; i++)
		driver_monitor_done(&d->classes[i].rules);
	free(d->classes);
}
