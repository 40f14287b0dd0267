/* SPDX-License-Identifier: MIT */
/* value.c -- the values of a template: making and comparing them */
#include <errno.h>
#include <string.h>

#include "modules/template/value.h"

/* An empty container points somewhere, too: it may be copied and cut as any other. */
static const struct pair nothing;

struct value value_array(const struct value *items, size_t len)
{
	struct value v = { .type = V_ARRAY, .items = items ?: &nothing.key, .len = len };

	for (size_t i = 0; i < len && !v.holds; i++)
		v.holds = value_tainted(&items[i]);
	return v;
}

struct value value_hash(const struct pair *pairs, size_t len)
{
	struct value v = { .type = V_HASH, .pairs = pairs ?: &nothing, .len = len };

	for (size_t i = 0; i < len && !v.holds; i++)
		v.holds = value_tainted(&pairs[i].key) || value_tainted(&pairs[i].value);
	return v;
}

const char *value_kind(const struct value *v)
{
	switch (v->type) {
	case V_FALSE:
		return "false";
	case V_TRUE:
		return "true";
	case V_INT:
		return "an integer";
	case V_FLOAT:
		return "a number with a point";
	case V_STR:
		return "a string";
	case V_SYM:
		return "a symbol";
	case V_ARRAY:
		return "an array";
	case V_HASH:
		return "a hash";
	case V_TEXT:
		return "template text";
	}
	return "nil";
}

static int from_json(struct arena *arena, struct json_object *obj, unsigned depth,
		     struct value *ret);

static int from_array(struct arena *arena, struct json_object *obj, unsigned depth,
		      struct value *ret)
{
	size_t n = json_object_array_length(obj);
	struct value *items = arena_array(arena, n, sizeof(*items));
	int r;

	if (!items)
		return arena->error;
	for (size_t i = 0; i < n; i++) {
		r = from_json(arena, json_object_array_get_idx(obj, i), depth, &items[i]);
		if (r < 0)
			return r;
	}
	*ret = value_array(items, n);
	return 0;
}

static int from_object(struct arena *arena, struct json_object *obj, unsigned depth,
		       struct value *ret)
{
	size_t n = json_object_object_length(obj), i = 0;
	struct pair *pairs = arena_array(arena, n, sizeof(*pairs));
	int r;

	if (!pairs)
		return arena->error;
	json_object_object_foreach (obj, key, v) {
		pairs[i].key = value_str(key, strlen(key));
		r = from_json(arena, v, depth, &pairs[i].value);
		if (r < 0)
			return r;
		i++;
	}
	*ret = value_hash(pairs, n);
	ret->fact = true;
	return 0;
}

static int from_json(struct arena *arena, struct json_object *obj, unsigned depth,
		     struct value *ret)
{
	if (depth > VALUE_DEPTH_MAX)
		return -ELOOP;
	switch (json_object_get_type(obj)) {
	case json_type_null:
		*ret = value_nil();
		return 0;
	case json_type_boolean:
		*ret = value_bool(json_object_get_boolean(obj));
		return 0;
	case json_type_double:
		*ret = (struct value){ .type = V_FLOAT, .real = json_object_get_double(obj) };
		return 0;
	case json_type_int:
		*ret = value_int(json_object_get_int64(obj));
		/* a larger one is kept unsigned, and cut by the call above */
		return json_object_get_uint64(obj) > INT64_MAX ? -ERANGE : 0;
	case json_type_string:
		*ret = value_str(json_object_get_string(obj), json_object_get_string_len(obj));
		return 0;
	case json_type_array:
		return from_array(arena, obj, depth + 1, ret);
	case json_type_object:
		return from_object(arena, obj, depth + 1, ret);
	}
	return -ERANGE;
}

int value_from_json(struct arena *arena, struct json_object *obj, bool secret, struct value *ret)
{
	int r;

	r = from_json(arena, obj, 0, ret);
	if (r < 0)
		return r;
	ret->secret = secret;
	return 0;
}

static int spend(size_t *steps, unsigned depth)
{
	if (depth > VALUE_DEPTH_MAX)
		return -ELOOP;
	if (*steps == 0)
		return -E2BIG;
	--*steps;
	return 0;
}

static int equal(const struct value *a, const struct value *b, size_t *steps, unsigned depth,
		 bool *ret);

static int find(const struct value *hash, const struct value *key, size_t *steps, unsigned depth,
		const struct pair **ret)
{
	bool same;
	int r;

	*ret = NULL;
	for (size_t i = 0; i < hash->len; i++) {
		if (hash->pairs[i].key.type != key->type)
			continue;
		r = equal(&hash->pairs[i].key, key, steps, depth, &same);
		if (r < 0)
			return r;
		if (same) {
			*ret = &hash->pairs[i];
			return 0;
		}
	}
	return 0;
}

static int equal_hash(const struct value *a, const struct value *b, size_t *steps, unsigned depth,
		      bool *ret)
{
	const struct pair *p;
	int r;

	*ret = a->len == b->len;
	for (size_t i = 0; *ret && i < a->len; i++) {
		r = find(b, &a->pairs[i].key, steps, depth, &p);
		if (r < 0)
			return r;
		*ret = p != NULL;
		r = p ? equal(&a->pairs[i].value, &p->value, steps, depth, ret) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static bool number(const struct value *v)
{
	return v->type == V_INT || v->type == V_FLOAT;
}

static double real(const struct value *v)
{
	return v->type == V_INT ? (double)v->integer : v->real;
}

static int equal(const struct value *a, const struct value *b, size_t *steps, unsigned depth,
		 bool *ret)
{
	int r;

	r = spend(steps, depth);
	if (r < 0)
		return r;
	if (a->type != b->type) {
		*ret = number(a) && number(b) && real(a) == real(b);
		return 0;
	}
	switch (a->type) {
	case V_INT:
		*ret = a->integer == b->integer;
		return 0;
	case V_FLOAT:
		*ret = a->real == b->real;
		return 0;
	case V_STR:
	case V_SYM:
		*ret = a->len == b->len && memcmp(a->str, b->str, a->len) == 0;
		return 0;
	case V_HASH:
		return equal_hash(a, b, steps, depth + 1, ret);
	case V_ARRAY:
		*ret = a->len == b->len;
		for (size_t i = 0; *ret && i < a->len; i++) {
			r = equal(&a->items[i], &b->items[i], steps, depth + 1, ret);
			if (r < 0)
				return r;
		}
		return 0;
	}
	*ret = true;
	return 0;
}

int value_equal(const struct value *a, const struct value *b, size_t *steps, bool *ret)
{
	return equal(a, b, steps, 0, ret);
}

int value_eql(const struct value *a, const struct value *b, size_t *steps, bool *ret)
{
	if (a->type == b->type)
		return equal(a, b, steps, 0, ret);
	*ret = false;
	return 0;
}

int value_find(const struct value *hash, const struct value *key, size_t *steps,
	       const struct pair **ret)
{
	return find(hash, key, steps, 0, ret);
}

static int sign(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const struct value *a, const struct value *b, size_t *steps, unsigned depth,
		   int *ret)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int r;

	r = spend(steps, depth);
	if (r < 0)
		return r;
	if (number(a) && number(b)) {
		*ret = a->type == V_INT && b->type == V_INT
			       ? sign(a->integer, b->integer)
			       : (real(a) > real(b)) - (real(a) < real(b));
		return 0;
	}
	if (a->type != b->type || a->type == V_HASH || a->type == V_TEXT)
		return -EDOM;
	*ret = 0;
	if (a->type == V_STR || a->type == V_SYM) {
		*ret = n > 0 ? memcmp(a->str, b->str, n) : 0;
		*ret = *ret ? sign(*ret, 0) : sign(a->len, b->len);
	} else if (a->type == V_ARRAY) {
		for (size_t i = 0; i < n; i++) {
			r = compare(&a->items[i], &b->items[i], steps, depth + 1, ret);
			if (r < 0 || *ret != 0)
				return r;
		}
		*ret = sign(a->len, b->len);
	}
	return 0;
}

int value_compare(const struct value *a, const struct value *b, size_t *steps, int *ret)
{
	return compare(a, b, steps, 0, ret);
}
