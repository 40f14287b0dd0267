/* SPDX-License-Identifier: MIT */
/* methods-array.c -- methods of arrays */
#include <errno.h>

#include "modules/template/methods.h"

static void item_at(const struct value *v, int64_t i, struct value *ret)
{
	if (i < 0)
		i += v->len;
	*ret = i >= 0 && i < v->len ? v->items[i] : value_nil();
}

/* a[1], a[-1], a[1, 2] */
static int array_at(struct eval *e, struct call *c, struct value *ret)
{
	int64_t at = c->args[0].integer, n = c->self.len, len;

	if (c->n_args == 1) {
		item_at(&c->self, at, ret);
		return 0;
	}
	len = c->args[1].integer;
	if (at < 0)
		at += n;
	if (at < 0 || at > n || len < 0)
		*ret = value_nil();
	else
		*ret = value_array(c->self.items + at, len < n - at ? len : n - at);
	return 0;
}

/* first, last: one item, or an array of so many */
static int array_first(struct eval *e, struct call *c, struct value *ret)
{
	bool last = c->name[0] == 'l';
	int64_t n;

	if (c->n_args == 0) {
		item_at(&c->self, last ? -1 : 0, ret);
		return 0;
	}
	n = c->args[0].integer;
	if (n < 0)
		return method_fail(e, c, "takes no negative number");
	if (n > c->self.len)
		n = c->self.len;
	*ret = value_array(c->self.items + (last ? c->self.len - n : 0), n);
	return 0;
}

/* fetch(i), fetch(i, default), fetch(i) { |i| default } */
static int array_fetch(struct eval *e, struct call *c, struct value *ret)
{
	int64_t i = c->args[0].integer;

	if (i >= (int64_t)c->self.len || i < -(int64_t)c->self.len)
		return method_default(e, c, ret);
	item_at(&c->self, i, ret);
	return 0;
}

static int array_include(struct eval *e, struct call *c, struct value *ret)
{
	bool same = false;
	int r;

	for (size_t i = 0; i < c->self.len && !same; i++) {
		r = value_equal(&c->self.items[i], &c->args[0], &e->steps, &same);
		if (r < 0)
			return eval_error(e, c->node, r);
	}
	*ret = value_bool(same);
	return 0;
}

static int join(struct eval *e, struct call *c, const struct value *v, unsigned depth,
		struct buf *b)
{
	const struct value *sep = c->n_args > 0 && c->args[0].type == V_STR ? c->args : NULL;
	int r;

	if (depth > VALUE_DEPTH_MAX)
		return eval_error(e, c->node, -ELOOP);
	for (size_t i = 0; i < v->len; i++) {
		r = eval_charge(e, c->node, 1);
		if (r < 0)
			return r;
		if (i > 0 && sep)
			buf_add(b, sep->str, sep->len);
		if (v->items[i].type == V_ARRAY) {
			r = join(e, c, &v->items[i], depth + 1, b);
		} else {
			r = value_to_s(b, &v->items[i]);
			r = r < 0 ? eval_error(e, c->node, r) : 0;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int array_join(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);
	int r;

	r = join(e, c, &c->self, 0, &b);
	return r < 0 ? r : eval_text(e, c->node, &b, ret);
}

static int array_reverse(struct eval *e, struct call *c, struct value *ret)
{
	size_t n = c->self.len;
	struct value *items = eval_array(e, n, struct value);

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < n; i++)
		items[i] = c->self.items[n - 1 - i];
	*ret = value_array(items, n);
	return 0;
}

/* compact, and uniq: the first of each kind */
static int array_uniq(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->self.len, struct value);
	bool uniq = c->name[0] == 'u';
	size_t n = 0;
	int r;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		bool drop = !uniq && c->self.items[i].type == V_NIL;

		for (size_t k = 0; uniq && k < n && !drop; k++) {
			r = value_eql(&items[k], &c->self.items[i], &e->steps, &drop);
			if (r < 0)
				return eval_error(e, c->node, r);
		}
		if (!drop)
			items[n++] = c->self.items[i];
	}
	*ret = value_array(items, n);
	return 0;
}

/* Counts, or with ITEMS stores, what V has on all levels. */
static int flatten(struct eval *e, struct call *c, const struct value *v, unsigned level,
		   struct value *items, size_t *n)
{
	int r;

	if (level > VALUE_DEPTH_MAX)
		return eval_error(e, c->node, -ELOOP);
	for (size_t i = 0; i < v->len; i++) {
		r = eval_charge(e, c->node, 1);
		if (r == 0 && v->items[i].type == V_ARRAY)
			r = flatten(e, c, &v->items[i], level + 1, items, n);
		else if (r == 0 && items)
			items[(*n)++] = v->items[i];
		else if (r == 0)
			++*n;
		if (r < 0)
			return r;
	}
	return 0;
}

static int array_flatten(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items;
	size_t n = 0;
	int r;

	r = flatten(e, c, &c->self, 0, NULL, &n);
	if (r < 0)
		return r;
	items = eval_array(e, n, struct value);
	if (!items)
		return eval_memory(e, c->node);
	n = 0;
	r = flatten(e, c, &c->self, 0, items, &n);
	if (r < 0)
		return r;
	*ret = value_array(items, n);
	return 0;
}

const struct method methods_array[] = {
	{ "[]", "i|i", METHOD_PARTS, array_at },
	{ "first", "|i", METHOD_PARTS, array_first },
	{ "last", "|i", METHOD_PARTS, array_first },
	{ "fetch", "i|x", METHOD_PARTS | METHOD_BLOCK, array_fetch },
	{ "include?", "x", 0, array_include },
	{ "join", "|n", 0, array_join },
	{ "reverse", "", METHOD_PARTS, array_reverse },
	{ "uniq", "", 0, array_uniq },
	{ "compact", "", METHOD_PARTS, array_uniq },
	{ "flatten", "", METHOD_PARTS, array_flatten },
	{},
};
