/* SPDX-License-Identifier: MIT */
/* store-part.c -- the inside of the store: objects by partition and kind, and the log to undo with
 */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

struct json_object *part_map(const struct store *s, enum store_kind kind, const char *partition)
{
	struct json_object *maps;

	if (json_get_arr(s->parts, partition, &maps) < 0)
		return NULL;
	return json_object_array_get_idx(maps, kind);
}

static int part_add(struct store *s, const char *partition)
{
	_cleanup_json_ struct json_object *maps = json_object_new_array();
	int r = maps ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < _STORE_KIND_MAX; i++)
		r = json_append(maps, json_object_new_object());
	return r < 0 ? r : json_set(s->parts, partition, TAKE_PTR(maps));
}

char *part_key(enum store_kind kind, const char *type, const char *path)
{
	return kind == STORE_MONITOR ? str_printf("%s %s", type ?: "", path) : strdup(path);
}

/* The map that KEY lives in: a partition's own object lies in its own partition. */
static struct json_object *map_of(const struct store *s, enum store_kind kind, const char *key)
{
	const char *path = strrchr(key, ' ') ? strrchr(key, ' ') + 1 : key, *partition, *name;
	char buffer[512];

	if (object_split(path, buffer, &partition, &name) < 0)
		return NULL;
	return part_map(s, kind, partition);
}

struct json_object *part_find(const struct store *s, enum store_kind kind, const char *key)
{
	struct json_object *map = map_of(s, kind, key), *obj;

	return map && json_object_object_get_ex(map, key, &obj) ? obj : NULL;
}

static int put_object(struct store *s, enum store_kind kind, const char *key,
		      struct json_object *obj)
{
	struct json_object *map;
	const char *address;
	int r = 0;

	if (kind == STORE_PARTITION && !part_map(s, kind, key))
		r = part_add(s, key);
	map = r == 0 ? map_of(s, kind, key) : NULL;
	if (r == 0 && !map)
		r = -ENOENT;
	if (r == 0 && kind == STORE_NODE && json_get_str(obj, "address", &address) == 0)
		r = json_set_str(s->addresses, address, key);
	if (r < 0) {
		json_object_put(obj);
		return r;
	}
	return json_set(map, key, obj);
}

/* Puts without noting; OBJ taken over. */
static int put_raw(struct store *s, enum store_kind kind, const char *key, struct json_object *obj)
{
	struct json_object *former = part_find(s, kind, key);
	const char *address;

	if (former && kind == STORE_NODE && json_get_str(former, "address", &address) == 0)
		json_object_object_del(s->addresses, address);
	if (obj)
		return put_object(s, kind, key, obj);
	if (former)
		json_object_object_del(map_of(s, kind, key), key);
	if (kind == STORE_PARTITION)
		json_object_object_del(s->parts, key);
	return 0;
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

		if (put_raw(s, u->kind, u->key, u->former) < 0)
			s->broken = true;
		free(u->key);
	}
	for (size_t i = s->n_settled; s->touched && s->touched[i]; i++)
		free(TAKE_PTR(s->touched[i]));
}

void part_commit(struct store *s)
{
	while (s->n_undos > 0) {
		struct undo *u = &s->undos[--s->n_undos];

		json_object_put(u->former);
		free(u->key);
	}
	s->n_settled = strv_len(s->touched);
}

bool part_empty(const struct store *s, const char *partition)
{
	for (unsigned i = 0; i < _STORE_KIND_MAX; i++) {
		if (i != STORE_PARTITION &&
		    json_object_object_length(part_map(s, i, partition)) > 0)
			return false;
	}
	return true;
}
