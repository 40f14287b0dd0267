/* SPDX-License-Identifier: MIT */
/* store-part.c -- the inside of the store: objects by partition and kind, and the log to undo with
 */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

/* ---- partitions ---- */

/* The first partition that is not before NAME. */
static size_t part_place(const struct store *s, const char *name)
{
	size_t from = 0, to = s->n_parts;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (strcmp(s->parts[at]->name, name) < 0)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

static struct part *part_named(const struct store *s, const char *name)
{
	size_t at = part_place(s, name);

	return at < s->n_parts && !strcmp(s->parts[at]->name, name) ? s->parts[at] : NULL;
}

void part_free(struct part *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < _STORE_KIND_MAX; i++)
		shelf_done(&p->kinds[i]);
	free(p->name);
	free(p);
}
DEFINE_CLEANUP(struct part *, part_free)

static int part_add(struct store *s, const char *name)
{
	_cleanup_(part_freep) struct part *p = calloc(1, sizeof(*p));
	size_t at = part_place(s, name);
	struct part **parts = reallocarray(s->parts, s->n_parts + 1, sizeof(*parts));

	if (parts)
		s->parts = parts;
	if (!p || !parts || !(p->name = strdup(name)))
		return -ENOMEM;
	memmove(&parts[at + 1], &parts[at], (s->n_parts++ - at) * sizeof(*parts));
	parts[at] = TAKE_PTR(p);
	return 0;
}

static void part_drop(struct store *s, const char *name)
{
	size_t at = part_place(s, name);

	if (at == s->n_parts || strcmp(s->parts[at]->name, name) != 0)
		return;
	part_free(s->parts[at]);
	memmove(&s->parts[at], &s->parts[at + 1], (--s->n_parts - at) * sizeof(*s->parts));
}

bool part_empty(const struct store *s, const char *partition)
{
	const struct part *p = part_named(s, partition);

	for (unsigned i = 0; p && i < _STORE_KIND_MAX; i++) {
		if (i != STORE_PARTITION && p->kinds[i].n > 0)
			return false;
	}
	return true;
}

/* ---- objects ---- */

const struct shelf *part_shelf(const struct store *s, enum store_kind kind, const char *partition)
{
	const struct part *p = part_named(s, partition);

	return p ? &p->kinds[kind] : NULL;
}

char *part_key(enum store_kind kind, const char *type, const char *path)
{
	return kind == STORE_MONITOR ? str_printf("%s %s", type ?: "", path) : strdup(path);
}

/* The partition that KEY lives in: a partition's own object lies in its own. */
static struct part *part_of(const struct store *s, const char *key)
{
	const char *path = strrchr(key, ' ') ? strrchr(key, ' ') + 1 : key, *partition, *name;
	char buffer[512];

	if (object_split(path, buffer, &partition, &name) < 0)
		return NULL;
	return part_named(s, partition);
}

const char *part_row(const struct store *s, enum store_kind kind, const char *key)
{
	const struct part *p = part_of(s, key);

	return p ? shelf_get(&p->kinds[kind], key) : NULL;
}

struct json_object *part_find(const struct store *s, enum store_kind kind, const char *key)
{
	const char *row = part_row(s, kind, key);

	return row ? row_open(row) : NULL;
}

const char *part_user(const struct store *s, enum store_kind kind, const char *partition,
		      const char *what, bool (*has)(struct json_object *obj, const char *what))
{
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct shelf *all = &s->parts[i]->kinds[kind];

		if (partition && strcmp(s->parts[i]->name, partition) != 0)
			continue;
		for (size_t k = 0; k < all->n; k++) {
			_cleanup_json_ struct json_object *obj = NULL;

			if (!strstr(row_text(all->rows[k]), what))
				continue;
			obj = row_open(all->rows[k]);
			if (obj && has(obj, what))
				return all->rows[k];
		}
	}
	return NULL;
}

/* ---- changes ---- */

/* The address of node ROW (NULL: none) is KEY's from now on; nobody's if it is GONE. */
static int note_address(struct store *s, const char *key, const char *row, bool gone)
{
	_cleanup_json_ struct json_object *obj = row ? row_open(row) : NULL;
	const char *address;

	if (!row)
		return 0;
	if (!obj)
		return -ENOMEM;
	if (json_get_str(obj, "address", &address) < 0)
		return 0;
	if (!gone)
		return json_set_str(s->addresses, address, key);
	json_object_object_del(s->addresses, address);
	return 0;
}

/*
 * Puts ROW (taken over; NULL: removes) without noting it. *ret_put: it is there, also if what goes
 * with it failed; then *ret_former is owned.
 */
static int put_raw(struct store *s, enum store_kind kind, const char *key, char *row,
		   char **ret_former, bool *ret_put)
{
	struct part *p = part_of(s, key);
	int r = 0;

	*ret_former = NULL;
	*ret_put = false;
	if (kind == STORE_PARTITION && row && !p) {
		r = part_add(s, key);
		p = part_of(s, key);
	}
	if (r == 0 && !p && row)
		r = -ENOENT;
	if (r < 0 || !p) {
		free(row);
		return r;
	}
	r = shelf_put(&p->kinds[kind], key, row, ret_former);
	if (r < 0)
		return r;
	*ret_put = true;
	if (kind == STORE_NODE)
		r = note_address(s, key, *ret_former, true) ?: note_address(s, key, row, false);
	if (kind == STORE_PARTITION && !row)
		part_drop(s, key);
	return r;
}

int part_put(struct store *s, enum store_kind kind, const char *key, struct json_object *obj)
{
	struct undo *undos = reallocarray(s->undos, s->n_undos + 1, sizeof(*undos));
	_cleanup_free_ char *copy = strdup(key), *row = obj ? row_new(key, obj) : NULL;
	char *former;
	bool put;
	int r;

	if (undos)
		s->undos = undos;
	if (!undos || !copy || (obj && !row))
		return -ENOMEM;
	r = put_raw(s, kind, key, TAKE_PTR(row), &former, &put);
	if (put)
		undos[s->n_undos++] =
			(struct undo){ .kind = kind, .key = TAKE_PTR(copy), .former = former };
	return r;
}

void part_undo(struct store *s)
{
	while (s->n_undos > 0) {
		struct undo *u = &s->undos[--s->n_undos];
		char *undone;
		bool put;

		if (put_raw(s, u->kind, u->key, u->former, &undone, &put) < 0)
			s->broken = true;
		free(undone);
		free(u->key);
	}
	for (size_t i = s->n_settled; s->touched && s->touched[i]; i++)
		free(TAKE_PTR(s->touched[i]));
}

void part_commit(struct store *s)
{
	while (s->n_undos > 0) {
		struct undo *u = &s->undos[--s->n_undos];

		free(u->former);
		free(u->key);
	}
	s->n_settled = strv_len(s->touched);
}
