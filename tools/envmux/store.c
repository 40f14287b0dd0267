/* SPDX-License-Identifier: MIT */
/* store.c -- change sets: applied in memory, written to the journal, or taken back */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

#define COMPACT_MIN (1024u * 1024)

static const char *const verb_names[] = { "create", "modify", "replace", "delete" };

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
	struct lh_entry *e, *next;

	if (!s)
		return;
	part_commit(s);
	free(s->undos);
	strv_free(s->touched);
	journal_free(s->journal);
	json_object_put(s->addresses);
	if (s->parts) {
		lh_foreach_safe(s->parts, e, next)
		{
			struct part *p = lh_entry_v(e);

			for (size_t i = 0; i < _STORE_KIND_MAX; i++)
				json_object_put(p->maps[i]);
			free(p);
			free(lh_entry_k(e));
		}
		lh_table_free(s->parts);
	}
	free(s);
}
DEFINE_CLEANUP(struct store *, store_free)

/* ---- records ---- */

static int record_add(struct json_object *ops, const char *verb, enum store_kind kind,
		      const char *type, const char *path, const char *member,
		      struct json_object *body)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	int r;

	if (!o)
		return -ENOMEM;
	r = json_set_str(o, "v", verb);
	if (r == 0)
		r = json_set_str(o, "k", object_kinds[kind].uri);
	if (r == 0 && type)
		r = json_set_str(o, "t", type);
	if (r == 0)
		r = json_set_str(o, "p", path);
	if (r == 0 && member)
		r = json_set_str(o, "m", member);
	if (r == 0 && body)
		r = json_set(o, "b", json_object_get(body));
	return r < 0 ? r : json_append(ops, TAKE_PTR(o));
}

static int record_new(int64_t generation, struct json_object **ret, struct json_object **ret_ops)
{
	_cleanup_json_ struct json_object *record = json_object_new_object();
	struct json_object *ops = json_object_new_array();
	int r = record ? json_set(record, "ops", ops) : -ENOMEM;

	if (r == 0)
		r = json_set_int(record, "g", generation);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(record);
	*ret_ops = ops;
	return 0;
}

static int op_read(struct json_object *o, struct store_op *ret)
{
	const char *verb, *kind, *path, *text;
	struct json_object *body = NULL;

	if (json_get_str(o, "v", &verb) < 0 || json_get_str(o, "k", &kind) < 0 ||
	    json_get_str(o, "p", &path) < 0)
		return -EBADMSG;
	*ret = (struct store_op){ .verb = ARRAY_SIZE(verb_names), .kind = _STORE_KIND_MAX };
	for (unsigned i = 0; i < ARRAY_SIZE(verb_names); i++) {
		if (!strcmp(verb_names[i], verb))
			ret->verb = i;
	}
	for (unsigned i = 0; i < _STORE_KIND_MAX; i++) {
		if (!strcmp(object_kinds[i].uri, kind))
			ret->kind = i;
	}
	if (ret->verb == ARRAY_SIZE(verb_names) || ret->kind == _STORE_KIND_MAX)
		return -EBADMSG;
	ret->path = strdup(path);
	ret->type = json_get_str(o, "t", &text) == 0 ? strdup(text) : NULL;
	ret->member = json_get_str(o, "m", &text) == 0 ? strdup(text) : NULL;
	ret->body = json_get_obj(o, "b", &body) == 0 ? json_object_get(body) : NULL;
	return ret->path ? 0 : -ENOMEM;
}

static int on_record(void *userdata, struct json_object *record)
{
	struct store *s = userdata;
	struct json_object *ops, *obj;
	struct store_error error;
	int64_t generation;
	int r = 0;

	if (json_get_arr(record, "ops", &ops) < 0 || json_get_int(record, "g", &generation) < 0)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < json_object_array_length(ops); i++) {
		struct store_op op = {};

		r = op_read(json_object_array_get_idx(ops, i), &op);
		if (r == 0)
			r = store_op_apply(s, &op, &obj, &error);
		store_op_done(&op);
	}
	if (r < 0) {
		part_undo(s);
		return r == -EINVAL ? -EBADMSG : r;
	}
	part_commit(s);
	strv_free(TAKE_PTR(s->touched));
	if (generation > s->generation)
		s->generation = generation;
	return 0;
}

/* Everything there is, as one record: partitions first, then what others refer to. */
static int record_all(const struct store *s, struct json_object **ret)
{
	static const enum store_kind order[] = { STORE_PARTITION, STORE_MONITOR,    STORE_NODE,
						 STORE_POOL,	  STORE_DATA_GROUP, STORE_RULE,
						 STORE_VIRTUAL };
	_cleanup_json_ struct json_object *record = NULL;
	struct json_object *ops;
	struct lh_entry *e;
	int r;

	r = record_new(s->generation, &record, &ops);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(order); i++) {
		lh_foreach(s->parts, e)
		{
			struct part *p = lh_entry_v(e);

			json_object_object_foreach (p->maps[order[i]], key, obj) {
				const char *type = NULL, *path = strrchr(key, ' ');
				bool built_in =
					!strcmp(lh_entry_k(e), "Common") &&
					(order[i] == STORE_PARTITION || order[i] == STORE_MONITOR);

				(void)json_get_str(obj, "_type", &type);
				if (r == 0 && !built_in)
					r = record_add(ops, "create", order[i], type,
						       path ? path + 1 : key, NULL, obj);
			}
		}
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(record);
	return 0;
}

/* What every device has from the start. */
static int add_built_in(struct store *s)
{
	static const char *const types[] = { "http", "https", "tcp", "gateway-icmp" };
	struct store_op op = { .verb = STORE_CREATE,
			       .kind = STORE_PARTITION,
			       .path = strdup("Common") };
	struct json_object *obj;
	struct store_error error;
	int r = op.path ? store_op_apply(s, &op, &obj, &error) : -ENOMEM;

	store_op_done(&op);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(types); i++) {
		op = (struct store_op){ .verb = STORE_CREATE,
					.kind = STORE_MONITOR,
					.type = strdup(types[i]),
					.path = str_printf("/Common/%s", types[i]),
					.body = json_object_new_object() };
		r = op.path && op.type && op.body ? 0 : -ENOMEM;
		if (r == 0 && !strncmp(types[i], "http", 4))
			r = json_set_str(op.body, "send", "GET /\\r\\n");
		if (r == 0)
			r = store_op_apply(s, &op, &obj, &error);
		store_op_done(&op);
	}
	part_commit(s);
	return r;
}

int store_open(const char *dir, struct store **ret, size_t *ret_cut)
{
	_cleanup_(store_freep) struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->parts = lh_kchar_table_new(64, NULL);
	s->addresses = json_object_new_object();
	if (!s->parts || !s->addresses)
		return -ENOMEM;
	r = add_built_in(s);
	if (r == 0)
		r = journal_open(dir, on_record, s, &s->journal, ret_cut);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

int store_apply(struct store *s, struct store_op *ops, size_t n, struct json_object **ret_results,
		struct store_error *ret_error)
{
	_cleanup_json_ struct json_object *record = NULL, *all = NULL;
	_cleanup_strv_ char **touched = NULL;
	struct json_object *list, *obj;
	int64_t generation = s->generation;
	int r;

	r = record_new(generation, &record, &list);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = store_op_apply(s, &ops[i], &obj, ret_error);
		if (r == 0)
			r = record_add(list, verb_names[ops[i].verb], ops[i].kind, ops[i].type,
				       ops[i].path, ops[i].member, ops[i].body);
		if (r == 0 && ret_results)
			ret_results[i] = obj;
	}
	if (r == 0)
		r = json_set_int(record, "g", s->generation);
	if (r == 0 && n > 0)
		r = journal_append(s->journal, record);
	if (r < 0) {
		part_undo(s);
		s->generation = generation;
		return r;
	}
	part_commit(s);
	touched = TAKE_PTR(s->touched);
	for (size_t i = 0; s->on_pool && touched && touched[i]; i++)
		s->on_pool(s->on_pool_userdata, touched[i]);
	if (journal_size(s->journal) > COMPACT_MIN &&
	    journal_size(s->journal) > 4 * journal_base(s->journal) && record_all(s, &all) == 0)
		(void)journal_compact(s->journal, all); /* the longer file serves as well */
	return 0;
}

int store_validate(struct store *s, struct store_op *ops, size_t n, struct store_error *ret_error)
{
	int64_t generation = s->generation;
	struct json_object *obj;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = store_op_apply(s, &ops[i], &obj, ret_error);
	part_undo(s);
	s->generation = generation;
	return r;
}

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

int store_each(const struct store *s, enum store_kind kind, const char *type, const char *partition,
	       int (*func)(void *userdata, const char *path, struct json_object *obj),
	       void *userdata)
{
	_cleanup_free_ char **keys = NULL;
	struct lh_entry *e;
	size_t n = 0, i = 0;
	int r = 0;

	lh_foreach(s->parts, e) n +=
		(size_t)json_object_object_length(((struct part *)lh_entry_v(e))->maps[kind]);
	keys = calloc(n + 1, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	lh_foreach(s->parts, e)
	{
		struct part *p = lh_entry_v(e);

		if (partition && strcmp(lh_entry_k(e), partition) != 0)
			continue;
		json_object_object_foreach (p->maps[kind], key, obj) {
			const char *have = NULL;

			(void)json_get_str(obj, "_type", &have);
			if (!type || (have && !strcmp(have, type)))
				keys[i++] = key;
		}
	}
	qsort(keys, i, sizeof(*keys), by_text);
	for (size_t k = 0; r == 0 && k < i; k++) {
		const char *path = strrchr(keys[k], ' ');

		r = func(userdata, path ? path + 1 : keys[k], part_find(s, kind, keys[k]));
	}
	return r;
}

void store_on_pool(struct store *s, void (*func)(void *userdata, const char *path), void *userdata)
{
	s->on_pool = func;
	s->on_pool_userdata = userdata;
}
