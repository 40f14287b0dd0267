/* SPDX-License-Identifier: MIT */
/*
 * methods.h -- the methods that values have, and those of Ruby they have not
 *
 * A method behaves as the one of its name in Ruby 3.1 for the arguments that it takes here; what it
 * does not take is an error, never something else.
 */
#pragma once

#include "modules/template/eval.h"

enum {
	METHOD_BLOCK = 1 << 0, /* takes a block if there is one */
	METHOD_NEEDS = 1 << 1, /* needs a block */
	METHOD_PARTS = 1 << 2, /* tells of an array or hash nothing but its size and some items,
				  which carry their own marks of secrecy */
};

/* ARGS_ANY: no upper limit */
#define ARGS_ANY UINT8_MAX

struct method {
	const char *name;
	uint8_t min, max; /* arguments */
	uint8_t flags;
	int (*run)(struct eval *e, struct call *c, struct value *ret);
};

/* {}-ended */
extern const struct method methods_object[]; /* of every value */
extern const struct method methods_nil[];
extern const struct method methods_integer[];
extern const struct method methods_float[];
extern const struct method methods_string[];
extern const struct method methods_string_more[];
extern const struct method methods_symbol[];
extern const struct method methods_array[];
extern const struct method methods_array_more[];
extern const struct method methods_hash[];
extern const struct method methods_list[]; /* of arrays and hashes: what goes over their items */
extern const struct method methods_list_more[];

/* Finds and runs the method C->name of C->self. */
int method_call(struct eval *e, struct call *c, struct value *ret);

/* Argument I as a string or integer, or the error that says what was expected. */
int method_string_arg(struct eval *e, const struct call *c, size_t i, const struct value **ret);
int method_int_arg(struct eval *e, const struct call *c, size_t i, int64_t *ret);
/* The bytes of B as the result, with the errors of B and of R, the code of who filled it. */
int method_text(struct eval *e, const struct call *c, const struct buf *b, int r,
		struct value *ret);

/* Runs the block for its value. */
int method_block(struct eval *e, struct call *c, const struct value *args, size_t n,
		 struct value *ret);
/* Item I of an array, or the pair of a hash as an array [key, value]. */
int method_item(struct eval *e, const struct call *c, size_t i, struct value *ret);
/* All of them; *ret belongs to the arena. */
int method_items(struct eval *e, const struct call *c, struct value **ret);
/* dig(step, ...) of arrays and hashes */
int method_dig(struct eval *e, struct call *c, struct value *ret);
/* A <=> B as an error if they have no order. */
int method_compare(struct eval *e, const struct call *c, const struct value *a,
		   const struct value *b, int *ret);

/*
 * methods-sort.c: sorts N values by their keys (the values themselves if KEYS is NULL), equal ones
 * in their order; with BLOCK by what the block of C says about two.
 */
int method_sort(struct eval *e, struct call *c, struct value *values, struct value *keys, size_t n,
		bool block);

/* methods-format.c: TEXT % ARG */
int method_format(struct eval *e, const struct node *n, const struct value *text,
		  const struct value *arg, struct value *ret);
