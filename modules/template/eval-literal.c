/* SPDX-License-Identifier: MIT */
/* eval-literal.c -- strings with "#{}", arrays and hashes as they are written in a template */
#include <errno.h>

#include "modules/template/eval.h"

int eval_string(struct eval *e, const struct node *n, struct value *ret)
{
	_cleanup_buf_ struct buf b = eval_buf(e);
	bool secret = false;
	int r;

	for (const struct node *part = n->a; part; part = part->next) {
		struct value v;

		r = eval_node(e, part, &v);
		if (r < 0)
			return r;
		if (v.type == V_TEXT)
			return eval_fail(e, part, "template text is no value");
		secret = secret || value_tainted(&v);
		r = value_to_s(&b, &v);
		if (r < 0)
			return eval_error(e, part, r);
	}
	r = eval_text(e, n, &b, ret);
	if (r == 0)
		ret->secret = secret;
	return r;
}

static size_t count(const struct node *n)
{
	size_t k = 0;

	for (; n; n = n->next)
		k++;
	return k;
}

int eval_array_literal(struct eval *e, const struct node *n, struct value *ret)
{
	size_t len = count(n->a), i = 0;
	struct value *items = eval_array(e, len, struct value);
	int r;

	if (!items)
		return eval_memory(e, n);
	for (const struct node *item = n->a; item; item = item->next) {
		r = eval_node(e, item, &items[i++]);
		if (r < 0)
			return r;
	}
	*ret = value_array(items, len);
	return 0;
}

/* Whether a literal before KEY is the same: Ruby warns, and drops the first one. */
static int refuse_twice(struct eval *e, const struct node *n, const struct node *key,
			const struct value *v)
{
	bool same = false;
	int r;

	if (key->kind != N_LITERAL)
		return 0;
	for (const struct node *k = n->a; k != key && !same; k = k->next->next) {
		r = k->kind == N_LITERAL ? value_eql(&k->value, v, &e->steps, &same) : 0;
		if (r < 0)
			return eval_error(e, key, r);
	}
	return same ? eval_fail(e, key, "this key comes twice") : 0;
}

/* A computed key that comes twice keeps its first place and gets the last value. */
int eval_hash_literal(struct eval *e, const struct node *n, struct value *ret)
{
	struct pair *pairs = eval_array(e, count(n->a) / 2, struct pair);
	struct value hash = { .type = V_HASH, .pairs = pairs };
	int r;

	if (!pairs)
		return eval_memory(e, n);
	for (const struct node *key = n->a; key; key = key->next->next) {
		const struct pair *old;
		struct pair pair;

		r = eval_node(e, key, &pair.key);
		if (r < 0)
			return r;
		r = eval_node(e, key->next, &pair.value);
		if (r < 0)
			return r;
		r = value_find(&hash, &pair.key, &e->steps, &old);
		if (r < 0)
			return eval_error(e, key, r);
		r = old ? refuse_twice(e, n, key, &pair.key) : 0;
		if (r < 0)
			return r;
		if (old)
			pairs[old - pairs].value = pair.value;
		else
			pairs[hash.len++] = pair;
	}
	*ret = value_hash(pairs, hash.len);
	return 0;
}
