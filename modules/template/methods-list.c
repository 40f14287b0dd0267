/* SPDX-License-Identifier: MIT */
/* methods-list.c -- methods that go over the items of an array, or the pairs of a hash */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

/* Runs the block for its value with item I. */
static int ask(struct eval *e, struct call *c, size_t i, struct value *ret_item, struct value *ret)
{
	int r;

	r = method_item(e, c, i, ret_item);
	return r < 0 ? r : method_block(e, c, ret_item, 1, ret);
}

static int list_each(struct eval *e, struct call *c, struct value *ret)
{
	struct value item, dropped;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		r = method_item(e, c, c->name[0] == 'r' ? c->self.len - 1 - i : i, &item);
		if (r == 0)
			r = eval_block(e, c, &item, 1, &dropped);
		if (r < 0)
			return r;
	}
	*ret = c->self;
	return 0;
}

static int list_each_with_index(struct eval *e, struct call *c, struct value *ret)
{
	struct value args[2], dropped;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		args[1] = value_int(i);
		args[1].secret = c->self.secret;
		r = method_item(e, c, i, &args[0]);
		if (r == 0)
			r = eval_block(e, c, args, 2, &dropped);
		if (r < 0)
			return r;
	}
	*ret = c->self;
	return 0;
}

static int list_map(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->self.len, struct value), item;
	int r;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		r = ask(e, c, i, &item, &items[i]);
		if (r < 0)
			return r;
	}
	*ret = value_array(items, c->self.len);
	return 0;
}

/* An array that a block gives is taken apart, anything else is one item. */
static int list_flat_map(struct eval *e, struct call *c, struct value *ret)
{
	struct value mapped, *items;
	size_t n = 0;
	int r;

	r = list_map(e, c, &mapped);
	if (r < 0)
		return r;
	for (size_t i = 0; i < mapped.len; i++)
		n += mapped.items[i].type == V_ARRAY ? mapped.items[i].len : 1;
	items = eval_array(e, n, struct value);
	if (!items)
		return eval_memory(e, c->node);
	n = 0;
	for (size_t i = 0; i < mapped.len; i++) {
		const struct value *v = &mapped.items[i];

		if (v->type != V_ARRAY)
			items[n++] = *v;
		else if (v->len > 0)
			memcpy(items + n, v->items, v->len * sizeof(*items));
		n += v->type == V_ARRAY ? v->len : 0;
	}
	*ret = value_array(items, n);
	return 0;
}

/* select, filter, reject of an array */
static int list_select(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->self.len, struct value), item, v;
	bool want = c->name[0] != 'r';
	size_t n = 0;
	int r;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		r = ask(e, c, i, &item, &v);
		if (r < 0)
			return r;
		if (value_truthy(&v) == want)
			items[n++] = item;
	}
	*ret = value_array(items, n);
	return 0;
}

/* partition: those that the block is true for, and the others */
static int list_partition(struct eval *e, struct call *c, struct value *ret)
{
	struct value *both = eval_array(e, 2, struct value);
	struct call select = *c;
	int r;

	if (!both)
		return eval_memory(e, c->node);
	select.name = "select";
	r = list_select(e, &select, &both[0]);
	select.name = "reject";
	if (r == 0)
		r = list_select(e, &select, &both[1]);
	if (r < 0)
		return r;
	c->secret = select.secret;
	*ret = value_array(both, 2);
	return 0;
}

/* find, detect */
static int list_find(struct eval *e, struct call *c, struct value *ret)
{
	struct value item, v;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		r = ask(e, c, i, &item, &v);
		if (r < 0)
			return r;
		if (value_truthy(&v)) {
			*ret = item;
			return 0;
		}
	}
	*ret = value_nil();
	return 0;
}

/* How many items the block is true for; without one, how many are true themselves. */
static int matching(struct eval *e, struct call *c, bool stop_at, size_t *ret)
{
	struct value item, v;
	int r;

	*ret = 0;
	for (size_t i = 0; i < c->self.len; i++) {
		if (c->block) {
			r = ask(e, c, i, &item, &v);
		} else {
			r = method_item(e, c, i, &v);
			c->secret = c->secret || v.secret;
		}
		if (r < 0)
			return r;
		*ret += value_truthy(&v);
		if (value_truthy(&v) == stop_at)
			return 0;
	}
	return 0;
}

/* any?, all?, none? ask no further than they must, as in Ruby */
static int list_any(struct eval *e, struct call *c, struct value *ret)
{
	bool all = c->name[1] == 'l';
	size_t n;
	int r;

	r = matching(e, c, !all, &n);
	if (r < 0)
		return r;
	if (all)
		*ret = value_bool(n == c->self.len);
	else
		*ret = value_bool((n > 0) == (c->name[0] == 'a'));
	return 0;
}

/* count, count(value), count { |x| ... } */
static int list_count(struct eval *e, struct call *c, struct value *ret)
{
	struct value item, v;
	size_t n = 0;
	int r;

	if (!c->block && c->n_args == 0) {
		*ret = value_int(c->self.len);
		return 0;
	}
	for (size_t i = 0; i < c->self.len; i++) {
		bool same = false;

		if (c->n_args > 0) {
			r = method_item(e, c, i, &item);
			if (r == 0)
				r = value_equal(&item, &c->args[0], &e->steps, &same);
			if (r < 0)
				return eval_error(e, c->node, r);
			c->secret = c->secret || value_tainted(&item);
		} else {
			r = ask(e, c, i, &item, &v);
			if (r < 0)
				return r;
			same = value_truthy(&v);
		}
		n += same;
	}
	*ret = value_int(n);
	return 0;
}

/* sum, sum(start), with or without a block */
static int list_sum(struct eval *e, struct call *c, struct value *ret)
{
	const struct node plus = { .kind = N_BINARY, .op = T_PLUS, .pos = c->node->pos };
	struct value sum = c->n_args > 0 ? c->args[0] : value_int(0), item, v;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		if (c->block)
			r = ask(e, c, i, &item, &v);
		else
			r = method_item(e, c, i, &v);
		if (r < 0)
			return r;
		r = eval_binary(e, &plus, &sum, &v, &sum);
		if (r < 0)
			return r;
	}
	*ret = sum;
	return 0;
}

/* inject { |sum, x| ... } and reduce(start) { |sum, x| ... } */
static int list_inject(struct eval *e, struct call *c, struct value *ret)
{
	struct value args[2], sum;
	size_t i = 0;
	int r;

	*ret = c->n_args > 0 ? c->args[0] : value_nil();
	if (c->n_args == 0 && c->self.len > 0) {
		r = method_item(e, c, i++, ret);
		if (r < 0)
			return r;
	}
	for (; i < c->self.len; i++) {
		args[0] = *ret;
		r = method_item(e, c, i, &args[1]);
		if (r == 0)
			r = method_block(e, c, args, 2, &sum);
		if (r < 0)
			return r;
		*ret = sum;
	}
	return 0;
}

/* Which group each key belongs to, and the groups' keys in PAIRS; the values are their sizes. */
static int find_groups(struct eval *e, struct call *c, const struct value *keys, struct pair *pairs,
		       size_t *group, size_t *ret_n)
{
	size_t n = 0;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		struct value hash = { .type = V_HASH, .pairs = pairs, .len = n };
		const struct pair *old;

		r = value_find(&hash, &keys[i], &e->steps, &old);
		if (r < 0)
			return eval_error(e, c->node, r);
		group[i] = old ? (size_t)(old - pairs) : n;
		if (!old)
			pairs[n++] = (struct pair){ keys[i], value_int(0) };
		pairs[group[i]].value.integer++;
	}
	*ret_n = n;
	return 0;
}

/* group_by { |x| key }: { key => [items], ... } in the order of the first of each group */
static int list_group_by(struct eval *e, struct call *c, struct value *ret)
{
	size_t len = c->self.len, n = 0;
	struct pair *pairs = eval_array(e, len, struct pair);
	size_t *group = eval_array(e, len, size_t);
	struct value keys, *items, *room;
	int r;

	if (!pairs || !group)
		return eval_memory(e, c->node);
	r = list_map(e, c, &keys);
	if (r == 0)
		r = method_items(e, c, &items);
	if (r == 0)
		r = find_groups(e, c, keys.items, pairs, group, &n);
	if (r < 0)
		return r;
	room = eval_array(e, len, struct value);
	if (!room)
		return eval_memory(e, c->node);
	for (size_t g = 0; g < n; g++) {
		size_t k = 0;

		for (size_t i = 0; i < len && k < (size_t)pairs[g].value.integer; i++)
			if (group[i] == g)
				room[k++] = items[i];
		r = eval_charge(e, c->node, len / 16);
		if (r < 0)
			return r;
		pairs[g].value = value_array(room, k);
		room += k;
	}
	*ret = value_hash(pairs, n);
	return 0;
}

const struct method methods_list[] = {
	{ "each", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_each },
	{ "reverse_each", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_each },
	{ "each_with_index", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_each_with_index },
	{ "map", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_map },
	{ "collect", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_map },
	{ "flat_map", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_flat_map },
	{ "select", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_select },
	{ "filter", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_select },
	{ "reject", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_select },
	{ "partition", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_partition },
	{ "find", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_find },
	{ "detect", 0, 0, METHOD_NEEDS | METHOD_PARTS, list_find },
	{ "any?", 0, 0, METHOD_BLOCK | METHOD_PARTS, list_any },
	{ "all?", 0, 0, METHOD_BLOCK | METHOD_PARTS, list_any },
	{ "none?", 0, 0, METHOD_BLOCK | METHOD_PARTS, list_any },
	{ "count", 0, 1, METHOD_BLOCK | METHOD_PARTS, list_count },
	{ "sum", 0, 1, METHOD_BLOCK | METHOD_PARTS, list_sum },
	{ "inject", 0, 1, METHOD_NEEDS | METHOD_PARTS, list_inject },
	{ "reduce", 0, 1, METHOD_NEEDS | METHOD_PARTS, list_inject },
	{ "group_by", 0, 0, METHOD_NEEDS, list_group_by },
	{},
};
