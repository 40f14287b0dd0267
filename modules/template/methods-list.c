/* SPDX-License-Identifier: MIT */
/* methods-list.c -- methods that go over the items of an array, or the pairs of a hash */
#include <errno.h>

#include "modules/template/methods.h"

/* each, each_pair, each_with_index */
int method_each(struct eval *e, struct call *c, struct value *ret)
{
	bool index = c->len == strlen("each_with_index");
	struct value args[2], dropped;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		args[1] = value_int(i);
		args[1].secret = c->self.secret;
		r = method_item(e, c, i, &args[0]);
		if (r == 0)
			r = eval_block(e, c, args, index ? 2 : 1, &dropped);
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
		r = method_ask(e, c, i, &item, &items[i]);
		if (r < 0)
			return r;
	}
	*ret = value_array(items, c->self.len);
	return 0;
}

/* select, reject; of a hash they give a hash, and their block gets key and value apart */
static int list_select(struct eval *e, struct call *c, struct value *ret)
{
	bool want = c->name[0] == 's', hash = c->self.type == V_HASH;
	struct pair *pairs = eval_array(e, hash ? c->self.len : 0, struct pair);
	struct value *items, v;
	size_t n = 0;
	int r;

	r = method_items(e, c, &items);
	if (r < 0)
		return r;
	if (!pairs)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		r = hash ? method_block(e, c, items[i].items, 2, &v)
			 : method_block(e, c, &items[i], 1, &v);
		if (r < 0)
			return r;
		if (value_truthy(&v) != want)
			continue;
		if (hash)
			pairs[n++] = c->self.pairs[i];
		else
			items[n++] = items[i];
	}
	*ret = hash ? value_hash(pairs, n) : value_array(items, n);
	return 0;
}

static int list_find(struct eval *e, struct call *c, struct value *ret)
{
	struct value v = value_nil();
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		r = method_ask(e, c, i, ret, &v);
		if (r < 0)
			return r;
		if (value_truthy(&v))
			return 0;
	}
	*ret = value_nil();
	return 0;
}

/* any?, all?, none? ask no further than they must, as in Ruby; count asks all. */
static int list_test(struct eval *e, struct call *c, struct value *ret)
{
	char what = c->name[1]; /* n, l, o; o of count */
	bool count = c->name[0] == 'c';
	struct value item, v;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < c->self.len && (!count || c->block); i++) {
		if (c->block) {
			r = method_ask(e, c, i, &item, &v);
		} else {
			r = method_item(e, c, i, &v);
			c->secret = c->secret || v.secret;
		}
		if (r < 0)
			return r;
		n += value_truthy(&v);
		if (!count && value_truthy(&v) != (what == 'l'))
			break;
	}
	if (count)
		*ret = value_int(c->block ? n : c->self.len);
	else
		*ret = value_bool(what == 'l' ? n == c->self.len : (n > 0) == (what == 'n'));
	return 0;
}

/* sum, sum(start), with or without a block */
static int list_sum(struct eval *e, struct call *c, struct value *ret)
{
	const struct node plus = { .kind = N_BINARY, .op = T_PLUS, .pos = c->node->pos };
	struct value sum = c->n_args > 0 ? c->args[0] : value_int(0), item, v;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		r = c->block ? method_ask(e, c, i, &item, &v) : method_item(e, c, i, &v);
		if (r == 0)
			r = eval_binary(e, &plus, &sum, &v, &sum);
		if (r < 0)
			return r;
	}
	*ret = sum;
	return 0;
}

const struct method methods_list[] = {
	{ "each", "", METHOD_NEEDS | METHOD_PARTS, method_each },
	{ "each_with_index", "", METHOD_NEEDS | METHOD_PARTS, method_each },
	{ "map", "", METHOD_NEEDS | METHOD_PARTS, list_map },
	{ "select", "", METHOD_NEEDS | METHOD_PARTS, list_select },
	{ "reject", "", METHOD_NEEDS | METHOD_PARTS, list_select },
	{ "find", "", METHOD_NEEDS | METHOD_PARTS, list_find },
	{ "any?", "", METHOD_BLOCK | METHOD_PARTS, list_test },
	{ "all?", "", METHOD_BLOCK | METHOD_PARTS, list_test },
	{ "none?", "", METHOD_BLOCK | METHOD_PARTS, list_test },
	{ "count", "", METHOD_BLOCK | METHOD_PARTS, list_test },
	{ "sum", "|x", METHOD_BLOCK | METHOD_PARTS, list_sum },
	{ "length", "", METHOD_PARTS, method_length },
	{ "size", "", METHOD_PARTS, method_length },
	{ "empty?", "", METHOD_PARTS, method_empty },
	{ "dig", "x*", METHOD_PARTS, method_dig },
	{},
};
