/* SPDX-License-Identifier: MIT */
/*
 * diff.c -- from what is registered to what should be: a list of changes, in their order
 *
 * A member that goes is disabled first, so that its requests end, and dropped by a later pass.
 * Names and monitors are compared as they are meant, not as they are spelt.
 */
#include "modules/balancer/diff.h"

#include <errno.h>
#include <string.h>

void diff_done(struct diff *d)
{
	for (size_t i = 0; i < d->n_merged; i++)
		mux_pool_done(&d->merged[i]);
	free(d->merged);
	for (size_t i = 0; i < d->n; i++)
		free((char *)d->changes[i].name);
	free(d->changes);
	strv_free(d->texts);
	*d = (struct diff){};
}

static int add(struct diff *d, enum mux_change_kind kind, const struct mux_pool *pool,
	       const char *name, const char *fmt, ...) _printf_(5, 6);
static int add(struct diff *d, enum mux_change_kind kind, const struct mux_pool *pool,
	       const char *name, const char *fmt, ...)
{
	struct mux_change *changes = reallocarray(d->changes, d->n + 1, sizeof(*changes));
	_cleanup_buf_ struct buf text = BUF_INIT;
	char *copy = name ? strdup(name) : NULL;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (changes)
		d->changes = changes;
	if (!changes || (name && !copy) || text.error || strv_add(&d->texts, text.data) < 0) {
		free(copy);
		return -ENOMEM;
	}
	changes[d->n++] = (struct mux_change){ kind, pool, copy };
	return 0;
}

int diff_first(struct diff *d, enum mux_change_kind kind, const char *name, const char *text)
{
	struct mux_change last;
	char *words;
	int r = add(d, kind, NULL, name, "%s", text);

	if (r < 0)
		return r;
	last = d->changes[d->n - 1];
	words = d->texts[d->n - 1];
	memmove(d->changes + 1, d->changes, (d->n - 1) * sizeof(*d->changes));
	memmove(d->texts + 1, d->texts, (d->n - 1) * sizeof(*d->texts));
	d->changes[0] = last;
	d->texts[0] = words;
	return 0;
}

static const struct mux_pool *find_pool(const struct mux_pool *pools, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(pools[i].name, name))
			return &pools[i];
	}
	return NULL;
}

static const struct mux_member *find_member(const struct mux_pool *p, const char *name)
{
	for (size_t i = 0; i < p->n_members; i++) {
		if (!strcmp(p->members[i].name, name))
			return &p->members[i];
	}
	return NULL;
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a ?: "", b ?: "");
}

static int copy_member(struct mux_pool *to, const struct mux_member *m, bool enabled)
{
	struct mux_member *members = reallocarray(to->members, to->n_members + 1, sizeof(*members));

	if (!members)
		return -ENOMEM;
	to->members = members;
	members[to->n_members] = (struct mux_member){ .name = strdup(m->name),
						      .address = strdup(m->address),
						      .enabled = enabled };
	to->n_members++;
	return members[to->n_members - 1].name && members[to->n_members - 1].address ? 0 : -ENOMEM;
}

/* The wanted pool W with those of H that still take requests, now disabled. */
static int merge(struct diff *d, const struct mux_pool *w, const struct mux_pool *h,
		 struct mux_pool *ret)
{
	struct mux_pool p = { .name = strdup(w->name),
			      .monitor = w->monitor ? strdup(w->monitor) : NULL };
	int r = p.name && (!w->monitor || p.monitor) ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < w->n_members; i++)
		r = copy_member(&p, &w->members[i], w->members[i].enabled);
	for (size_t i = 0; r == 0 && i < h->n_members; i++) {
		const struct mux_member *m = &h->members[i];

		if (find_member(w, m->name) || !m->enabled)
			continue;
		d->leaving++;
		r = copy_member(&p, m, false);
	}
	if (r < 0)
		mux_pool_done(&p);
	else
		*ret = p;
	return r;
}

static bool pool_equal(const struct mux_pool *w, const struct mux_pool *h)
{
	if (!same(w->monitor, h->monitor) || w->n_members != h->n_members)
		return false;
	for (size_t i = 0; i < w->n_members; i++) {
		const struct mux_member *m = find_member(h, w->members[i].name);

		if (!m || m->enabled != w->members[i].enabled)
			return false;
	}
	return true;
}

static bool uses_monitor(const struct mux_pool *pools, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++) {
		if (same(pools[i].monitor, path))
			return true;
	}
	return false;
}

/* One that stands there unused, after a pool was deleted by hand, is taken over. */
static int diff_monitor(struct diff *d, const struct mux_pool *w, const struct mux_state *have)
{
	const struct mux_monitor *h = NULL;

	for (size_t i = 0; i < have->n_monitors && !h; i++) {
		if (same(have->monitors[i].path, w->monitor))
			h = &have->monitors[i];
	}
	if (!w->send || (h && same(h->send, w->send)))
		return 0;
	if (h)
		return add(d, MUX_SET_MONITOR, w, w->monitor, "change monitor %s", w->monitor);
	return add(d, MUX_MAKE_MONITOR, w, w->monitor, "create monitor %s", w->monitor);
}

static int diff_pool(struct diff *d, const struct mux_pool *w, const struct mux_state *have)
{
	const struct mux_pool *h = find_pool(have->pools, have->n_pools, w->name);
	struct mux_pool *m = &d->merged[d->n_merged];
	int r;

	if (!h)
		return add(d, MUX_MAKE_POOL, w, w->name, "create pool %s with %zu members", w->name,
			   w->n_members);
	r = merge(d, w, h, m);
	if (r < 0)
		return r;
	d->n_merged++;
	if (pool_equal(m, h))
		return 0;
	return add(d, MUX_SET_POOL, m, m->name, "set pool %s to %zu members%s", m->name,
		   w->n_members, m->n_members > w->n_members ? ", others drained" : "");
}

/* Is NODE behind a member that stays? Members are named by their node's address. */
static bool node_used(const struct diff *d, const struct want *want, const char *node)
{
	for (size_t i = 0; i < want->n; i++) {
		for (size_t k = 0; k < want->pools[i].n_members; k++) {
			if (!strcmp(want->pools[i].members[k].address, node))
				return true;
		}
	}
	for (size_t i = 0; i < d->n_merged; i++) {
		for (size_t k = 0; k < d->merged[i].n_members; k++) {
			if (!strcmp(d->merged[i].members[k].address, node))
				return true;
		}
	}
	return false;
}

/* What nobody wants: first what uses, then what is used. */
static int drop_rest(struct diff *d, const struct want *want, const struct mux_state *have)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < have->n_pools; i++) {
		const char *name = have->pools[i].name;

		if (!find_pool(want->pools, want->n, name))
			r = add(d, MUX_DROP_POOL, NULL, name, "delete pool %s", name);
	}
	for (size_t i = 0; r == 0 && i < have->n_monitors; i++) {
		const char *path = have->monitors[i].path;

		if (!uses_monitor(want->pools, want->n, path))
			r = add(d, MUX_DROP_MONITOR, NULL, path, "delete monitor %s", path);
	}
	for (size_t i = 0; r == 0 && have->nodes && have->nodes[i]; i++) {
		const char *node = have->nodes[i];

		if (!node_used(d, want, node))
			r = add(d, MUX_DROP_NODE, NULL, node, "delete node %s", node);
	}
	return r;
}

int diff_pools(const struct want *want, const struct mux_state *have, struct diff *ret)
{
	struct diff d = { .merged = calloc(want->n + 1, sizeof(*d.merged)) };
	int r = d.merged ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < want->n; i++) {
		const struct mux_pool *w = &want->pools[i];

		/* Pools share a monitor: the first of them brings it. */
		if (!uses_monitor(want->pools, i, w->monitor))
			r = diff_monitor(&d, w, have);
		if (r == 0)
			r = diff_pool(&d, w, have);
	}
	if (r == 0)
		r = drop_rest(&d, want, have);
	if (r < 0) {
		diff_done(&d);
		return r;
	}
	*ret = d;
	return 0;
}
