/* SPDX-License-Identifier: MIT */
/* parse-call.c -- what follows an operand: calls, indices and blocks */
#include "modules/template/parse-internal.h"

bool parse_starts_argument(const struct token *t)
{
	if (!t->space)
		return false;
	switch (t->type) {
	case T_INT:
	case T_STR:
	case T_DSTR:
	case T_SHELL:
	case T_SYM:
	case T_IDENT:
	case T_NIL:
	case T_TRUE:
	case T_FALSE:
	case T_LPAREN:
	case T_LBRACK:
	case T_BANG:
	case T_UMINUS:
	case T_AMP:
		return true;
	}
	return false;
}

/* &:name, at the '&' */
static int parse_block_name(struct parser *p, struct node **ret_block)
{
	struct node *n = parse_node(p, N_BLOCK, p->t->pos);

	if (!ret_block)
		return parse_expected(p, "an expression");
	p->t++;
	if (p->t->type != T_SYM)
		return parse_expected(p, "the name of a method, as in &:upcase");
	n->flag = true;
	n->value = value_str(p->t->str, p->t->len);
	p->t++;
	*ret_block = n;
	return 0;
}

static int parse_item(struct parser *p, struct node **ret, struct node **ret_block)
{
	if (p->t->type == T_AMP)
		return parse_block_name(p, ret_block);
	if (p->t->type == T_LABEL)
		return source_fail(p->src, p->t->pos, "a hash needs its braces here: { %.*s: ... }",
				   (int)(p->t->len < 40 ? p->t->len : 40), p->t->str);
	return parse_operators(p, ret);
}

int parse_items(struct parser *p, enum token_type close, const char *what, struct node **ret,
		struct node **ret_block)
{
	struct node **end = ret;
	int r;

	parse_skip_newlines(p);
	while (p->t->type != close) {
		r = parse_item(p, end, ret_block);
		if (r < 0)
			return r;
		if (*end)
			end = &(*end)->next;
		if (p->t->type != T_COMMA || (ret_block && *ret_block))
			break;
		p->t++;
	}
	parse_skip_newlines(p);
	return parse_take(p, close, what);
}

/* Arguments without parentheses: they reach to the end of the statement. */
static int parse_command(struct parser *p, bool command, struct node *call)
{
	bool no_do = p->no_do;
	struct node **end = &call->b;
	int r;

	if (!command)
		return source_fail(p->src, p->t->pos,
				   "the arguments of '%.*s' need parentheses here",
				   (int)(call->len < 64 ? call->len : 64), call->name);
	p->no_do = true;
	do {
		r = parse_item(p, end, &call->c);
		if (r < 0)
			return r;
		if (*end)
			end = &(*end)->next;
	} while (!call->c && parse_accept(p, T_COMMA));
	p->no_do = no_do;
	return 0;
}

static int refuse_assignment(struct parser *p)
{
	if (p->t->type != T_ASSIGN && p->t->type != T_OPASSIGN)
		return 0;
	return source_fail(p->src, p->t->pos,
			   "only names are assigned to: values are not changed in place");
}

/* .name(...) { ... } at the dot */
static int parse_call(struct parser *p, bool command, struct node **n)
{
	struct node *call = parse_node(p, N_CALL, p->t->pos);
	int r;

	call->flag = p->t->type == T_SAFE_DOT;
	p->t++;
	if (p->t->type != T_METHOD)
		return parse_expected(p, "the name of a method or key");
	call->pos = p->t->pos;
	call->name = p->t->str;
	call->len = p->t->len;
	call->a = *n;
	p->t++;

	if (p->t->type == T_LPAREN && !p->t->space) {
		p->t++;
		r = parse_items(p, T_RPAREN, "',' or ')'", &call->b, &call->c);
	} else if (parse_starts_argument(p->t)) {
		r = parse_command(p, command, call);
	} else {
		r = refuse_assignment(p);
	}
	if (r < 0)
		return r;
	if (p->t->type == T_LBRACE || (p->t->type == T_DO && !p->no_do)) {
		if (call->c)
			return source_fail(p->src, p->t->pos, "this call has a block already");
		r = parse_block(p, &call->c);
		if (r < 0)
			return r;
	}
	*n = call;
	return 0;
}

static int parse_index(struct parser *p, struct node **n)
{
	struct node *index = parse_node(p, N_INDEX, p->t->pos);
	int r;

	index->a = *n;
	p->t++;
	r = parse_items(p, T_RBRACK, "',' or ']'", &index->b, NULL);
	if (r < 0)
		return r;
	if (!index->b || (index->b->next && index->b->next->next))
		return source_fail(p->src, index->pos, "expected [index] or [start, length]");
	*n = index;
	return refuse_assignment(p);
}

int parse_postfix(struct parser *p, bool command, struct node **n)
{
	unsigned links = 0;
	int r;

	for (;; links++) {
		if (links >= p->max_depth)
			return source_spent(p->src, p->t->pos, "more than %u calls in a row",
					    p->max_depth);
		if (p->t->type == T_DOT || p->t->type == T_SAFE_DOT)
			r = parse_call(p, command, n);
		else if (p->t->type == T_LBRACK)
			r = parse_index(p, n);
		else
			return 0;
		if (r < 0)
			return r;
	}
}
