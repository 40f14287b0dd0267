/* SPDX-License-Identifier: MIT */
/* methods-hash.c -- methods of hashes */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

/* [] and fetch(key), fetch(key, default), fetch(key) { |key| default }; key?, include? */
static int hash_at(struct eval *e, struct call *c, struct value *ret)
{
	const struct pair *p;
	int r;

	r = value_find(&c->self, &c->args[0], &e->steps, &p);
	if (r < 0)
		return eval_error(e, c->node, r);
	if (c->name[c->len - 1] == '?')
		*ret = value_bool(p != NULL);
	else if (p)
		*ret = p->value;
	else if (c->name[0] == 'f')
		return method_default(e, c, ret);
	else
		*ret = value_nil();
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

/* merge(other): a later value wins, a key keeps its first place */
static int hash_merge(struct eval *e, struct call *c, struct value *ret)
{
	const struct value *other = &c->args[0];
	struct pair *pairs = eval_array(e, (size_t)c->self.len + other->len, struct pair);
	struct value hash = { .type = V_HASH, .pairs = pairs, .len = c->self.len };
	const struct pair *old;
	int r;

	if (!pairs)
		return eval_memory(e, c->node);
	memcpy(pairs, c->self.pairs, c->self.len * sizeof(*pairs));
	for (size_t i = 0; i < other->len; i++) {
		r = value_find(&hash, &other->pairs[i].key, &e->steps, &old);
		if (r < 0)
			return eval_error(e, c->node, r);
		if (old)
			pairs[old - pairs].value = other->pairs[i].value;
		else
			pairs[hash.len++] = other->pairs[i];
	}
	*ret = value_hash(pairs, hash.len);
	return 0;
}

const struct method methods_hash[] = {
	{ "[]", "x", METHOD_PARTS, hash_at },
	{ "fetch", "x|x", METHOD_PARTS | METHOD_BLOCK, hash_at },
	{ "key?", "x", METHOD_PARTS, hash_at },
	{ "include?", "x", METHOD_PARTS, hash_at },
	{ "keys", "", METHOD_PARTS, hash_keys },
	{ "values", "", METHOD_PARTS, hash_keys },
	{ "to_a", "", METHOD_PARTS, hash_to_a },
	{ "each_pair", "", METHOD_PARTS | METHOD_NEEDS, method_each },
	{ "merge", "h", METHOD_PARTS, hash_merge },
	{},
};
