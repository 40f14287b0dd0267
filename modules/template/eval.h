/* SPDX-License-Identifier: MIT */
/*
 * eval.h -- running a parsed template
 *
 * Functions return 0, or -errno with the error filled in: -EINVAL, -E2BIG, -ENOMEM; -ECANCELED is
 * no error but "next" or "break" on its way out.
 *
 * Secrets: a value made of a secret one is secret, and so is what is said or assigned where a
 * secret decided that it is.
 */
#pragma once

#include <stdbool.h>

#include "modules/template/parse.h"

/* An expression may be that many times deeper than the statements that it stands in. */
#define EVAL_DEPTH_FACTOR 8

struct eval {
	const struct source *src;
	struct arena *arena;
	const struct erb_facts *facts;
	const struct erb_options *options;
	const struct program *program;
	struct value *slots; /* of the variables */
	struct buf *out;
	size_t steps; /* left */
	unsigned depth, max_depth;
	bool shadow; /* a secret decided that this code runs */
	bool leaked; /* a secret decided that some code was left early */
	bool secret; /* something secret is in the output */
	enum node_kind jump;
	struct value jump_value;
	struct spans *spans; /* NULL: nobody wants to know */
};

/* A call on its way to its method. */
struct call {
	const struct node *node; /* where errors point */
	const char *name;
	uint32_t len;
	struct value self;
	const struct value *args;
	size_t n_args;
	const struct node *block; /* NULL: none */
	bool secret;		  /* a block gave something secret */
	uint64_t *facts;	  /* that the receiver and the arguments read, for the block */
};

int eval_program(struct eval *e);
int eval_node(struct eval *e, const struct node *n, struct value *ret);

/* Takes N steps of the budget. */
int eval_charge(struct eval *e, const struct node *n, size_t steps);
/* Turns a code of value.h, buf.h or the arena into the error that it means at N. */
int eval_error(struct eval *e, const struct node *n, int r);
#define eval_fail(e, n, ...) source_fail((e)->src, (n)->pos, __VA_ARGS__)
/* Memory of the rendering; NULL is said by eval_memory(). */
#define eval_array(e, n, type) ((type *)arena_array((e)->arena, n, sizeof(type)))
int eval_memory(struct eval *e, const struct node *n);
/* A buffer that cannot grow over the memory budget, and its bytes as a string value. */
struct buf eval_buf(const struct eval *e);
int eval_text(struct eval *e, const struct node *n, const struct buf *b, struct value *ret);

/*
 * eval-span.c: all do nothing unless spans are asked for. BEGIN starts an empty set of the facts
 * that are read, END adds them to those of the expression around (NOW,
 * asked earlier, where a jump left expressions in between); KEEP copies the present set, for
 * ASSIGN to tie to a name; READ adds what is tied to one, FACT ties a fact to its own. ADD makes a
 * span of the output from START on, printed by N. ENTER says that SET, too, decides about
 * what follows, until LEAVE with what AROUND gave before; DECIDED counts all of these as read. TAKE
 * moves the spans into *ret; CLOSE frees what is left.
 */
int span_open(struct eval *e);
void span_close(struct eval *e);
int span_begin(struct eval *e, const struct node *n, uint64_t **ret);
void span_end(struct eval *e, uint64_t *outer);
uint64_t *span_now(const struct eval *e);
void span_read(struct eval *e, uint32_t slot);
int span_fact(struct eval *e, const struct node *n);
int span_keep(struct eval *e, const struct node *n, uint64_t **ret);
void span_assign(struct eval *e, uint32_t slot, uint64_t *set);
uint64_t *span_around(const struct eval *e);
int span_enter(struct eval *e, const struct node *n, const uint64_t *set);
void span_decided(struct eval *e);
void span_leave(struct eval *e, uint64_t *outer);
int span_add(struct eval *e, const struct node *n, size_t start, bool secret);
int span_take(struct eval *e, struct erb_result *ret);

/* eval-name.c: the value of a variable or fact; why an absent one has none, "" for another. */
int eval_variable(struct eval *e, const struct node *n, struct value *ret);
int eval_defined(struct eval *e, const struct node *n, struct value *ret);
/* What the command in backticks prints. */
int eval_shell(struct eval *e, const struct node *n, const struct value *command,
	       struct value *ret);
const char *eval_absent(struct eval *e, const struct node *n);

/* eval-literal.c */
int eval_string(struct eval *e, const struct node *n, struct value *ret);
int eval_array_literal(struct eval *e, const struct node *n, struct value *ret);
int eval_hash_literal(struct eval *e, const struct node *n, struct value *ret);

/* eval-operator.c: A OP B of the N_BINARY node N */
int eval_binary(struct eval *e, const struct node *n, const struct value *a, const struct value *b,
		struct value *ret);
int eval_negate(struct eval *e, const struct node *n, const struct value *v, struct value *ret);

/* eval-call.c */
int eval_call(struct eval *e, const struct node *n, struct value *ret);
/* Runs the block of C once. */
int eval_block(struct eval *e, struct call *c, const struct value *args, size_t n,
	       struct value *ret);
