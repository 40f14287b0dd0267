/* SPDX-License-Identifier: MIT */
/* parse-operand.c -- literals, names and what is in brackets */
#include "modules/template/parse-internal.h"

static int parse_literal(struct parser *p, struct value value, struct node **ret)
{
	struct node *n = parse_node(p, N_LITERAL, p->t->pos);

	n->value = value;
	p->t++;
	*ret = n;
	return 0;
}

/* The pieces of one "a#{b}c", behind its T_DSTR. */
static int parse_pieces(struct parser *p, struct node ***end)
{
	int r;

	while (!parse_accept(p, T_DSTR_END)) {
		if (parse_accept(p, T_INTERP)) {
			r = parse_statements(p, *end);
			if (r < 0)
				return r;
			r = parse_take(p, T_INTERP_END, "'}'");
		} else {
			r = parse_literal(p, value_str(p->t->str, p->t->len), *end);
		}
		if (r < 0)
			return r;
		*end = &(**end)->next;
	}
	return 0;
}

/* One string, or several side by side, which are one. */
static int parse_string(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_STRING, p->t->pos), **end;
	int r;

	end = &n->a;
	while (p->t->type == T_STR || p->t->type == T_DSTR) {
		if (p->t->type == T_STR) {
			r = parse_literal(p, value_str(p->t->str, p->t->len), end);
			if (r < 0)
				return r;
			end = &(*end)->next;
			continue;
		}
		p->t++;
		r = parse_pieces(p, &end);
		if (r < 0)
			return r;
	}
	*ret = n->a && !n->a->next && n->a->kind == N_LITERAL ? n->a : n;
	return 0;
}

/* `command`, at the backtick */
static int parse_shell(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_SHELL, p->t->pos), **end;

	p->t++;
	end = &n->a;
	*ret = n;
	return parse_pieces(p, &end);
}

static int parse_array(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_ARRAY, p->t->pos);

	p->t++;
	*ret = n;
	return parse_items(p, T_RBRACK, "',' or ']'", &n->a, NULL);
}

static int parse_key(struct parser *p, struct node **ret)
{
	int r;

	if (p->t->type == T_LABEL) {
		struct value v = value_str(p->t->str, p->t->len);

		v.type = V_SYM;
		return parse_literal(p, v, ret);
	}
	r = parse_operators(p, ret);
	if (r < 0)
		return r;
	return parse_take(p, T_ARROW, "'=>'");
}

static int parse_hash(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_HASH, p->t->pos), **end;
	int r;

	end = &n->a;
	p->t++;
	do {
		parse_skip_newlines(p);
		if (p->t->type == T_RBRACE)
			break;
		r = parse_key(p, end);
		if (r < 0)
			return r;
		end = &(*end)->next;
		r = parse_operators(p, end);
		if (r < 0)
			return r;
		end = &(*end)->next;
	} while (parse_accept(p, T_COMMA));
	parse_skip_newlines(p);
	*ret = n;
	return parse_take(p, T_RBRACE, "',' or '}'");
}

/* Behind "not " and where an argument begins Ruby takes one expression only. */
static int parse_parens(struct parser *p, struct node **ret)
{
	const struct token *open = p->t;
	bool argument = open > p->first && open->space &&
			(open[-1].type == T_NOT || open[-1].type == T_METHOD);
	int r;

	p->t++;
	r = parse_statements(p, ret);
	if (r < 0)
		return r;
	if (argument && (*ret)->a && (*ret)->a->next)
		return source_fail(p->src, open->pos, "these parentheses take one expression");
	return parse_take(p, T_RPAREN, "')'");
}

/* not(a), at the word */
static int parse_not_parens(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_NOT, p->t->pos);

	p->t++;
	if (p->t->type != T_LPAREN || p->t->space)
		return source_fail(p->src, n->pos, "'not' needs parentheses here, or write '!'");
	*ret = n;
	return parse_parens(p, &n->a);
}

/* name = value, name += value, at the name; "a ||= b" is a || a = b. */
static int parse_assignment(struct parser *p, bool command, struct node **ret)
{
	const struct token *name = p->t, *op = name + 1;
	struct node *assign = parse_node(p, N_ASSIGN, name->pos), *old, *n;
	enum token_type type = op->number;
	int r;

	r = parse_assign_name(p, name, &assign->slot);
	if (r < 0)
		return r;
	assign->name = name->str;
	assign->len = name->len;
	*ret = assign;
	if (op->type == T_ASSIGN) {
		p->t += 2;
		p->command = command;
		return parse_operators(p, &assign->a);
	}
	r = parse_variable(p, &old);
	if (r < 0)
		return r;
	p->t++;
	n = parse_node(p, type == T_OROR ? N_OR : type == T_ANDAND ? N_AND : N_BINARY, op->pos);
	n->op = type;
	n->a = old;
	p->command = command;
	if (n->kind == N_BINARY) {
		assign->a = n;
		return parse_operators(p, &n->b);
	}
	n->b = assign;
	*ret = n;
	return parse_operators(p, &assign->a);
}

static int refuse_function(struct parser *p)
{
	return source_fail(p->src, p->t->pos,
			   "there is no function '%.*s': templates have facts, locals and the "
			   "methods of values",
			   (int)(p->t->len < 64 ? p->t->len : 64), p->t->str);
}

/* defined?(name), at the word */
static int parse_defined(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_DEFINED, p->t->pos);
	bool paren;
	int r;

	p->t++;
	paren = parse_accept(p, T_LPAREN);
	if (p->t->type != T_IDENT)
		return parse_expected(p, "the name of a fact or local");
	r = parse_variable(p, &n->a);
	if (r < 0)
		return r;
	*ret = n;
	return paren ? parse_take(p, T_RPAREN, "')'") : 0;
}

static int parse_name(struct parser *p, bool command, struct node **ret)
{
	const struct token *t = p->t, *next = t + 1;
	char last = t->str[t->len - 1];

	if (t->len == 8 && memcmp(t->str, "defined?", 8) == 0)
		return parse_defined(p, ret);
	if (last == '?' || last == '!' || (next->type == T_LPAREN && !next->space))
		return refuse_function(p);
	if (next->type == T_ASSIGN || next->type == T_OPASSIGN)
		return parse_assignment(p, command, ret);
	if ((next->type != T_LBRACK && parse_starts_argument(next)) || next->type == T_LBRACE)
		return refuse_function(p);
	return parse_variable(p, ret);
}

/* next and break, with what they give back or without */
static int parse_jump(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, p->t->type == T_NEXT ? N_NEXT : N_BREAK, p->t->pos);

	if (p->blocks == 0)
		return source_fail(p->src, p->t->pos, "'%s' outside of a block",
				   n->kind == N_NEXT ? "next" : "break");
	p->t++;
	*ret = n;
	return parse_starts_argument(p->t) ? parse_operators(p, &n->a) : 0;
}

int parse_operand(struct parser *p, struct node **ret)
{
	bool command = p->command;
	int r;

	p->command = false;
	switch (p->t->type) {
	case T_INT:
		r = parse_literal(p, value_int(p->t->number), ret);
		break;
	case T_SYM: {
		struct value v = value_str(p->t->str, p->t->len);

		v.type = V_SYM;
		r = parse_literal(p, v, ret);
		break;
	}
	case T_NIL:
		r = parse_literal(p, value_nil(), ret);
		break;
	case T_TRUE:
	case T_FALSE:
		r = parse_literal(p, value_bool(p->t->type == T_TRUE), ret);
		break;
	case T_STR:
	case T_DSTR:
		r = parse_string(p, ret);
		break;
	case T_SHELL:
		r = parse_shell(p, ret);
		break;
	case T_LBRACK:
		r = parse_array(p, ret);
		break;
	case T_LBRACE:
		r = parse_hash(p, ret);
		break;
	case T_LPAREN:
		r = parse_parens(p, ret);
		break;
	case T_NOT:
		r = parse_not_parens(p, ret);
		break;
	case T_IF:
	case T_UNLESS:
		r = parse_if(p, ret);
		break;
	case T_NEXT:
	case T_BREAK:
		return parse_jump(p, ret);
	case T_IDENT:
		r = parse_name(p, command, ret);
		break;
	default:
		return parse_expected(p, "an expression");
	}
	if (r < 0)
		return r;
	return parse_postfix(p, command, ret);
}
