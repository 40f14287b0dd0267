/* SPDX-License-Identifier: MIT */
/* store.c -- change sets: applied in memory, written to the journal, or taken back */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

#define COMPACT_MIN (1024u * 1024)

static const char *const monitor_types[] = { "http", "https", "tcp", "gateway-icmp" };

void store_op_done(struct store_op *op)
{
	free(op->type);
	free(op->path);
	free(op->member);
	json_object_put(op->body);
	*op = (struct store_op){};
}

void store_free(struct store *s)
{
	if (!s)
		return;
	part_commit(s);
	free(s->undos);
	strv_free(s->touched);
	journal_free(s->journal);
	json_object_put(s->addresses);
	json_object_put(s->parts);
	free(s);
}
DEFINE_CLEANUP(struct store *, store_free)

/* ---- records: objects as they are afterwards ---- */

static int record_new(int64_t generation, struct json_object **ret, struct json_object **ret_puts)
{
	_cleanup_json_ struct json_object *record = json_object_new_object();
	struct json_object *puts = json_object_new_array();
	int r = record ? json_set(record, "put", puts) : -ENOMEM;

	if (r == 0)
		r = json_set_int(record, "generation", generation);
	if (r < 0) {
		if (!record)
			json_object_put(puts);
		return r;
	}
	*ret = TAKE_PTR(record);
	*ret_puts = puts;
	return 0;
}

/* OBJ NULL: it is gone. */
static int record_put(struct json_object *puts, enum store_kind kind, const char *key,
		      struct json_object *obj)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	int r = o ? json_set_str(o, "kind", object_kinds[kind].uri) : -ENOMEM;

	if (r == 0)
		r = json_set_str(o, "key", key);
	if (r == 0 && obj)
		r = json_set(o, "object", json_object_get(obj));
	return r < 0 ? r : json_append(puts, TAKE_PTR(o));
}

static bool noted_before(const struct store *s, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (s->undos[k].kind == s->undos[i].kind &&
		    !strcmp(s->undos[k].key, s->undos[i].key))
			return true;
	}
	return false;
}

/*
 * What the change set under way altered. An object that was altered twice stands where it was first
 * altered: its partition was there at that moment.
 */
static int record_changes(const struct store *s, struct json_object **ret)
{
	_cleanup_json_ struct json_object *record = NULL;
	struct json_object *puts;
	int r = record_new(s->generation, &record, &puts);

	for (size_t i = 0; r == 0 && i < s->n_undos; i++) {
		const struct undo *u = &s->undos[i];

		if (!noted_before(s, i))
			r = record_put(puts, u->kind, u->key, part_find(s, u->kind, u->key));
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(record);
	return 0;
}

/* Everything there is, as one record: each partition before what is in it. */
static int record_all(const struct store *s, struct json_object **ret)
{
	_cleanup_json_ struct json_object *record = NULL;
	struct json_object *puts;
	int r = record_new(s->generation, &record, &puts);

	if (r < 0)
		return r;
	json_object_object_foreach (s->parts, partition, maps) {
		(void)maps;
		for (unsigned k = 0; k < _STORE_KIND_MAX; k++) {
			json_object_object_foreach (part_map(s, k, partition), key, obj) {
				if (r == 0)
					r = record_put(puts, k, key, obj);
			}
		}
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(record);
	return 0;
}

static int replay_put(struct store *s, struct json_object *o)
{
	struct json_object *obj = NULL;
	const char *kind, *key;
	int r;

	if (json_get_str(o, "kind", &kind) < 0 || json_get_str(o, "key", &key) < 0 ||
	    json_get_obj(o, "object", &obj) == -EBADMSG)
		return -EBADMSG;
	for (unsigned i = 0; i < _STORE_KIND_MAX; i++) {
		if (strcmp(object_kinds[i].uri, kind) != 0)
			continue;
		r = part_put(s, i, key, json_object_get(obj));
		return r == -ENOENT ? -EBADMSG : r;
	}
	return -EBADMSG;
}

static int on_record(void *userdata, struct json_object *record)
{
	struct store *s = userdata;
	struct json_object *puts;
	int64_t generation;
	int r = 0;

	if (json_get_arr(record, "put", &puts) < 0 ||
	    json_get_int(record, "generation", &generation) < 0)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < json_object_array_length(puts); i++)
		r = replay_put(s, json_object_array_get_idx(puts, i));
	if (r < 0) {
		part_undo(s);
		return r;
	}
	part_commit(s);
	s->generation = generation;
	return 0;
}

/* ---- open ---- */

static int add_one(struct store *s, enum store_kind kind, const char *type, const char *path)
{
	_cleanup_(store_op_done) struct store_op op = { .verb = STORE_CREATE, .kind = kind };
	struct json_object *obj;
	struct store_error error;
	int r;

	op.type = type ? strdup(type) : NULL;
	op.path = strdup(path);
	op.body = json_object_new_object();
	r = op.path && op.body && (op.type || !type) ? 0 : -ENOMEM;
	if (r == 0 && type && !strncmp(type, "http", 4))
		r = json_set_str(op.body, "send", "GET /\\r\\n");
	return r < 0 ? r : store_op_apply(s, &op, &obj, &error);
}

/* What every device has from the start. */
static int add_built_in(struct store *s)
{
	int r = add_one(s, STORE_PARTITION, NULL, "Common");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(monitor_types); i++) {
		_cleanup_free_ char *path = str_printf("/Common/%s", monitor_types[i]);

		r = path ? add_one(s, STORE_MONITOR, monitor_types[i], path) : -ENOMEM;
	}
	part_commit(s);
	return r;
}

bool store_monitor_type(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(monitor_types); i++) {
		if (!strcmp(monitor_types[i], type))
			return true;
	}
	return false;
}

struct json_object *store_monitor(const struct store *s, const char *path, const char **ret_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(monitor_types); i++) {
		struct json_object *o = store_get(s, STORE_MONITOR, monitor_types[i], path);

		if (!o)
			continue;
		*ret_type = monitor_types[i];
		return o;
	}
	return NULL;
}

static int store_new(struct store **ret)
{
	_cleanup_(store_freep) struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->parts = json_object_new_object();
	s->addresses = json_object_new_object();
	if (!s->parts || !s->addresses)
		return -ENOMEM;
	r = add_built_in(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

int store_open(const char *dir, struct store **ret, size_t *ret_cut)
{
	_cleanup_(store_freep) struct store *s = NULL;
	int r;

	r = store_new(&s);
	if (r == 0)
		r = journal_open(dir, on_record, s, &s->journal, ret_cut);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

int store_check(const char *dir, char **ret_text)
{
	_cleanup_(store_freep) struct store *s = NULL;
	struct journal_report report;
	int r;

	r = store_new(&s);
	if (r < 0)
		return r;
	r = journal_check(dir, on_record, s, &report);
	return part_report(s, dir, r, &report, ret_text);
}

/* ---- changes ---- */

int store_apply(struct store *s, struct store_op *ops, size_t n, struct json_object **ret_results,
		struct store_error *ret_error)
{
	_cleanup_json_ struct json_object *record = NULL;
	struct json_object *obj;
	int64_t generation = s->generation;
	int r = s->broken ? -EIO : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = store_op_apply(s, &ops[i], &obj, ret_error);
		if (r == 0 && ret_results)
			ret_results[i] = obj;
	}
	if (r == 0)
		r = record_changes(s, &record);
	if (r == 0 && s->n_undos > 0)
		r = journal_append(s->journal, record);
	if (r < 0) {
		part_undo(s);
		s->generation = generation;
		return r;
	}
	part_commit(s);
	return 0;
}

int store_validate(struct store *s, struct store_op *ops, size_t n, struct store_error *ret_error)
{
	int64_t generation = s->generation;
	struct json_object *obj;
	int r = s->broken ? -EIO : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = store_op_apply(s, &ops[i], &obj, ret_error);
	part_undo(s);
	s->generation = generation;
	return r;
}

void store_tidy(struct store *s)
{
	_cleanup_json_ struct json_object *all = NULL;

	if (journal_size(s->journal) <= COMPACT_MIN ||
	    journal_size(s->journal) <= 4 * journal_base(s->journal))
		return;
	if (record_all(s, &all) == 0)
		(void)journal_compact(s->journal, all); /* the longer file serves as well */
}

char **store_take_changed(struct store *s)
{
	s->n_settled = 0;
	return s->touched && s->touched[0] ? TAKE_PTR(s->touched) : NULL;
}

/* ---- reading ---- */

struct json_object *store_get(const struct store *s, enum store_kind kind, const char *type,
			      const char *path)
{
	_cleanup_free_ char *key = part_key(kind, type, path);

	return key ? part_find(s, kind, key) : NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The keys of MAP that are of TYPE (NULL: all), behind the *n that KEYS has. */
static int add_keys(struct json_object *map, const char *type, char ***keys, size_t *n)
{
	size_t more = map ? (size_t)json_object_object_length(map) : 0;
	char **list;

	if (more == 0)
		return 0;
	list = reallocarray(*keys, *n + more, sizeof(*list));
	if (!list)
		return -ENOMEM;
	*keys = list;
	json_object_object_foreach (map, key, obj) {
		const char *have = NULL;

		(void)json_get_str(obj, "_type", &have);
		if (!type || (have && !strcmp(have, type)))
			list[(*n)++] = key;
	}
	return 0;
}

int store_each(const struct store *s, enum store_kind kind, const char *type, const char *partition,
	       int (*func)(void *userdata, const char *path, struct json_object *obj),
	       void *userdata)
{
	_cleanup_free_ char **keys = NULL;
	size_t n = 0;
	int r = 0;

	if (partition) {
		r = add_keys(part_map(s, kind, partition), type, &keys, &n);
	} else {
		json_object_object_foreach (s->parts, name, maps) {
			(void)maps;
			if (r == 0)
				r = add_keys(part_map(s, kind, name), type, &keys, &n);
		}
	}
	if (n > 0)
		qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *path = strrchr(keys[i], ' ');

		r = func(userdata, path ? path + 1 : keys[i], part_find(s, kind, keys[i]));
	}
	return r;
}
