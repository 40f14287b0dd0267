/* SPDX-License-Identifier: MIT */
/* methods-array-more.c -- methods of arrays: what makes something new of all items */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

static int join(struct eval *e, struct call *c, const struct value *v, const struct value *sep,
		unsigned depth, struct buf *b)
{
	int r;

	if (depth > VALUE_DEPTH_MAX)
		return eval_error(e, c->node, -ELOOP);
	for (size_t i = 0; i < v->len; i++) {
		r = eval_charge(e, c->node, 1);
		if (r < 0)
			return r;
		if (i > 0)
			buf_add(b, sep->str, sep->len);
		if (v->items[i].type == V_ARRAY)
			r = join(e, c, &v->items[i], sep, depth + 1, b);
		else
			r = value_to_s(b, &v->items[i]);
		if (r < 0)
			return v->items[i].type == V_ARRAY ? r : eval_error(e, c->node, r);
	}
	return 0;
}

static int array_join(struct eval *e, struct call *c, struct value *ret)
{
	const struct value none = value_str("", 0), *sep = &none;
	_cleanup_buf_ struct buf b = eval_buf(e);
	int r;

	r = c->n_args > 0 && c->args[0].type != V_NIL ? method_string_arg(e, c, 0, &sep) : 0;
	if (r == 0)
		r = join(e, c, &c->self, sep, 0, &b);
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

/* The first of each kind; with a block, of each value that it gives. */
static int array_uniq(struct eval *e, struct call *c, struct value *ret)
{
	size_t n = c->self.len, kept = 0;
	struct value *items = eval_array(e, n, struct value);
	struct value *keys = eval_array(e, n, struct value);
	int r;

	if (!items || !keys)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < n; i++) {
		struct value key = c->self.items[i];
		bool same = false;

		if (c->block) {
			r = method_block(e, c, &c->self.items[i], 1, &key);
			if (r < 0)
				return r;
		}
		for (size_t k = 0; k < kept && !same; k++) {
			r = value_eql(&keys[k], &key, &e->steps, &same);
			if (r < 0)
				return eval_error(e, c->node, r);
		}
		if (same)
			continue;
		keys[kept] = key;
		items[kept++] = c->self.items[i];
	}
	*ret = value_array(items, kept);
	return 0;
}

static int array_compact(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->self.len, struct value);
	size_t n = 0;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++)
		if (c->self.items[i].type != V_NIL)
			items[n++] = c->self.items[i];
	*ret = value_array(items, n);
	return 0;
}

/* Counts, or with ITEMS stores, what V has down to DEPTH levels. */
static int flatten(struct eval *e, struct call *c, const struct value *v, int64_t depth,
		   unsigned level, struct value *items, size_t *n)
{
	int r;

	if (level > VALUE_DEPTH_MAX)
		return eval_error(e, c->node, -ELOOP);
	for (size_t i = 0; i < v->len; i++) {
		r = eval_charge(e, c->node, 1);
		if (r == 0 && v->items[i].type == V_ARRAY && depth != 0)
			r = flatten(e, c, &v->items[i], depth - 1, level + 1, items, n);
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
	int64_t depth = -1;
	size_t n = 0;
	int r;

	r = c->n_args > 0 ? method_int_arg(e, c, 0, &depth) : 0;
	if (r == 0)
		r = flatten(e, c, &c->self, depth, 0, NULL, &n);
	if (r < 0)
		return r;
	items = eval_array(e, n, struct value);
	if (!items)
		return eval_memory(e, c->node);
	n = 0;
	r = flatten(e, c, &c->self, depth, 0, items, &n);
	if (r < 0)
		return r;
	*ret = value_array(items, n);
	return 0;
}

/* [[key, value], ...] as a hash: a key that comes twice keeps its place and gets the last value. */
static int array_to_h(struct eval *e, struct call *c, struct value *ret)
{
	struct pair *pairs = eval_array(e, c->self.len, struct pair);
	struct value hash = { .type = V_HASH, .pairs = pairs };
	const struct pair *old;
	int r;

	if (!pairs)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		const struct value *v = &c->self.items[i];

		if (v->type != V_ARRAY || v->len != 2)
			return eval_fail(e, c->node, "'to_h' takes pairs [key, value], not %s",
					 value_kind(v));
		r = value_find(&hash, &v->items[0], &e->steps, &old);
		if (r < 0)
			return eval_error(e, c->node, r);
		if (old)
			pairs[old - pairs].value = v->items[1];
		else
			pairs[hash.len++] = (struct pair){ v->items[0], v->items[1] };
	}
	*ret = value_hash(pairs, hash.len);
	return 0;
}

const struct method methods_array_more[] = {
	{ "join", 0, 1, 0, array_join },
	{ "reverse", 0, 0, METHOD_PARTS, array_reverse },
	{ "uniq", 0, 0, METHOD_BLOCK, array_uniq },
	{ "compact", 0, 0, METHOD_PARTS, array_compact },
	{ "flatten", 0, 1, METHOD_PARTS, array_flatten },
	{ "to_h", 0, 0, 0, array_to_h },
	{},
};
