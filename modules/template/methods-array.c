/* SPDX-License-Identifier: MIT */
/* methods-array.c -- methods of arrays: asking, finding, parts */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

static int array_empty(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.len == 0);
	return 0;
}

static int array_length(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(c->self.len);
	return 0;
}

static int array_itself(struct eval *e, struct call *c, struct value *ret)
{
	*ret = c->self;
	return 0;
}

/* The items from FROM on, LEN of them. */
static struct value part(const struct value *v, size_t from, size_t len)
{
	return value_array(v->items + from, len);
}

static void item_at(const struct value *v, int64_t i, struct value *ret)
{
	if (i < 0)
		i += v->len;
	*ret = i >= 0 && i < v->len ? v->items[i] : value_nil();
}

/* a[1], a[-1], a[1, 2] */
static int array_slice(struct eval *e, struct call *c, struct value *ret)
{
	int64_t at = 0, len = 0, n = c->self.len;
	int r;

	r = method_int_arg(e, c, 0, &at);
	if (r == 0 && c->n_args > 1)
		r = method_int_arg(e, c, 1, &len);
	if (r < 0)
		return r;
	if (c->n_args == 1) {
		item_at(&c->self, at, ret);
		return 0;
	}
	if (at < 0)
		at += n;
	if (at < 0 || at > n || len < 0)
		*ret = value_nil();
	else
		*ret = part(&c->self, at, len < n - at ? len : n - at);
	return 0;
}

/* first, last: one item, or an array of so many */
static int array_first(struct eval *e, struct call *c, struct value *ret)
{
	bool last = c->name[0] == 'l';
	int64_t n = 0;
	int r;

	if (c->n_args == 0) {
		item_at(&c->self, last ? -1 : 0, ret);
		return 0;
	}
	r = method_int_arg(e, c, 0, &n);
	if (r < 0)
		return r;
	if (n < 0)
		return eval_fail(e, c->node, "'%.*s' takes no negative number", (int)c->len,
				 c->name);
	if (n > c->self.len)
		n = c->self.len;
	*ret = part(&c->self, last ? c->self.len - n : 0, n);
	return 0;
}

static int array_drop(struct eval *e, struct call *c, struct value *ret)
{
	int64_t n = 0;
	int r;

	r = method_int_arg(e, c, 0, &n);
	if (r < 0)
		return r;
	if (n < 0)
		return eval_fail(e, c->node, "'drop' takes no negative number");
	if (n > c->self.len)
		n = c->self.len;
	*ret = part(&c->self, n, c->self.len - n);
	return 0;
}

/* fetch(i), fetch(i, default), fetch(i) { |i| default } */
static int array_fetch(struct eval *e, struct call *c, struct value *ret)
{
	int64_t i = 0;
	int r;

	r = method_int_arg(e, c, 0, &i);
	if (r < 0)
		return r;
	if (i < (int64_t)c->self.len && i >= -(int64_t)c->self.len) {
		item_at(&c->self, i, ret);
		return 0;
	}
	if (c->block)
		return method_block(e, c, c->args, 1, ret);
	if (c->n_args > 1) {
		*ret = c->args[1];
		return 0;
	}
	return eval_fail(e, c->node, "there is no item %lld: the array has %u", (long long)i,
			 c->self.len);
}

/* a.dig(0, 'b') is a[0]['b'], or nil where something on the way is nil */
int method_dig(struct eval *e, struct call *c, struct value *ret)
{
	struct value v = c->self;
	int r;

	for (size_t i = 0; i < c->n_args; i++) {
		struct call step = { .node = c->node,
				     .name = "[]",
				     .len = 2,
				     .self = v,
				     .args = &c->args[i],
				     .n_args = 1 };

		if (v.type != V_ARRAY && v.type != V_HASH)
			return eval_fail(e, c->node, "'dig' cannot go into %s", value_kind(&v));
		r = method_call(e, &step, &v);
		if (r < 0)
			return r;
		if (v.type == V_NIL)
			break;
	}
	*ret = v;
	return 0;
}

static int position(struct eval *e, struct call *c, size_t *ret)
{
	bool same = false;
	int r;

	for (*ret = 0; *ret < c->self.len; ++*ret) {
		r = value_equal(&c->self.items[*ret], &c->args[0], &e->steps, &same);
		if (r < 0)
			return eval_error(e, c->node, r);
		if (same)
			return 0;
	}
	return 0;
}

static int array_include(struct eval *e, struct call *c, struct value *ret)
{
	size_t at;
	int r;

	r = position(e, c, &at);
	if (r < 0)
		return r;
	*ret = value_bool(at < c->self.len);
	return 0;
}

/* index(value), index { |x| ... } */
static int array_index(struct eval *e, struct call *c, struct value *ret)
{
	struct value v;
	size_t at = 0;
	int r;

	if ((c->n_args > 0) == (c->block != NULL))
		return eval_fail(e, c->node, "'%.*s' takes a value or a block", (int)c->len,
				 c->name);
	if (c->n_args > 0) {
		r = position(e, c, &at);
		if (r < 0)
			return r;
	}
	for (; c->block && at < c->self.len; at++) {
		r = method_item(e, c, at, &v);
		if (r == 0)
			r = method_block(e, c, &v, 1, &v);
		if (r < 0)
			return r;
		if (value_truthy(&v))
			break;
	}
	*ret = at < c->self.len ? value_int(at) : value_nil();
	return 0;
}

static int array_values_at(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->n_args, struct value);
	int64_t at = 0;
	int r;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->n_args; i++) {
		r = method_int_arg(e, c, i, &at);
		if (r < 0)
			return r;
		item_at(&c->self, at, &items[i]);
	}
	*ret = value_array(items, c->n_args);
	return 0;
}

const struct method methods_array[] = {
	{ "[]", 1, 2, METHOD_PARTS, array_slice },
	{ "slice", 1, 2, METHOD_PARTS, array_slice },
	{ "first", 0, 1, METHOD_PARTS, array_first },
	{ "last", 0, 1, METHOD_PARTS, array_first },
	{ "take", 1, 1, METHOD_PARTS, array_first },
	{ "drop", 1, 1, METHOD_PARTS, array_drop },
	{ "fetch", 1, 2, METHOD_PARTS | METHOD_BLOCK, array_fetch },
	{ "dig", 1, ARGS_ANY, METHOD_PARTS, method_dig },
	{ "values_at", 0, ARGS_ANY, METHOD_PARTS, array_values_at },
	{ "empty?", 0, 0, METHOD_PARTS, array_empty },
	{ "length", 0, 0, METHOD_PARTS, array_length },
	{ "size", 0, 0, METHOD_PARTS, array_length },
	{ "include?", 1, 1, 0, array_include },
	{ "member?", 1, 1, 0, array_include },
	{ "index", 0, 1, METHOD_BLOCK, array_index },
	{ "find_index", 0, 1, METHOD_BLOCK, array_index },
	{ "to_a", 0, 0, METHOD_PARTS, array_itself },
	{},
};
