/* SPDX-License-Identifier: MIT */
/* parse-name.c -- variables, and the blocks that have their own */
#include <errno.h>
#include <string.h>

#include "modules/template/parse-internal.h"

#define VARIABLES_MAX 10000

static struct local *find_in(const struct scope *s, const char *name, size_t len)
{
	for (struct local *l = s->locals; l; l = l->next)
		if (l->len == len && memcmp(l->name, name, len) == 0)
			return l;
	return NULL;
}

/* Through all scopes; of the outermost one also what was only asked for, if ANY. */
static struct local *find(const struct scope *s, const char *name, size_t len, bool any)
{
	for (; s; s = s->parent) {
		struct local *l = find_in(s, name, len);

		if (l && (l->assigned || any))
			return l;
	}
	return NULL;
}

/* A new name with a slot of its own in scope S. */
static int add(struct parser *p, struct scope *s, const struct token *t, struct local **ret)
{
	struct local *l = arena_alloc(p->arena, sizeof(*l));
	struct variable *all;

	if (!l)
		return parse_no_memory(p);
	if (p->n_variables >= VARIABLES_MAX)
		return source_spent(p->src, t->pos, "more than %d names", VARIABLES_MAX);
	if (p->n_variables == p->size) {
		size_t size = p->size ? p->size * 2 : 32;

		all = arena_array(p->arena, size, sizeof(*all));
		if (!all)
			return parse_no_memory(p);
		if (p->n_variables > 0)
			memcpy(all, p->variables, p->n_variables * sizeof(*all));
		p->variables = all;
		p->size = size;
	}
	l->name = arena_copy(p->arena, t->str, t->len);
	if (!l->name)
		return parse_no_memory(p);
	l->len = t->len;
	l->slot = p->n_variables++;
	p->variables[l->slot] = (struct variable){ .name = l->name, .root = !s->parent };
	l->next = s->locals;
	s->locals = l;
	*ret = l;
	return 0;
}

static struct scope *outermost(struct scope *s)
{
	while (s->parent)
		s = s->parent;
	return s;
}

static bool is_fact(const struct parser *p, const struct token *t)
{
	struct json_object *value;
	const char *why;
	char name[64];
	bool secret;

	if (t->len >= sizeof(name))
		return false;
	memcpy(name, t->str, t->len);
	name[t->len] = '\0';
	return p->facts->lookup(p->facts->userdata, name, &value, &secret, &why) != ERB_NO_SUCH;
}

int parse_assign_name(struct parser *p, const struct token *t, uint32_t *ret_slot)
{
	struct local *l = find(p->scope, t->str, t->len, false);
	struct scope *s = p->scope;
	int r;

	if (!l) {
		/* in Ruby a fact is a local of the outermost scope */
		if (s->parent && is_fact(p, t))
			s = outermost(s);
		l = find_in(s, t->str, t->len);
	}
	if (!l) {
		r = add(p, s, t, &l);
		if (r < 0)
			return r;
	}
	l->assigned = true;
	*ret_slot = l->slot;
	return 0;
}

/* "x -1": to Ruby a difference if x is a variable, else the call x(-1). */
static bool might_be_argument(const struct token *t)
{
	if (!t->space || t[1].space)
		return false;
	switch (t->type) {
	case T_COLON:
	case T_MINUS:
	case T_LBRACK:
	case T_STAR:
	case T_SLASH:
	case T_PERCENT:
	case T_QUESTION:
		return true;
	}
	return false;
}

int parse_variable(struct parser *p, struct node **ret)
{
	const struct token *t = p->t;
	struct node *n = parse_node(p, N_VAR, t->pos);
	struct local *l;
	int r;

	l = find(p->scope, t->str, t->len, true);
	if ((!l || !l->assigned) && might_be_argument(t + 1) && !is_fact(p, t))
		return source_fail(p->src, t[1].pos,
				   "'%.*s' is neither a local nor a fact, so to Ruby an argument "
				   "of it begins here: put a blank on both sides or on none",
				   (int)(t->len < 64 ? t->len : 64), t->str);
	if (!l) {
		r = add(p, outermost(p->scope), t, &l);
		if (r < 0)
			return r;
	}
	n->name = l->name;
	n->len = l->len;
	n->slot = l->slot;
	n->flag = l->assigned;
	p->t++;
	*ret = n;
	return 0;
}

/* a, (b, c), d: what stands between the bars, up to CLOSE. */
static int parse_params(struct parser *p, enum token_type close, struct node **ret)
{
	struct node **end = ret;
	int r;

	do {
		struct node *n = parse_node(p, N_PARAM, p->t->pos);
		struct local *l;

		if (parse_accept(p, T_LPAREN)) {
			r = parse_enter(p);
			if (r < 0)
				return r;
			r = parse_params(p, T_RPAREN, &n->a);
			if (r < 0)
				return r;
			parse_leave(p);
		} else {
			if (p->t->type != T_IDENT || strchr("?!", p->t->str[p->t->len - 1]))
				return parse_expected(p, "the name of a parameter");
			l = find_in(p->scope, p->t->str, p->t->len);
			if (l &&
			    !value_is_str(&(struct value){ .type = V_STR, .str = "_", .len = 1 },
					  p->t->str, p->t->len))
				return source_fail(p->src, p->t->pos,
						   "this parameter has the name of another one");
			r = l ? 0 : add(p, p->scope, p->t, &l);
			if (r < 0)
				return r;
			l->assigned = true;
			n->slot = l->slot;
			p->t++;
		}
		*end = n;
		end = &n->next;
	} while (parse_accept(p, T_COMMA));
	return parse_take(p, close, close == T_PIPE ? "',' or '|'" : "',' or ')'");
}

static int parse_body(struct parser *p, struct node *block, const struct token *open)
{
	bool brace = open->type == T_LBRACE;
	int r;

	parse_skip_newlines(p);
	if (p->t->type == T_OROR) {
		p->t++; /* "||": no parameters */
	} else if (parse_accept(p, T_PIPE)) {
		r = parse_params(p, T_PIPE, &block->a);
		if (r < 0)
			return r;
	}
	r = parse_statements(p, &block->b);
	if (r < 0)
		return r;
	if (p->t->type == T_EOF)
		return source_fail(p->src, open->pos, "this block has no %s",
				   brace ? "'}'" : "'end'");
	return parse_take(p, brace ? T_RBRACE : T_END, brace ? "'}'" : "'end'");
}

/* A block at its '{' or "do"; its names end with it. */
int parse_block(struct parser *p, struct node **ret)
{
	struct scope scope = { .parent = p->scope };
	const struct token *open = p->t;
	struct node *n = parse_node(p, N_BLOCK, open->pos);
	int r;

	p->t++;
	n->slot = p->n_variables;
	p->scope = &scope;
	p->blocks++;
	r = parse_body(p, n, open);
	p->blocks--;
	p->scope = scope.parent;
	if (r < 0)
		return r;
	n->len = p->n_variables;
	*ret = n;
	return 0;
}
