/* SPDX-License-Identifier: MIT */
/* store-refs.c -- what data groups, rules and virtual servers are held to before they are kept */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-op.h"

#define VALUE_MAX 65520u

static int by_name(const void *a, const void *b)
{
	const char *x = "", *y = "";

	(void)json_get_str(*(struct json_object *const *)a, "name", &x);
	(void)json_get_str(*(struct json_object *const *)b, "name", &y);
	return strcmp(x, y);
}

/* One record: a name and, as a rule, data. */
static int record_check(struct json_object *record, const char *key, const char *path,
			struct store_error *error)
{
	const char *name = "", *data = "", *value;

	if (!json_object_is_type(record, json_type_object) ||
	    json_get_str(record, "name", &name) < 0 || !*name ||
	    json_get_str(record, "data", &data) == -EBADMSG)
		return object_error(error, 400, 1, "invalid property value \"%s\": %.200s", key,
				    json_text(record));
	if (strlen(name) > VALUE_MAX || strlen(data) > VALUE_MAX)
		return object_error(error, 400, 3,
				    "01070712:3: A value of the value list (%s) is longer than %u "
				    "bytes.",
				    path, VALUE_MAX);
	/* Metadata read back always has a value. */
	if (!strcmp(key, "metadata") && json_get_str(record, "value", &value) < 0)
		return json_set_str(record, "value", "");
	return 0;
}

/* The list KEY of OBJ: each with a name of its own, in their order. */
static int records_check(const struct store_op *op, struct json_object *obj, const char *key,
			 struct store_error *error)
{
	_cleanup_json_ struct json_object *sorted = NULL;
	struct json_object *records;
	int r = json_get_arr(obj, key, &records);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return object_error(error, 400, 1, "invalid property value \"%s\"", key);
	if (json_object_deep_copy(records, &sorted, NULL) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(sorted); i++) {
		r = record_check(json_object_array_get_idx(sorted, i), key, op->path, error);
		if (r < 0)
			return r;
	}
	json_object_array_sort(sorted, by_name);
	for (size_t i = 1; i < json_object_array_length(sorted); i++) {
		struct json_object *a = json_object_array_get_idx(sorted, i - 1);
		struct json_object *b = json_object_array_get_idx(sorted, i);

		if (by_name(&a, &b) == 0)
			return object_error(error, 400, 1,
					    "invalid property value \"%s\": %.200s twice", key,
					    json_text(b));
	}
	return json_set(obj, key, TAKE_PTR(sorted));
}

/*
 * A rule is kept, not run: looked at is what every Tcl script must have, braces that match, and
 * that it has a "when" or a "proc" outside of them.
 */
static int rule_check(const struct store_op *op, struct json_object *obj, struct store_error *error)
{
	const char *text, *what = NULL;
	unsigned line = 1, depth = 0;
	bool handler = false, start = true;

	if (json_get_str(obj, "apiAnonymous", &text) < 0)
		return object_error(error, 400, 1,
				    "one or more properties must be specified: apiAnonymous");
	for (const char *p = text; *p && !what; p++) {
		line += *p == '\n';
		if (depth == 0 && start && *p == '#') {
			p += strcspn(p, "\n");
			p -= !*p;
			continue;
		}
		handler = handler || (depth == 0 && start &&
				      (!strncmp(p, "when ", 5) || !strncmp(p, "proc ", 5)));
		start = *p == '\n' || *p == '}' || (start && strchr(" \t\r", *p));
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '{')
			depth++;
		else if (*p == '}' && depth-- == 0)
			what = "extra characters: a brace that nothing opened";
	}
	if (!what && depth > 0)
		what = "missing close-brace";
	if (!what && !handler)
		what = "no event handler: expected \"when EVENT { ... }\"";
	if (!what)
		return 0;
	return object_error(error, 400, 3, "01070151:3: Rule [%s] error: %s:%u: error: [%s]",
			    op->path, op->path, line, what);
}

/* PATH lies in the virtual server's own partition or in Common, and is there. */
static int ref_check(const struct store *s, enum store_kind kind, const struct target *t,
		     const char *path, struct store_error *error)
{
	const char *partition = "", *name;
	char buffer[512];

	if (object_split(path, buffer, &partition, &name) == 0 &&
	    (!strcmp(partition, "Common") || !strcmp(partition, t->partition)) &&
	    part_row(s, kind, path))
		return 0;
	return op_not_found(error, object_kinds[kind].title, path);
}

/* Of each pair one holds: the one that BODY switches on, or the other one of what it switches off.
 */
static int pair_check(struct json_object *obj, struct json_object *body, const char *a,
		      const char *b, struct store_error *error)
{
	const char *const keys[] = { a, b, a };
	bool on;
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		r = body ? json_get_bool(body, keys[i], &on) : -ENOENT;
		if (r == -EBADMSG)
			return object_error(error, 400, 1, "invalid property value \"%s\"",
					    keys[i]);
		if (r == -ENOENT) {
			r = 0;
			continue;
		}
		json_object_object_del(obj, keys[on ? i + 1 : i]);
		r = json_set_bool(obj, keys[on ? i : i + 1], true);
	}
	return r;
}

/* What was read as a reference may be written as one. */
static int lists_check(struct json_object *obj, struct json_object *body)
{
	static const char *const keys[][2] = { { "policiesReference", "policies" },
					       { "profilesReference", "profiles" } };
	struct json_object *reference, *items;
	int r = 0;

	for (size_t i = 0; r == 0 && body && i < ARRAY_SIZE(keys); i++) {
		if (json_get_obj(body, keys[i][0], &reference) == 0 &&
		    json_get_arr(reference, "items", &items) == 0)
			r = json_set(obj, keys[i][1], json_object_get(items));
	}
	return r;
}

static int virtual_check(const struct store *s, const struct store_op *op, const struct target *t,
			 struct json_object *obj, struct store_error *error)
{
	struct json_object *rules;
	const char *pool;
	int r;

	r = lists_check(obj, op->body) ?: pair_check(obj, op->body, "enabled", "disabled", error);
	if (r == 0)
		r = pair_check(obj, op->body, "vlansEnabled", "vlansDisabled", error);
	if (r < 0)
		return r;
	if (json_get_str(obj, "pool", &pool) == 0 && *pool && strcmp(pool, "none") != 0)
		r = ref_check(s, STORE_POOL, t, pool, error);
	if (r < 0 || json_get_arr(obj, "rules", &rules) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < json_object_array_length(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);

		if (!json_object_is_type(rule, json_type_string))
			return object_error(error, 400, 1, "invalid property value \"rules\"");
		r = ref_check(s, STORE_RULE, t, json_object_get_string(rule), error);
	}
	return r;
}

int refs_check(const struct store *s, const struct store_op *op, const struct target *t,
	       struct json_object *obj, struct store_error *error)
{
	int r = records_check(op, obj, "metadata", error);

	if (r < 0)
		return r;
	switch (op->kind) {
	case STORE_DATA_GROUP:
		return records_check(op, obj, "records", error);
	case STORE_RULE:
		return rule_check(op, obj, error);
	case STORE_VIRTUAL:
		return virtual_check(s, op, t, obj, error);
	default:
		return 0;
	}
}

static bool has_rule(struct json_object *v, const char *rule)
{
	struct json_object *rules;

	if (json_get_arr(v, "rules", &rules) < 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(rules); i++) {
		const char *have = json_object_get_string(json_object_array_get_idx(rules, i));

		if (have && !strcmp(have, rule))
			return true;
	}
	return false;
}

static bool has_pool(struct json_object *v, const char *pool)
{
	const char *have;

	return json_get_str(v, "pool", &have) == 0 && !strcmp(have, pool);
}

/* What is not common is used in its own partition only: ref_check(). */
static const char *user_of(const struct store *s, const struct target *t,
			   bool (*has)(struct json_object *v, const char *what))
{
	const char *only = strcmp(t->partition, "Common") ? t->partition : NULL;

	return part_user(s, STORE_VIRTUAL, only, t->key, has);
}

const char *pool_user(const struct store *s, const struct target *t)
{
	return user_of(s, t, has_pool);
}

const char *rule_user(const struct store *s, const struct target *t)
{
	return user_of(s, t, has_rule);
}
