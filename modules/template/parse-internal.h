/* SPDX-License-Identifier: MIT */
/* parse-internal.h -- what the files of the parser share */
#pragma once

#include "modules/template/parse.h"

/* The names that a block adds to those around it; the outermost one has no parent. */
struct scope {
	struct scope *parent;
	struct local {
		struct local *next;
		const char *name;
		uint32_t len, slot;
		bool assigned;
	} * locals;
};

struct parser {
	const struct source *src;
	struct arena *arena;
	const struct erb_facts *facts;
	const struct token *first;
	const struct token *t; /* the next one */
	struct scope *scope;
	struct variable *variables;
	size_t n_variables, size;
	unsigned depth, max_depth;
	struct node lost; /* what there was no memory for; where and why it was first */
	size_t lost_pos;
	int lost_error;
	unsigned blocks; /* how many we are in */
	bool command;	 /* the next operand may be a call with arguments without parentheses */
	bool no_do;	 /* a "do" belongs to the call around */
};

/*
 * Never NULL: without memory it is p->lost, which everybody shares and nobody will run, as parse()
 * fails at its end.
 */
struct node *parse_node(struct parser *p, enum node_kind kind, size_t pos);

int parse_no_memory(const struct parser *p);
/* "expected WHAT, found ..." at the next token. */
int parse_expected(struct parser *p, const char *what);
/* Takes the next token if it is of TYPE, else fails with parse_expected(). */
int parse_take(struct parser *p, enum token_type type, const char *what);
static inline bool parse_accept(struct parser *p, enum token_type type)
{
	if (p->t->type != type)
		return false;
	p->t++;
	return true;
}
void parse_skip_newlines(struct parser *p);
/* One level deeper, until parse_leave(). */
int parse_enter(struct parser *p);
static inline void parse_leave(struct parser *p)
{
	p->depth--;
}

/* parse.c */
int parse_statements(struct parser *p, struct node **ret);
int parse_expression(struct parser *p, struct node **ret);
int parse_if(struct parser *p, struct node **ret);

/* parse-name.c */
int parse_variable(struct parser *p, struct node **ret);
/* Makes the name of token T a local of the innermost place where it belongs. */
int parse_assign_name(struct parser *p, const struct token *t, uint32_t *ret_slot);
int parse_block(struct parser *p, struct node **ret);

/* parse-expr.c */
int parse_operators(struct parser *p, struct node **ret);

/* parse-operand.c */
int parse_operand(struct parser *p, struct node **ret);

/* parse-call.c: what follows an operand: calls, indices, blocks */
int parse_postfix(struct parser *p, bool command, struct node **n);
/* Items up to CLOSE, linked; *ret_block (may be NULL) takes a "&:name". */
int parse_items(struct parser *p, enum token_type close, const char *what, struct node **ret,
		struct node **ret_block);
/* The token would be an argument without parentheses, were it behind a method. */
bool parse_starts_argument(const struct token *t);
