/* SPDX-License-Identifier: MIT */
/* store-op.c -- one operation on the store with the checks that a BIG-IP makes */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-op.h"

int op_not_found(struct store_error *error, const char *title, const char *what)
{
	return object_error(error, 404, 3, "01020036:3: The requested %s (%s) was not found.",
			    title, what);
}

int op_put(struct store *s, enum store_kind kind, const char *key, struct json_object *obj)
{
	int r = json_set_int(obj, "generation", ++s->generation);

	if (r < 0) {
		json_object_put(obj);
		return r;
	}
	return part_put(s, kind, key, obj);
}

int op_touch(struct store *s, const char *pool)
{
	return strv_contains(s->touched, pool) ? 0 : strv_add(&s->touched, pool);
}

/* ---- monitors ---- */

static bool monitor_listed(const char *monitors, const char *path)
{
	const char *p = monitors;
	size_t n = strlen(path);

	while ((p = strstr(p, path))) {
		if ((p == monitors || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}

/* The first pool that uses the monitor PATH; all of them are touched if ALL. */
static const char *monitor_users(struct store *s, const char *path, bool all)
{
	struct lh_entry *e;
	const char *first = NULL;

	lh_foreach(s->parts, e)
	{
		struct part *p = lh_entry_v(e);

		json_object_object_foreach (p->maps[STORE_POOL], key, pool) {
			const char *monitors;

			if (json_get_str(pool, "monitor", &monitors) < 0 ||
			    !monitor_listed(monitors, path))
				continue;
			first = first ?: key;
			if (all)
				(void)op_touch(s, key);
		}
	}
	return first;
}

static bool monitor_exists(const struct store *s, const char *path)
{
	static const char *const types[] = { "http", "https", "tcp", "gateway-icmp" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_free_ char *key = part_key(STORE_MONITOR, types[i], path);

		if (key && part_find(s, STORE_MONITOR, key))
			return true;
	}
	return false;
}

/* "/Common/http and /test-1/m": each named one must be there; other words ("min 1 of {") pass. */
static int monitor_check(const struct store *s, struct json_object *obj, const char *of,
			 struct store_error *error)
{
	_cleanup_free_ char *copy = NULL;
	const char *text;
	char *save = NULL;

	if (json_get_str(obj, "monitor", &text) < 0)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (*w == '/' && !monitor_exists(s, w))
			return object_error(error, 400, 3,
					    "01070712:3: Values (%s) specified for Pool (%s): "
					    "foreign_key_value not found.",
					    w, of);
	}
	return 0;
}

/* ---- all kinds ---- */

static int delete_op(struct store *s, const struct store_op *op, struct target *t,
		     struct store_error *error)
{
	const char *user = NULL;

	if (op->kind == STORE_PARTITION &&
	    (!strcmp(op->path, "Common") || !part_empty(part_get(s, op->path))))
		return object_error(error, 400, 3,
				    "0107082a:3: You must remove all objects from a partition "
				    "before removing the partition (%s), type ID (973)",
				    op->path);
	if (op->kind == STORE_NODE && (user = node_user(s, t->partition, t->name)))
		return object_error(error, 400, 3,
				    "01070110:3: Node address '%s' is referenced by a member of "
				    "pool '%s'.",
				    op->path, user);
	if (op->kind == STORE_MONITOR && monitor_users(s, op->path, false))
		return object_error(error, 400, 3, "01070083:3: Monitor %s is in use.", op->path);
	if (op->kind == STORE_POOL) {
		struct part *p = part_get(s, t->partition);

		json_object_object_foreach (p->maps[STORE_VIRTUAL], path, v) {
			const char *pool;

			if (json_get_str(v, "pool", &pool) == 0 && !strcmp(pool, op->path))
				return object_error(
					error, 400, 3,
					"01070265:3: The Pool (%s) cannot be deleted "
					"because it is in use by a Virtual Server (%s).",
					op->path, path);
		}
		if (op_touch(s, op->path) < 0)
			return -ENOMEM;
	}
	return part_put(s, op->kind, t->key, NULL);
}

static int write_op(struct store *s, const struct store_op *op, struct target *t,
		    struct json_object **ret, struct store_error *error)
{
	_cleanup_json_ struct json_object *obj = NULL, *members = NULL;
	bool strict = op->verb != STORE_REPLACE;
	int r;

	r = object_build(t->kind, t->partition, t->name, t->former, op->body, strict, &obj, error);
	if (r == 0 && op->kind == STORE_NODE)
		r = node_check(s, obj, t->key, error);
	if (r == 0 && op->kind == STORE_MONITOR)
		r = json_set_str(obj, "_type", op->type);
	if (r == 0 && op->kind == STORE_POOL) {
		r = monitor_check(s, obj, op->path, error);
		if (r == 0)
			r = object_members(op->body, &members, error);
		if (r == 0)
			r = members_set(s, t->partition, obj, t->former, members, strict, error);
		if (r == 0)
			r = op_touch(s, op->path);
	}
	if (r < 0)
		return r;
	*ret = obj;
	r = op_put(s, op->kind, t->key, TAKE_PTR(obj));
	if (r == 0 && t->former && op->kind == STORE_MONITOR)
		(void)monitor_users(s, op->path, true);
	if (r == 0 && t->former && op->kind == STORE_NODE) {
		struct part *p = part_get(s, t->partition);

		json_object_object_foreach (p->maps[STORE_POOL], path, pool) {
			(void)pool;
			if (r == 0)
				r = op_touch(s, path);
		}
	}
	return r;
}

int store_op_apply(struct store *s, const struct store_op *op, struct json_object **ret,
		   struct store_error *error)
{
	struct target t = { .kind = &object_kinds[op->kind] };
	_cleanup_free_ char *key = part_key(op->kind, op->type, op->path);
	_cleanup_free_ char *folder = NULL;

	*ret = NULL;
	if (!key)
		return -ENOMEM;
	t.key = key;
	if (object_split(op->path, t.buffer, &t.partition, &t.name) < 0 ||
	    (op->kind == STORE_PARTITION) != (op->path[0] != '/'))
		return object_error(error, 400, 1, "invalid property value \"name\":\"%.200s\"",
				    op->path);
	if (op->kind != STORE_PARTITION && !part_get(s, t.partition)) {
		folder = str_printf("/%s", t.partition);
		return folder ? op_not_found(error, "folder", folder) : -ENOMEM;
	}
	t.former = part_find(s, op->kind, key);
	if (op->member)
		return member_op(s, op, &t, ret, error);
	if (op->verb == STORE_CREATE && t.former)
		return object_error(error, 409, 3,
				    "01020066:3: The requested %s (%s) already exists in partition "
				    "%s.",
				    t.kind->title, op->path, t.partition);
	if (op->verb != STORE_CREATE && !t.former)
		return op_not_found(error, t.kind->title, op->path);
	if (op->verb == STORE_DELETE)
		return delete_op(s, op, &t, error);
	return write_op(s, op, &t, ret, error);
}
