/* SPDX-License-Identifier: MIT */
/* eval-call.c -- calls, and the blocks that they run */
#include <errno.h>
#include <string.h>

#include "modules/template/methods.h"

#define ARGS_INLINE 4

/* The values of the argument nodes, in ROOM if they fit there. */
static int eval_args(struct eval *e, const struct node *n, struct value room[ARGS_INLINE],
		     struct call *c)
{
	struct value *args = room;
	size_t i = 0;
	int r;

	for (const struct node *arg = n->b; arg; arg = arg->next)
		c->n_args++;
	if (c->n_args > ARGS_INLINE) {
		args = eval_array(e, c->n_args, struct value);
		if (!args)
			return eval_memory(e, n);
	}
	for (const struct node *arg = n->b; arg; arg = arg->next) {
		r = eval_node(e, arg, &args[i]);
		if (r < 0)
			return r;
		if (args[i++].type == V_TEXT)
			return eval_fail(e, arg, "template text is no value");
	}
	c->args = args;
	return 0;
}

static int call(struct eval *e, struct call *c, struct value *ret)
{
	uint64_t *read = span_now(e);
	int r;

	r = method_call(e, c, ret);
	if (r == -ECANCELED && e->jump == N_BREAK && c->block && !c->block->flag) {
		span_end(e, read);
		*ret = e->jump_value;
		return 0;
	}
	return r;
}

int eval_call(struct eval *e, const struct node *n, struct value *ret)
{
	struct call c = { .node = n, .name = "[]", .len = 2 };
	struct value room[ARGS_INLINE];
	uint64_t *outer = NULL, *around = span_around(e);
	int r;

	if (n->kind == N_CALL) {
		c.name = n->name;
		c.len = n->len;
		c.block = n->c;
	}
	r = c.block ? span_begin(e, n, &outer) : 0;
	if (r == 0)
		r = eval_node(e, n->a, &c.self);
	if (r < 0)
		return r;
	if (c.self.type == V_NIL && n->kind == N_CALL && n->flag) {
		*ret = c.self;
	} else {
		r = eval_args(e, n, room, &c);
		if (r == 0 && c.block)
			r = span_keep(e, n, &c.facts);
		if (r == 0 && c.block)
			r = span_enter(e, n, c.facts);
		if (r == 0)
			r = call(e, &c, ret);
		span_leave(e, around);
	}
	if (c.block)
		span_end(e, outer);
	return r;
}

/*
 * Gives the parameters their values as Ruby does: one array for several parameters is taken apart,
 * missing values are nil, surplus ones are dropped.
 */
static void bind(struct eval *e, const struct call *c, const struct node *param,
		 const struct value *args, size_t n)
{
	bool secret = false;
	size_t i = 0;

	if (param && param->next && n == 1 && args[0].type == V_ARRAY) {
		secret = args[0].secret;
		n = args[0].len;
		args = args[0].items;
	}
	for (; param; param = param->next, i++) {
		struct value v = i < n ? args[i] : value_nil();

		v.secret = v.secret || secret;
		if (!param->a) {
			e->slots[param->slot] = v;
			span_assign(e, param->slot, c->facts);
		} else if (v.type == V_ARRAY && !param->a->next) {
			struct value first = v.len > 0 ? v.items[0] : value_nil();

			first.secret = first.secret || v.secret;
			bind(e, c, param->a, &first, 1);
		} else {
			bind(e, c, param->a, &v, 1);
		}
	}
}

/* &:name calls that method of the first value. */
static int call_named(struct eval *e, const struct call *c, const struct value *args, size_t n,
		      struct value *ret)
{
	struct call named = { .node = c->block,
			      .name = c->block->value.str,
			      .len = c->block->value.len,
			      .self = args[0],
			      .args = args + 1,
			      .n_args = n - 1 };

	return method_call(e, &named, ret);
}

static int run_block(struct eval *e, const struct call *c, const struct value *args, size_t n,
		     struct value *ret)
{
	const struct node *block = c->block;
	uint64_t *read = span_now(e);
	int r;

	for (uint32_t slot = block->slot; slot < block->len; slot++)
		if (!e->program->variables[slot].root)
			e->slots[slot].type = V_UNSET;
	bind(e, c, block->a, args, n);
	r = eval_node(e, block->b, ret);
	if (r == -ECANCELED && e->jump == N_NEXT) {
		span_end(e, read);
		*ret = e->jump_value;
		return 0;
	}
	return r;
}

int eval_block(struct eval *e, struct call *c, const struct value *args, size_t n,
	       struct value *ret)
{
	bool shadow = e->shadow;
	int r;

	r = eval_charge(e, c->node, 1);
	if (r < 0)
		return r;
	/* how often a block runs tells about a secret list */
	e->shadow = shadow || c->self.secret;
	r = c->block->flag ? call_named(e, c, args, n, ret) : run_block(e, c, args, n, ret);
	e->shadow = shadow;
	if (r == 0)
		c->secret = c->secret || value_tainted(ret);
	return r;
}
