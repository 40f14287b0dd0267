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

/* eval-name.c: the value of a variable or fact; why an absent one has none, "" for another. */
int eval_variable(struct eval *e, const struct node *n, struct value *ret);
int eval_defined(struct eval *e, const struct node *n, struct value *ret);
const char *eval_absent(struct eval *e, const struct node *n);

/* eval-operator.c: A OP B of the N_BINARY node N */
int eval_binary(struct eval *e, const struct node *n, const struct value *a, const struct value *b,
		struct value *ret);
int eval_negate(struct eval *e, const struct node *n, const struct value *v, struct value *ret);

/* eval-call.c */
int eval_call(struct eval *e, const struct node *n, struct value *ret);
/* Runs the block of C once. */
int eval_block(struct eval *e, struct call *c, const struct value *args, size_t n,
	       struct value *ret);
