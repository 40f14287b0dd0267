/* SPDX-License-Identifier: MIT */
/* parse.c -- statements */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "modules/template/parse-internal.h"

struct node *parse_node(struct parser *p, enum node_kind kind, size_t pos)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	if (!n) {
		p->lost_pos = p->lost_error == 0 ? pos : p->lost_pos;
		p->lost_error = p->arena->error;
		n = &p->lost;
		*n = (struct node){};
	}
	n->kind = kind;
	n->pos = pos;
	return n;
}

int parse_no_memory(const struct parser *p)
{
	return source_memory(p->src, p->t->pos, p->arena->error);
}

int parse_expected(struct parser *p, const char *what)
{
	char text[TOKEN_NAME_MAX];

	return source_fail(p->src, p->t->pos, "expected %s, found %s", what,
			   token_name(p->t, text));
}

int parse_take(struct parser *p, enum token_type type, const char *what)
{
	return parse_accept(p, type) ? 0 : parse_expected(p, what);
}

void parse_skip_newlines(struct parser *p)
{
	while (p->t->type == T_NEWLINE)
		p->t++;
}

int parse_enter(struct parser *p)
{
	if (p->depth >= p->max_depth)
		return source_spent(p->src, p->t->pos, "this is nested more than %u levels deep",
				    p->max_depth);
	p->depth++;
	return 0;
}

static bool separator(const struct token *t)
{
	return t->type == T_NEWLINE || t->type == T_SEMI;
}

/* What ends a run of statements; who called knows which one it wants. */
static bool terminator(const struct token *t)
{
	switch (t->type) {
	case T_EOF:
	case T_END:
	case T_ELSE:
	case T_ELSIF:
	case T_RBRACE:
	case T_RPAREN:
	case T_INTERP_END:
	case T_OUTPUT_END:
		return true;
	}
	return false;
}

static int parse_output(struct parser *p, struct node **ret)
{
	struct node *n = parse_node(p, N_OUTPUT, p->t->pos);
	int r;

	p->t++;
	r = parse_statements(p, &n->a);
	if (r < 0)
		return r;
	if (!n->a->a)
		return parse_expected(p, "an expression");
	n->name = p->src->text + n->a->pos;
	n->len = p->t->pos - n->a->pos;
	while (n->len > 0 && isspace((unsigned char)n->name[n->len - 1]))
		n->len--;
	*ret = n;
	return parse_take(p, T_OUTPUT_END, "the end of the tag");
}

/* "A if B", "A unless B" */
static int parse_modifiers(struct parser *p, struct node **n)
{
	int r;

	while (p->t->type == T_IF || p->t->type == T_UNLESS) {
		bool unless = p->t->type == T_UNLESS;
		struct node *cond = parse_node(p, N_IF, p->t->pos);

		p->t++;
		r = parse_expression(p, &cond->a);
		if (r < 0)
			return r;
		*(unless ? &cond->c : &cond->b) = *n;
		*n = cond;
	}
	return 0;
}

static int parse_statement(struct parser *p, struct node **ret)
{
	struct node *n;
	int r;

	if (p->t->type == T_TEXT) {
		n = parse_node(p, N_TEXT, p->t->pos);
		n->value = value_str(p->t->str, p->t->len);
		p->t++;
		*ret = n;
		return 0;
	}
	if (p->t->type == T_OUTPUT)
		return parse_output(p, ret);
	r = parse_expression(p, &n);
	if (r < 0)
		return r;
	r = parse_modifiers(p, &n);
	if (r < 0)
		return r;
	*ret = n;
	return 0;
}

static bool ends_itself(const struct node *n)
{
	return n->kind == N_TEXT || n->kind == N_OUTPUT;
}

int parse_statements(struct parser *p, struct node **ret)
{
	struct node *seq = parse_node(p, N_SEQ, p->t->pos), **end;
	bool no_do = p->no_do;
	int r;

	r = parse_enter(p);
	if (r < 0)
		return r;
	p->no_do = false;
	for (end = &seq->a;; end = &(*end)->next) {
		while (separator(p->t))
			p->t++;
		if (terminator(p->t))
			break;
		r = parse_statement(p, end);
		if (r < 0)
			return r;
		if (!ends_itself(*end) && !separator(p->t) && !terminator(p->t))
			return parse_expected(p, "the end of the statement");
	}
	parse_leave(p);
	p->no_do = no_do;
	*ret = seq;
	return 0;
}

/* [ not ] operators; "not(a)" is an operand, to which "not(a).b" then belongs. */
static int parse_not(struct parser *p, struct node **ret)
{
	struct node *n;
	int r;

	if (p->t->type != T_NOT || (p->t[1].type == T_LPAREN && !p->t[1].space)) {
		p->command = true;
		r = parse_operators(p, ret);
		p->command = false;
		return r;
	}
	n = parse_node(p, N_NOT, p->t->pos);
	p->t++;
	if (p->t->type == T_LBRACE || p->t->type == T_IF || p->t->type == T_UNLESS)
		return source_fail(p->src, p->t->pos, "what follows 'not' needs parentheses here");
	r = parse_enter(p);
	if (r < 0)
		return r;
	r = parse_not(p, &n->a);
	parse_leave(p);
	*ret = n;
	return r;
}

int parse_expression(struct parser *p, struct node **ret)
{
	struct node *left;
	int r;

	r = parse_not(p, &left);
	if (r < 0)
		return r;
	while (p->t->type == T_AND || p->t->type == T_OR) {
		struct node *n = parse_node(p, p->t->type == T_AND ? N_AND : N_OR, p->t->pos);

		p->t++;
		parse_skip_newlines(p);
		n->a = left;
		r = parse_not(p, &n->b);
		if (r < 0)
			return r;
		left = n;
	}
	*ret = left;
	return 0;
}

/* The statements of a branch, behind "then", a line end or the end of a tag. */
static int parse_branch(struct parser *p, struct node **ret)
{
	if (!separator(p->t) && p->t->type != T_THEN)
		return parse_expected(p, "'then' or the end of the line");
	while (separator(p->t))
		p->t++;
	parse_accept(p, T_THEN);
	return parse_statements(p, ret);
}

/* if, elsif and unless, at the word; a chain of elsif is walked, not descended. */
int parse_if(struct parser *p, struct node **ret)
{
	const struct token *open = p->t;
	bool unless = open->type == T_UNLESS;
	struct node **place = ret, *n;
	int r;

	do {
		n = parse_node(p, N_IF, p->t->pos);
		p->t++;
		r = parse_expression(p, &n->a);
		if (r < 0)
			return r;
		r = parse_branch(p, unless ? &n->c : &n->b);
		if (r < 0)
			return r;
		*place = n;
		place = &n->c;
	} while (p->t->type == T_ELSIF && !unless);

	if (parse_accept(p, T_ELSE)) {
		r = parse_statements(p, unless ? &n->b : &n->c);
		if (r < 0)
			return r;
	}
	if (p->t->type == T_EOF)
		return source_fail(p->src, open->pos, "this '%s' has no 'end'",
				   unless ? "unless" : "if");
	return parse_take(p, T_END, "'end'");
}

int parse(const struct source *src, struct arena *arena, const struct erb_facts *facts,
	  unsigned depth, bool shell, struct program *ret)
{
	struct scope scope = {};
	struct parser p = {
		.src = src, .arena = arena, .facts = facts, .max_depth = depth, .scope = &scope
	};
	struct token *tokens;
	struct node *root;
	int r;

	r = lex(src, arena, shell, &tokens);
	if (r < 0)
		return r;
	p.first = p.t = tokens;
	r = parse_statements(&p, &root);
	if (r < 0)
		return r;
	if (p.t->type != T_EOF)
		return parse_expected(&p, "a statement");
	if (p.lost_error < 0)
		return source_memory(src, p.lost_pos, p.lost_error);
	*ret = (struct program){ root, p.variables, p.n_variables };
	return 0;
}
