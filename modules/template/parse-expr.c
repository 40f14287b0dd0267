/* SPDX-License-Identifier: MIT */
/* parse-expr.c -- operators, by Ruby's precedence */
#include "modules/template/parse-internal.h"

enum { LEVEL_NONE, LEVEL_OR, LEVEL_AND, LEVEL_EQUAL, LEVEL_LESS, LEVEL_SUM, LEVEL_PRODUCT };

static unsigned level(enum token_type type)
{
	switch (type) {
	case T_OROR:
		return LEVEL_OR;
	case T_ANDAND:
		return LEVEL_AND;
	case T_EQ:
	case T_NE:
	case T_CMP:
		return LEVEL_EQUAL;
	case T_LT:
	case T_LE:
	case T_GT:
	case T_GE:
		return LEVEL_LESS;
	case T_PLUS:
	case T_MINUS:
		return LEVEL_SUM;
	case T_STAR:
	case T_SLASH:
	case T_PERCENT:
		return LEVEL_PRODUCT;
	default:
		return LEVEL_NONE;
	}
}

static int parse_unary(struct parser *p, struct node **ret)
{
	struct node *n;
	int r;

	if (p->t->type != T_BANG && p->t->type != T_UMINUS)
		return parse_operand(p, ret);
	n = parse_node(p, p->t->type == T_BANG ? N_NOT : N_NEGATE, p->t->pos);
	if (n->kind == N_NEGATE)
		p->command = false;
	p->t++;
	r = parse_enter(p);
	if (r < 0)
		return r;
	r = parse_unary(p, &n->a);
	parse_leave(p);
	*ret = n;
	return r;
}

/* Operators of level MIN and up. */
static int parse_binary(struct parser *p, unsigned min, struct node **ret)
{
	struct node *left;
	int r;

	r = parse_unary(p, &left);
	if (r < 0)
		return r;
	for (;;) {
		const struct token *op = p->t;
		unsigned l = level(op->type);
		struct node *n;

		if (l == LEVEL_NONE || l < min)
			break;
		n = parse_node(p,
			       l == LEVEL_OR	? N_OR
			       : l == LEVEL_AND ? N_AND
						: N_BINARY,
			       op->pos);
		p->t++;
		n->op = op->type;
		n->a = left;
		r = parse_binary(p, l + 1, &n->b);
		if (r < 0)
			return r;
		left = n;
		if (l == LEVEL_EQUAL && level(p->t->type) == LEVEL_EQUAL)
			return source_fail(p->src, p->t->pos,
					   "comparisons in a row need parentheses");
	}
	*ret = left;
	return 0;
}

/* cond ? a : b, at the '?' */
static int parse_ternary(struct parser *p, struct node **cond)
{
	struct node *n = parse_node(p, N_IF, p->t->pos);
	int r;

	p->t++;
	n->a = *cond;
	r = parse_operators(p, &n->b);
	if (r < 0)
		return r;
	parse_skip_newlines(p);
	r = parse_take(p, T_COLON, "':' of the condition");
	if (r < 0)
		return r;
	*cond = n;
	return parse_operators(p, &n->c);
}

int parse_operators(struct parser *p, struct node **ret)
{
	struct node *n;
	int r;

	r = parse_enter(p);
	if (r < 0)
		return r;
	r = parse_binary(p, LEVEL_OR, &n);
	if (r < 0)
		return r;
	if (p->t->type == T_QUESTION) {
		r = parse_ternary(p, &n);
		if (r < 0)
			return r;
	}
	parse_leave(p);
	*ret = n;
	return 0;
}
