/* SPDX-License-Identifier: MIT */
/* eval.c -- running a parsed template: statements, conditions, assignments */
#include <errno.h>
#include <string.h>

#include "modules/template/eval.h"

int eval_charge(struct eval *e, const struct node *n, size_t steps)
{
	if (e->steps < steps) {
		e->steps = 0;
		return source_spent(e->src, n->pos, "the template takes more steps than it may");
	}
	e->steps -= steps;
	return 0;
}

int eval_error(struct eval *e, const struct node *n, int r)
{
	switch (r) {
	case -ELOOP:
		return source_spent(e->src, n->pos, "the value is nested more than %d levels deep",
				    VALUE_DEPTH_MAX);
	case -EILSEQ:
		return eval_fail(e, n, "JSON is UTF-8, and there are other bytes in a string here");
	case -ERANGE:
		return eval_fail(e, n, "an integer here does not fit in 64 bits");
	case -E2BIG:
		if (e->steps == 0)
			return eval_charge(e, n, 1);
		return source_memory(e->src, n->pos, r);
	}
	return r;
}

int eval_memory(struct eval *e, const struct node *n)
{
	return source_memory(e->src, n->pos, e->arena->error);
}

struct buf eval_buf(const struct eval *e)
{
	size_t left = arena_left(e->arena);

	return BUF_INIT_MAX(left > 0 ? left : 1);
}

int eval_text(struct eval *e, const struct node *n, const struct buf *b, struct value *ret)
{
	char *s;

	if (b->error < 0)
		return eval_error(e, n, b->error);
	s = arena_copy(e->arena, b->data ?: "", b->len);
	if (!s)
		return eval_memory(e, n);
	*ret = value_str(s, b->len);
	return 0;
}

static int out_add(struct eval *e, const struct node *n, const struct value *v)
{
	bool secret = e->shadow || e->leaked || value_tainted(v);
	size_t start = e->out->len;
	int r;

	r = value_to_s(e->out, v);
	if (r == -E2BIG)
		return source_spent(e->src, n->pos,
				    "the text gets longer than the limit of %zu bytes",
				    e->out->max);
	if (r < 0)
		return eval_error(e, n, r);
	e->secret = e->secret || secret;
	r = span_add(e, n, start, secret);
	return r < 0 ? eval_error(e, n, r) : 0;
}

static int eval_output(struct eval *e, const struct node *n)
{
	const struct node *only = n->a->a;
	uint64_t *outer = NULL;
	const char *why = "";
	struct value v;
	int r;

	r = span_begin(e, n, &outer);
	if (r == 0)
		r = eval_node(e, n->a, &v);
	if (r < 0)
		return r;
	if (v.type == V_TEXT)
		return eval_fail(e, only, "template text is no value to print");
	if (v.type != V_NIL) {
		r = out_add(e, n, &v);
		span_end(e, outer);
		return r;
	}

	if (!only->next && only->kind == N_VAR)
		why = eval_absent(e, only);
	r = eval_fail(e, only,
		      "nothing to print: the value is nil%s%.200s%s; if that is meant, "
		      "write || ''",
		      *why ? " (" : "", why, *why ? ")" : "");
	if (*why)
		snprintf(e->src->error->fact, sizeof(e->src->error->fact), "%s", only->name);
	return r;
}

static int eval_seq(struct eval *e, const struct node *n, struct value *ret)
{
	int r;

	*ret = value_nil();
	for (n = n->a; n; n = n->next) {
		if (n->kind == N_TEXT) {
			ret->type = V_TEXT;
			r = eval_charge(e, n, 1);
			if (r == 0)
				r = out_add(e, n, &n->value);
		} else if (n->kind == N_OUTPUT) {
			ret->type = V_TEXT;
			r = eval_output(e, n);
		} else {
			r = eval_node(e, n, ret);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* What runs, or is assigned, because of COND tells about COND. */
static int eval_under(struct eval *e, const struct value *cond, const struct node *n,
		      struct value *ret)
{
	bool shadow = e->shadow;
	int r = 0;

	e->shadow = shadow || cond->secret;
	if (n)
		r = eval_node(e, n, ret);
	else
		*ret = value_nil();
	e->shadow = shadow;
	if (r == 0)
		ret->secret = ret->secret || cond->secret;
	return r;
}

static int eval_logic(struct eval *e, const struct node *n, struct value *ret)
{
	struct value a;
	int r;

	r = eval_node(e, n->a, &a);
	if (r < 0)
		return r;
	if (n->kind == N_NOT) {
		*ret = value_bool(!value_truthy(&a));
		ret->secret = a.secret;
		return 0;
	}
	if (value_truthy(&a) == (n->kind == N_OR)) {
		*ret = a;
		return 0;
	}
	return eval_under(e, &a, n->b, ret);
}

/* The condition of the N_IF node N; from here on what it read decides. */
static int eval_condition(struct eval *e, const struct node *n, struct value *ret)
{
	uint64_t *outer = NULL, *facts;
	int r;

	r = span_begin(e, n, &outer);
	if (r == 0)
		r = eval_node(e, n->a, ret);
	if (r < 0)
		return r;
	facts = span_now(e);
	span_end(e, outer);
	return span_enter(e, n, facts);
}

/* A chain of elsif hangs on the else branch: walked, not descended. */
static int walk_if(struct eval *e, const struct node *n, struct value *ret)
{
	bool secret = false;
	struct value cond;
	int r;

	for (;;) {
		const struct node *branch;

		r = eval_condition(e, n, &cond);
		if (r < 0)
			return r;
		cond.secret = secret = secret || cond.secret;
		branch = value_truthy(&cond) ? n->b : n->c;
		if (!branch || branch->kind != N_IF || branch == n->b)
			return eval_under(e, &cond, branch, ret);
		n = branch;
	}
}

static int eval_if(struct eval *e, const struct node *n, struct value *ret)
{
	uint64_t *around = span_around(e);
	int r;

	r = walk_if(e, n, ret);
	span_leave(e, around);
	return r;
}

static int eval_assign(struct eval *e, const struct node *n, struct value *ret)
{
	uint64_t *outer = NULL, *facts = NULL;
	int r;

	r = span_begin(e, n, &outer);
	if (r == 0)
		r = eval_node(e, n->a, ret);
	if (r == 0) {
		span_decided(e);
		r = span_keep(e, n, &facts);
	}
	if (r < 0)
		return r;
	span_assign(e, n->slot, facts);
	span_end(e, outer);
	if (ret->type == V_TEXT)
		return eval_fail(e, n, "template text is no value to assign");
	ret->secret = ret->secret || e->shadow || e->leaked;
	e->slots[n->slot] = *ret;
	return 0;
}

static int eval_jump(struct eval *e, const struct node *n)
{
	int r;

	e->jump_value = value_nil();
	if (n->a) {
		r = eval_node(e, n->a, &e->jump_value);
		if (r < 0)
			return r;
	}
	e->leaked = e->leaked || e->shadow;
	e->jump = n->kind;
	return -ECANCELED;
}

static int eval_operation(struct eval *e, const struct node *n, struct value *ret)
{
	struct value a, b;
	int r;

	r = eval_node(e, n->a, &a);
	if (r < 0)
		return r;
	if (n->kind == N_NEGATE)
		return eval_negate(e, n, &a, ret);
	r = eval_node(e, n->b, &b);
	if (r < 0)
		return r;
	return eval_binary(e, n, &a, &b, ret);
}

static int eval_inner(struct eval *e, const struct node *n, struct value *ret)
{
	struct value v;
	int r;

	switch (n->kind) {
	case N_SEQ:
		return eval_seq(e, n, ret);
	case N_LITERAL:
		*ret = n->value;
		return 0;
	case N_STRING:
		return eval_string(e, n, ret);
	case N_SHELL:
		r = eval_string(e, n, &v);
		return r < 0 ? r : eval_shell(e, n, &v, ret);
	case N_ARRAY:
		return eval_array_literal(e, n, ret);
	case N_HASH:
		return eval_hash_literal(e, n, ret);
	case N_VAR:
		return eval_variable(e, n, ret);
	case N_ASSIGN:
		return eval_assign(e, n, ret);
	case N_AND:
	case N_OR:
	case N_NOT:
		return eval_logic(e, n, ret);
	case N_IF:
		return eval_if(e, n, ret);
	case N_BINARY:
	case N_NEGATE:
		return eval_operation(e, n, ret);
	case N_INDEX:
	case N_CALL:
		return eval_call(e, n, ret);
	case N_NEXT:
	case N_BREAK:
		return eval_jump(e, n);
	case N_DEFINED:
		return eval_defined(e, n, ret);
	}
	return -EINVAL;
}

int eval_node(struct eval *e, const struct node *n, struct value *ret)
{
	int r;

	r = eval_charge(e, n, 1);
	if (r < 0)
		return r;
	if (e->depth >= e->max_depth)
		return source_spent(e->src, n->pos, "this is nested too deeply");
	e->depth++;
	r = eval_inner(e, n, ret);
	e->depth--;
	return r;
}

int eval_program(struct eval *e)
{
	struct value v;

	e->slots = eval_array(e, e->program->n_variables, struct value);
	if (!e->slots)
		return eval_memory(e, e->program->root);
	return eval_node(e, e->program->root, &v);
}
