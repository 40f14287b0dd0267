/* SPDX-License-Identifier: MIT */
/* store-op.c -- one operation on the store with the checks that a BIG-IP makes */
#include <errno.h>
#include <string.h>
#include <time.h>

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

	return r < 0 ? r : part_put(s, kind, key, obj);
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

/* A monitor of that path is there, of whatever type. */
static bool monitor_there(const struct store *s, const char *path, const char **ret_type)
{
	_cleanup_json_ struct json_object *o = NULL;
	const char *type;

	o = store_monitor(s, path, &type);
	if (o && ret_type)
		*ret_type = type;
	return o;
}

static bool uses_monitor(struct json_object *pool, const char *path)
{
	const char *monitors;

	return json_get_str(pool, "monitor", &monitors) == 0 && monitor_listed(monitors, path);
}

const char *op_users(const struct target *t)
{
	return strcmp(t->partition, "Common") ? t->partition : NULL;
}

/* Notes all pools that HAS is true of, for T, which is PATH. */
static int touch_all(struct store *s, const struct target *t, const char *path,
		     bool (*has)(struct json_object *pool, const char *path))
{
	const char *only = op_users(t);
	int r = 0;

	for (size_t i = 0; i < s->n_parts; i++) {
		const struct shelf *pools = &s->parts[i]->kinds[STORE_POOL];

		if (only && strcmp(s->parts[i]->name, only) != 0)
			continue;
		for (size_t k = 0; r == 0 && k < pools->n; k++) {
			_cleanup_json_ struct json_object *pool = NULL;

			if (!strstr(row_text(pools->rows[k]), path))
				continue;
			pool = row_open(pools->rows[k]);
			if (!pool)
				r = -ENOMEM;
			else if (has(pool, path))
				r = op_touch(s, pools->rows[k]);
		}
	}
	return r;
}

/*
 * "/Common/http and /test-1/m": each named one must be there, in Common or in the pool's own
 * partition; other words ("min 1 of {") pass.
 */
static int monitor_check(const struct store *s, struct json_object *obj, const struct target *t,
			 const char *of, struct store_error *error)
{
	_cleanup_free_ char *copy = NULL;
	const char *text, *partition, *name;
	char *save = NULL, buffer[512];

	if (json_get_str(obj, "monitor", &text) < 0)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (*w != '/')
			continue;
		if (object_split(w, buffer, &partition, &name) < 0 ||
		    (strcmp(partition, "Common") != 0 && strcmp(partition, t->partition) != 0) ||
		    !monitor_there(s, w, NULL))
			return object_error(error, 400, 3,
					    "01070712:3: Values (%s) specified for Pool (%s): "
					    "foreign_key_value not found.",
					    w, of);
	}
	return 0;
}

/* A monitor's name is one of all types together: pools name it without a type. */
static int monitor_name_check(const struct store *s, const struct store_op *op,
			      struct store_error *error)
{
	const char *type;

	if (op->verb != STORE_CREATE || !monitor_there(s, op->path, &type))
		return 0;
	return object_error(error, 409, 3,
			    "01020066:3: The requested monitor (%s) already exists with type %s.",
			    op->path, type);
}

/* A pool's monitor reads back with a blank behind it, and comes back with it. */
static int monitor_trim(struct json_object *pool)
{
	_cleanup_free_ char *copy = NULL;
	const char *text;
	size_t n;

	if (json_get_str(pool, "monitor", &text) < 0)
		return 0;
	n = strlen(text);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (!text[n])
		return 0;
	copy = strndup(text, n);
	return copy ? json_set_str(pool, "monitor", copy) : -ENOMEM;
}

static bool built_in(const struct target *t)
{
	return !strcmp(t->partition, "Common") && store_monitor_type(t->name);
}

/* ---- all kinds ---- */

static int delete_check(const struct store *s, const struct store_op *op, const struct target *t,
			struct store_error *error)
{
	const char *user;

	switch (op->kind) {
	case STORE_PARTITION:
		if (strcmp(op->path, "Common") != 0 && part_empty(s, op->path))
			return 0;
		return object_error(error, 400, 3,
				    "0107082a:3: You must remove all objects from a partition "
				    "before removing the partition (%s), type ID (973)",
				    op->path);
	case STORE_NODE:
		user = part_user(s, STORE_POOL, op_users(t), op->path, node_used);
		if (!user)
			return 0;
		return object_error(error, 400, 3,
				    "01070110:3: Node address '%s' is referenced by a member of "
				    "pool '%s'.",
				    op->path, user);
	case STORE_MONITOR:
		if (!built_in(t) && !part_user(s, STORE_POOL, op_users(t), op->path, uses_monitor))
			return 0;
		return object_error(error, 400, 3, "01070083:3: Monitor %s is in use.", op->path);
	case STORE_POOL:
		user = pool_user(s, t);
		if (!user)
			return 0;
		return object_error(error, 400, 3,
				    "01070265:3: The Pool (%s) cannot be deleted because it is in "
				    "use by a Virtual Server (%s).",
				    op->path, user);
	case STORE_RULE:
		user = rule_user(s, t);
		if (!user)
			return 0;
		return object_error(error, 400, 3,
				    "01070265:3: The rule (%s) cannot be deleted because it is in "
				    "use by a Virtual Server (%s).",
				    op->path, user);
	default:
		return 0;
	}
}

static int delete_op(struct store *s, const struct store_op *op, const struct target *t,
		     struct store_error *error)
{
	int r = delete_check(s, op, t, error);

	if (r == 0 && op->kind == STORE_POOL)
		r = op_touch(s, op->path);
	return r < 0 ? r : part_put(s, op->kind, t->key, NULL);
}

/* Pools whose route an altered node or monitor may change. */
static int touch_users(struct store *s, const struct store_op *op, const struct target *t)
{
	if (op->kind == STORE_MONITOR)
		return touch_all(s, t, op->path, uses_monitor);
	return op->kind == STORE_NODE ? touch_all(s, t, op->path, node_used) : 0;
}

static int write_pool(struct store *s, const struct store_op *op, const struct target *t,
		      struct json_object *obj, struct store_error *error)
{
	_cleanup_json_ struct json_object *members = NULL;
	int r;

	r = monitor_trim(obj) ?: monitor_check(s, obj, t, op->path, error);
	if (r == 0)
		r = object_members(op->body, &members, error);
	if (r == 0)
		r = members_set(s, op, t, obj, members, error);
	return r < 0 ? r : op_touch(s, op->path);
}

static int write_op(struct store *s, const struct store_op *op, const struct target *t,
		    struct json_object **ret, struct store_error *error)
{
	_cleanup_json_ struct json_object *obj = NULL;
	int r;

	r = object_build(t->kind, t->partition, t->name, t->former, op->body,
			 op->verb != STORE_REPLACE, &obj, error);
	if (r == 0 && op->kind == STORE_NODE)
		r = node_check(s, obj, t->key, error);
	if (r == 0 && op->kind == STORE_MONITOR)
		r = monitor_name_check(s, op, error) ?: json_set_str(obj, "_type", op->type);
	if (r == 0 && op->kind == STORE_POOL)
		r = write_pool(s, op, t, obj, error);
	if (r == 0)
		r = refs_check(s, op, t, obj, error);
	if (r == 0 && op->kind == STORE_PARTITION && op->verb == STORE_CREATE)
		r = json_set_int(obj, "_created", time(NULL));
	if (r == 0 && op->verb != STORE_CREATE)
		r = touch_users(s, op, t);
	if (r == 0)
		r = op_put(s, op->kind, t->key, obj);
	if (r == 0)
		*ret = TAKE_PTR(obj);
	return r;
}

/* The operation itself, with T->former taken from the store. */
static int apply(struct store *s, const struct store_op *op, const struct target *t,
		 struct json_object **ret, struct store_error *error)
{
	if (op->member)
		return member_op(s, op, t, ret, error);
	if (op->verb == STORE_CREATE && t->former)
		return object_error(error, 409, 3,
				    "01020066:3: The requested %s (%s) already exists in partition "
				    "%s.",
				    t->kind->title, op->path, t->partition);
	if (op->verb != STORE_CREATE && !t->former)
		return op_not_found(error, t->kind->title, op->path);
	if (op->verb == STORE_DELETE)
		return delete_op(s, op, t, error);
	return write_op(s, op, t, ret, error);
}

/*
 * "/P/sub/n", of good names. Folders below a partition are not served: who names one is told that
 * it is not there.
 */
static bool below_folder(const char *path)
{
	size_t n = 0;

	if (*path != '/')
		return false;
	for (; *path == '/'; n++) {
		size_t len = strcspn(path + 1, "/");
		char name[256];

		if (len >= sizeof(name))
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)len, path + 1);
		if (!object_name_valid(name))
			return false;
		path += len + 1;
	}
	return n > 2;
}

int store_op_apply(struct store *s, const struct store_op *op, struct json_object **ret,
		   struct store_error *error)
{
	_cleanup_free_ char *key = part_key(op->kind, op->type, op->path);
	_cleanup_json_ struct json_object *former = NULL;
	struct target t = { .kind = &object_kinds[op->kind] };
	_cleanup_free_ char *folder = NULL;
	const char *row;

	*ret = NULL;
	if (!key)
		return -ENOMEM;
	t.key = key;
	if (below_folder(op->path)) {
		folder = strndup(op->path, (size_t)(strrchr(op->path, '/') - op->path));
		return folder ? op_not_found(error, "folder", folder) : -ENOMEM;
	}
	if (object_split(op->path, t.buffer, &t.partition, &t.name) < 0 ||
	    (op->kind == STORE_PARTITION) != (op->path[0] != '/'))
		return object_error(error, 400, 1, "invalid property value \"name\":\"%.200s\"",
				    op->path);
	if (op->verb == STORE_CREATE && !strcmp(t.name, "example"))
		return object_error(error, 400, 1,
				    "invalid property value \"name\":\"example\": it is reserved");
	if (op->kind != STORE_PARTITION && !part_shelf(s, op->kind, t.partition)) {
		folder = str_printf("/%s", t.partition);
		return folder ? op_not_found(error, "folder", folder) : -ENOMEM;
	}
	row = part_row(s, op->kind, key);
	former = row ? row_open(row) : NULL;
	if (row && !former)
		return -ENOMEM;
	t.former = former;
	return apply(s, op, &t, ret, error);
}
