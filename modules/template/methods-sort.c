/* SPDX-License-Identifier: MIT */
/* methods-sort.c -- sort, sort_by, min, max and their kin */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

/* How *KEY of item A stands to that of item B; with a block that decides. */
struct order {
	struct call *call;
	const struct value *keys;
	bool block;
};

/* A <=> B as an error if they have no order. */
static int compare_values(struct eval *e, const struct call *c, const struct value *a,
			  const struct value *b, int *ret)
{
	int r;

	r = value_compare(a, b, &e->steps, ret);
	if (r == -EDOM)
		return method_fail(e, c, "cannot compare %s with %s", value_kind(a), value_kind(b));
	return r < 0 ? eval_error(e, c->node, r) : 0;
}

static int compare(struct eval *e, const struct order *o, size_t a, size_t b, int *ret)
{
	const struct value args[] = { o->keys[a], o->keys[b] };
	struct value v;
	int r;

	if (!o->block)
		return compare_values(e, o->call, &args[0], &args[1], ret);
	r = method_block(e, o->call, args, 2, &v);
	if (r < 0)
		return r;
	if (v.type != V_INT)
		return eval_fail(e, o->call->node,
				 "the block of '%.*s' shall give an integer, not %s",
				 (int)o->call->len, o->call->name, value_kind(&v));
	*ret = (v.integer > 0) - (v.integer < 0);
	return 0;
}

/* Merges the sorted runs [from, mid) and [mid, to) of IN into OUT. */
static int merge(struct eval *e, const struct order *o, const size_t *in, size_t *out, size_t from,
		 size_t mid, size_t to)
{
	size_t a = from, b = mid;
	int r;

	for (size_t i = from; i < to; i++) {
		int order = 0;

		if (a < mid && b < to) {
			r = compare(e, o, in[a], in[b], &order);
			if (r < 0)
				return r;
		}
		if (b >= to || (a < mid && order <= 0))
			out[i] = in[a++];
		else
			out[i] = in[b++];
	}
	return 0;
}

/*
 * Sorts N values by their keys (the values themselves if KEYS is NULL), equal ones in their order;
 * with BLOCK by what the block of C says about two.
 */
static int sort(struct eval *e, struct call *c, struct value *values, struct value *keys, size_t n,
		bool block)
{
	const struct order o = { c, keys ?: values, block };
	size_t *index = eval_array(e, 2 * n, size_t), *other;
	struct value *sorted = eval_array(e, n, struct value);
	int r;

	if (!index || !sorted)
		return eval_memory(e, c->node);
	other = index + n;
	for (size_t i = 0; i < n; i++)
		index[i] = i;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t from = 0; from < n; from += 2 * width) {
			size_t mid = from + width < n ? from + width : n;
			size_t to = mid + width < n ? mid + width : n;

			r = merge(e, &o, index, other, from, mid, to);
			if (r < 0)
				return r;
		}
		size_t *swap = index;

		index = other;
		other = swap;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = values[index[i]];
	if (n > 0)
		memcpy(values, sorted, n * sizeof(*values));
	return 0;
}

/* The keys that the block gives for the items. */
static int block_keys(struct eval *e, struct call *c, const struct value *items, struct value **ret)
{
	struct value *keys = eval_array(e, c->self.len, struct value);
	int r;

	if (!keys)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		r = method_block(e, c, &items[i], 1, &keys[i]);
		if (r < 0)
			return r;
	}
	*ret = keys;
	return 0;
}

/* What an order was made of shows in it. */
static void mark(const struct value *keys, size_t n, struct value *ret)
{
	for (size_t i = 0; i < n && !ret->secret; i++)
		ret->secret = value_tainted(&keys[i]);
}

/* sort, sort { |a, b| ... }, sort_by { |x| ... } */
static int list_sort(struct eval *e, struct call *c, struct value *ret)
{
	bool by = c->len == strlen("sort_by");
	struct value *items, *keys = NULL;
	int r;

	r = method_items(e, c, &items);
	if (r == 0 && by)
		r = block_keys(e, c, items, &keys);
	if (r == 0)
		r = sort(e, c, items, keys, c->self.len, c->block && !by);
	if (r < 0)
		return r;
	*ret = value_array(items, c->self.len);
	mark(keys ?: items, c->self.len, ret);
	return 0;
}

/* min, max, min_by, max_by: the first of equals */
static int list_extreme(struct eval *e, struct call *c, struct value *ret)
{
	bool by = c->len == strlen("min_by"), max = c->name[1] == 'a';
	struct value *items, *keys;
	size_t best = 0;
	int order = 0;
	int r;

	*ret = value_nil();
	if (c->self.len == 0)
		return 0;
	r = method_items(e, c, &items);
	if (r < 0)
		return r;
	keys = items;
	r = by ? block_keys(e, c, items, &keys) : 0;
	if (r < 0)
		return r;
	for (size_t i = 1; i < c->self.len; i++) {
		r = compare_values(e, c, &keys[i], &keys[best], &order);
		if (r < 0)
			return r;
		if (max ? order > 0 : order < 0)
			best = i;
	}
	*ret = items[best];
	mark(keys, c->self.len, ret);
	return 0;
}

const struct method methods_list_more[] = {
	{ "sort", "", METHOD_BLOCK, list_sort },
	{ "sort_by", "", METHOD_NEEDS, list_sort },
	{ "min", "", 0, list_extreme },
	{ "max", "", 0, list_extreme },
	{ "min_by", "", METHOD_NEEDS, list_extreme },
	{ "max_by", "", METHOD_NEEDS, list_extreme },
	{},
};
