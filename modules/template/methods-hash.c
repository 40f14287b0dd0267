/* SPDX-License-Identifier: MIT */
/* methods-hash.c -- methods of hashes */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

static int find(struct eval *e, const struct call *c, const struct value *hash,
		const struct value *key, const struct pair **ret)
{
	int r;

	r = value_find(hash, key, &e->steps, ret);
	return r < 0 ? eval_error(e, c->node, r) : 0;
}

static int hash_at(struct eval *e, struct call *c, struct value *ret)
{
	const struct pair *p;
	int r;

	r = find(e, c, &c->self, &c->args[0], &p);
	if (r < 0)
		return r;
	*ret = p ? p->value : value_nil();
	return 0;
}

/* fetch(key), fetch(key, default), fetch(key) { |key| default } */
static int hash_fetch(struct eval *e, struct call *c, struct value *ret)
{
	_cleanup_buf_ struct buf b = BUF_INIT_MAX(200);
	const struct pair *p;
	int r;

	r = find(e, c, &c->self, &c->args[0], &p);
	if (r < 0)
		return r;
	if (p) {
		*ret = p->value;
		return 0;
	}
	if (c->block)
		return method_block(e, c, c->args, 1, ret);
	if (c->n_args > 1) {
		*ret = c->args[1];
		return 0;
	}
	if (value_tainted(&c->args[0]) || value_inspect(&b, &c->args[0]) < 0)
		return eval_fail(e, c->node, "there is no such key");
	return eval_fail(e, c->node, "there is no key %s", b.data);
}

static int hash_has_key(struct eval *e, struct call *c, struct value *ret)
{
	const struct pair *p;
	int r;

	r = find(e, c, &c->self, &c->args[0], &p);
	if (r < 0)
		return r;
	*ret = value_bool(p != NULL);
	return 0;
}

/* key(value): the first key that has it; value?(value) */
static int hash_key(struct eval *e, struct call *c, struct value *ret)
{
	bool test = c->name[c->len - 1] == '?', same;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		r = value_equal(&c->self.pairs[i].value, &c->args[0], &e->steps, &same);
		if (r < 0)
			return eval_error(e, c->node, r);
		if (same) {
			*ret = test ? value_bool(true) : c->self.pairs[i].key;
			return 0;
		}
	}
	*ret = test ? value_bool(false) : value_nil();
	return 0;
}

/* keys, values */
static int hash_keys(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->self.len, struct value);

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++)
		items[i] = c->name[0] == 'k' ? c->self.pairs[i].key : c->self.pairs[i].value;
	*ret = value_array(items, c->self.len);
	return 0;
}

static int hash_length(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_int(c->self.len);
	return 0;
}

static int hash_empty(struct eval *e, struct call *c, struct value *ret)
{
	*ret = value_bool(c->self.len == 0);
	return 0;
}

static int hash_itself(struct eval *e, struct call *c, struct value *ret)
{
	*ret = c->self;
	return 0;
}

static int hash_to_a(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items;
	int r;

	r = method_items(e, c, &items);
	if (r < 0)
		return r;
	*ret = value_array(items, c->self.len);
	return 0;
}

/* first, first(n) */
static int hash_first(struct eval *e, struct call *c, struct value *ret)
{
	int64_t n = 0;
	int r;

	if (c->n_args == 0) {
		*ret = value_nil();
		return c->self.len > 0 ? method_item(e, c, 0, ret) : 0;
	}
	r = method_int_arg(e, c, 0, &n);
	if (r == 0)
		r = hash_to_a(e, c, ret);
	if (r < 0)
		return r;
	if (n < 0)
		return eval_fail(e, c->node, "'first' takes no negative number");
	if (n < ret->len)
		*ret = value_array(ret->items, n);
	return 0;
}

/* What Ruby's hashes take from Enumerable: the method of the array of pairs. */
static int hash_as_array(struct eval *e, struct call *c, struct value *ret)
{
	struct call array = *c;
	int r;

	r = hash_to_a(e, c, &array.self);
	return r < 0 ? r : method_call(e, &array, ret);
}

static int hash_values_at(struct eval *e, struct call *c, struct value *ret)
{
	struct value *items = eval_array(e, c->n_args, struct value);
	const struct pair *p;
	int r;

	if (!items)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->n_args; i++) {
		r = find(e, c, &c->self, &c->args[i], &p);
		if (r < 0)
			return r;
		items[i] = p ? p->value : value_nil();
	}
	*ret = value_array(items, c->n_args);
	return 0;
}

/* merge(other, ...): a later value wins, a key keeps its first place */
static int hash_merge(struct eval *e, struct call *c, struct value *ret)
{
	struct value hash = { .type = V_HASH };
	size_t len = c->self.len;
	struct pair *pairs;
	int r;

	for (size_t i = 0; i < c->n_args; i++) {
		if (c->args[i].type != V_HASH)
			return eval_fail(e, c->node, "'merge' takes a hash, not %s",
					 value_kind(&c->args[i]));
		len += c->args[i].len;
	}
	pairs = eval_array(e, len, struct pair);
	if (!pairs)
		return eval_memory(e, c->node);
	if (c->self.len > 0)
		memcpy(pairs, c->self.pairs, c->self.len * sizeof(*pairs));
	hash.pairs = pairs;
	hash.len = c->self.len;
	for (size_t i = 0; i < c->n_args; i++) {
		for (size_t k = 0; k < c->args[i].len; k++) {
			const struct pair *add = &c->args[i].pairs[k], *old;

			r = find(e, c, &hash, &add->key, &old);
			if (r < 0)
				return r;
			if (old)
				pairs[old - pairs].value = add->value;
			else
				pairs[hash.len++] = *add;
		}
	}
	*ret = value_hash(pairs, hash.len);
	return 0;
}

/* The pairs that the test keeps, as a hash. */
static int keep(struct eval *e, struct call *c,
		int (*test)(struct eval *e, struct call *c, const struct pair *p, bool *ret),
		struct value *ret)
{
	struct pair *pairs = eval_array(e, c->self.len, struct pair);
	size_t n = 0;
	int r;

	if (!pairs)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		bool yes = false;

		r = test(e, c, &c->self.pairs[i], &yes);
		if (r < 0)
			return r;
		if (yes)
			pairs[n++] = c->self.pairs[i];
	}
	*ret = value_hash(pairs, n);
	return 0;
}

static int test_block(struct eval *e, struct call *c, const struct pair *p, bool *ret)
{
	struct value args[] = { p->key, p->value }, v;
	int r;

	args[0].secret = args[0].secret || c->self.secret;
	args[1].secret = args[1].secret || c->self.secret;
	r = method_block(e, c, args, 2, &v);
	if (r < 0)
		return r;
	*ret = value_truthy(&v) == (c->name[0] != 'r');
	return 0;
}

static int test_args(struct eval *e, struct call *c, const struct pair *p, bool *ret)
{
	bool same = false;
	int r;

	for (size_t i = 0; i < c->n_args && !same; i++) {
		r = value_eql(&c->args[i], &p->key, &e->steps, &same);
		if (r < 0)
			return eval_error(e, c->node, r);
	}
	*ret = !same;
	return 0;
}

static int test_nil(struct eval *e, struct call *c, const struct pair *p, bool *ret)
{
	*ret = p->value.type != V_NIL;
	return 0;
}

/* select, filter, reject */
static int hash_select(struct eval *e, struct call *c, struct value *ret)
{
	return keep(e, c, test_block, ret);
}

static int hash_except(struct eval *e, struct call *c, struct value *ret)
{
	return keep(e, c, test_args, ret);
}

static int hash_compact(struct eval *e, struct call *c, struct value *ret)
{
	return keep(e, c, test_nil, ret);
}

/* slice(key, ...): in the order of the arguments */
static int hash_slice(struct eval *e, struct call *c, struct value *ret)
{
	struct pair *pairs = eval_array(e, c->n_args, struct pair);
	struct value hash = { .type = V_HASH, .pairs = pairs };
	const struct pair *p, *old;
	int r;

	if (!pairs)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->n_args; i++) {
		r = find(e, c, &c->self, &c->args[i], &p);
		if (r == 0)
			r = find(e, c, &hash, &c->args[i], &old);
		if (r < 0)
			return r;
		if (p && !old)
			pairs[hash.len++] = *p;
	}
	*ret = value_hash(pairs, hash.len);
	return 0;
}

static int hash_transform_values(struct eval *e, struct call *c, struct value *ret)
{
	struct pair *pairs = eval_array(e, c->self.len, struct pair);
	int r;

	if (!pairs)
		return eval_memory(e, c->node);
	for (size_t i = 0; i < c->self.len; i++) {
		struct value v = c->self.pairs[i].value;

		v.secret = v.secret || c->self.secret;
		pairs[i].key = c->self.pairs[i].key;
		r = method_block(e, c, &v, 1, &pairs[i].value);
		if (r < 0)
			return r;
	}
	*ret = value_hash(pairs, c->self.len);
	return 0;
}

/* each_pair, each_key, each_value */
static int hash_each(struct eval *e, struct call *c, struct value *ret)
{
	char what = c->name[strlen("each_")];
	struct value item, dropped;
	int r;

	for (size_t i = 0; i < c->self.len; i++) {
		if (what == 'p') {
			r = method_item(e, c, i, &item);
			if (r < 0)
				return r;
		} else {
			item = what == 'k' ? c->self.pairs[i].key : c->self.pairs[i].value;
			item.secret = item.secret || c->self.secret;
		}
		r = eval_block(e, c, &item, 1, &dropped);
		if (r < 0)
			return r;
	}
	*ret = c->self;
	return 0;
}

const struct method methods_hash[] = {
	{ "[]", 1, 1, METHOD_PARTS, hash_at },
	{ "fetch", 1, 2, METHOD_PARTS | METHOD_BLOCK, hash_fetch },
	{ "dig", 1, ARGS_ANY, METHOD_PARTS, method_dig },
	{ "key?", 1, 1, METHOD_PARTS, hash_has_key },
	{ "has_key?", 1, 1, METHOD_PARTS, hash_has_key },
	{ "include?", 1, 1, METHOD_PARTS, hash_has_key },
	{ "member?", 1, 1, METHOD_PARTS, hash_has_key },
	{ "value?", 1, 1, 0, hash_key },
	{ "has_value?", 1, 1, 0, hash_key },
	{ "key", 1, 1, 0, hash_key },
	{ "keys", 0, 0, METHOD_PARTS, hash_keys },
	{ "values", 0, 0, METHOD_PARTS, hash_keys },
	{ "values_at", 0, ARGS_ANY, METHOD_PARTS, hash_values_at },
	{ "length", 0, 0, METHOD_PARTS, hash_length },
	{ "size", 0, 0, METHOD_PARTS, hash_length },
	{ "empty?", 0, 0, METHOD_PARTS, hash_empty },
	{ "first", 0, 1, METHOD_PARTS, hash_first },
	{ "take", 1, 1, METHOD_PARTS, hash_as_array },
	{ "drop", 1, 1, METHOD_PARTS, hash_as_array },
	{ "uniq", 0, 0, METHOD_BLOCK, hash_as_array },
	{ "to_a", 0, 0, METHOD_PARTS, hash_to_a },
	{ "to_h", 0, 0, METHOD_PARTS, hash_itself },
	{ "merge", 0, ARGS_ANY, METHOD_PARTS, hash_merge },
	{ "select", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_select },
	{ "filter", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_select },
	{ "reject", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_select },
	{ "except", 0, ARGS_ANY, METHOD_PARTS, hash_except },
	{ "slice", 0, ARGS_ANY, METHOD_PARTS, hash_slice },
	{ "compact", 0, 0, METHOD_PARTS, hash_compact },
	{ "transform_values", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_transform_values },
	{ "each_pair", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_each },
	{ "each_key", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_each },
	{ "each_value", 0, 0, METHOD_PARTS | METHOD_NEEDS, hash_each },
	{},
};
