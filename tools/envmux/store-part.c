/* SPDX-License-Identifier: MIT */
/* store-part.c -- the inside of the store: objects by partition and kind, and the log to undo with
 */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

static void part_free(struct part *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < _STORE_KIND_MAX; i++)
		json_object_put(p->maps[i]);
	free(p);
}

struct part *part_get(const struct store *s, const char *partition)
{
	void *p = NULL;

	return lh_table_lookup_ex(s->parts, partition, &p) ? p : NULL;
}

static int part_add(struct store *s, const char *partition)
{
	struct part *p = calloc(1, sizeof(*p));
	char *name = strdup(partition);

	if (!p || !name)
		goto fail;
	for (size_t i = 0; i < _STORE_KIND_MAX; i++) {
		p->maps[i] = json_object_new_object();
		if (!p->maps[i])
			goto fail;
	}
	if (lh_table_insert(s->parts, name, p) < 0)
		goto fail;
	return 0;
fail:
	part_free(p);
	free(name);
	return -ENOMEM;
}

static void part_drop(struct store *s, const char *partition)
{
	struct lh_entry *e = lh_table_lookup_entry(s->parts, partition);
	struct part *p;
	char *name;

	if (!e)
		return;
	p = lh_entry_v(e);
	name = lh_entry_k(e);
	lh_table_delete_entry(s->parts, e);
	part_free(p);
	free(name);
}

char *part_key(enum store_kind kind, const char *type, const char *path)
{
	return kind == STORE_MONITOR ? str_printf("%s %s", type ?: "", path) : strdup(path);
}

/* The map that KEY lives in: a partition's own object lies in its own partition. */
static struct json_object *map_of(const struct store *s, enum store_kind kind, const char *key)
{
	char buffer[512];
	const char *path = strrchr(key, ' ') ? strrchr(key, ' ') + 1 : key, *partition, *name;
	struct part *p;

	if (object_split(path, buffer, &partition, &name) < 0)
		return NULL;
	p = part_get(s, partition);
	return p ? p->maps[kind] : NULL;
}

struct json_object *part_find(const struct store *s, enum store_kind kind, const char *key)
{
	struct json_object *map = map_of(s, kind, key), *obj;

	return map && json_object_object_get_ex(map, key, &obj) ? obj : NULL;
}

/* Puts without noting; OBJ taken over. */
static int put_raw(struct store *s, enum store_kind kind, const char *key, struct json_object *obj)
{
	struct json_object *map, *former;
	const char *address;
	int r;

	if (kind == STORE_PARTITION && obj && !part_get(s, key)) {
		r = part_add(s, key);
		if (r < 0) {
			json_object_put(obj);
			return r;
		}
	}
	map = map_of(s, kind, key);
	if (!map) {
		json_object_put(obj);
		return -ENOENT;
	}
	former = part_find(s, kind, key);
	if (kind == STORE_NODE && former && json_get_str(former, "address", &address) == 0)
		json_object_object_del(s->addresses, address);
	if (!obj) {
		json_object_object_del(map, key);
		if (kind == STORE_PARTITION)
			part_drop(s, key);
		return 0;
	}
	if (kind == STORE_NODE && json_get_str(obj, "address", &address) == 0) {
		r = json_set_str(s->addresses, address, key);
		if (r < 0) {
			json_object_put(obj);
			return r;
		}
	}
	return json_set(map, key, obj);
}

int part_put(struct store *s, enum store_kind kind, const char *key, struct json_object *obj)
{
	struct undo *undos = reallocarray(s->undos, s->n_undos + 1, sizeof(*undos));
	char *copy = strdup(key);

	if (undos)
		s->undos = undos;
	if (!undos || !copy) {
		free(copy);
		json_object_put(obj);
		return -ENOMEM;
	}
	s->undos[s->n_undos++] = (struct undo){
		.kind = kind,
		.key = copy,
		.former = json_object_get(part_find(s, kind, key)),
	};
	return put_raw(s, kind, key, obj);
}

void part_undo(struct store *s)
{
	while (s->n_undos > 0) {
		struct undo *u = &s->undos[--s->n_undos];

		(void)put_raw(s, u->kind, u->key, u->former);
		free(u->key);
	}
	strv_free(TAKE_PTR(s->touched));
}

void part_commit(struct store *s)
{
	while (s->n_undos > 0) {
		struct undo *u = &s->undos[--s->n_undos];

		json_object_put(u->former);
		free(u->key);
	}
}

bool part_empty(const struct part *p)
{
	for (size_t i = 0; i < _STORE_KIND_MAX; i++) {
		if (i != STORE_PARTITION && json_object_object_length(p->maps[i]) > 0)
			return false;
	}
	return true;
}
