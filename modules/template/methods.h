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
	METHOD_VALID = 1 << 3, /* fails for a text that is no UTF-8 */
};

/*
 * ARGS are checked before RUN: 's' a string, 'n' a string or nil, 'i' an integer, 'h' a hash, 'x'
 * anything; '|' stands before those that may be missing, '*' means any number more of the last.
 */
struct method {
	const char *name;
	const char *args;
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
extern const struct method methods_array[];
extern const struct method methods_hash[];
extern const struct method methods_list[]; /* of arrays and hashes: what goes over their items */
extern const struct method methods_list_more[];

/* Finds and runs the method C->name of C->self. */
int method_call(struct eval *e, struct call *c, struct value *ret);

/* Several types have these. */
int method_itself(struct eval *e, struct call *c, struct value *ret);
int method_length(struct eval *e, struct call *c, struct value *ret);
int method_empty(struct eval *e, struct call *c, struct value *ret);
int method_each(struct eval *e, struct call *c, struct value *ret);
int method_dig(struct eval *e, struct call *c, struct value *ret);
/* fetch() of what is not there: the default, the block's value, or NULL for failing. */
int method_default(struct eval *e, struct call *c, struct value *ret);

/* An error in the words of printf, with "'NAME' " before it. */
#define method_fail(e, c, fmt, ...) \
	eval_fail(e, (c)->node, "'%.*s' " fmt, (int)(c)->len, (c)->name, ##__VA_ARGS__)
#define METHOD_BYTES "takes UTF-8, and there are other bytes in this string"
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
/* Both together: runs the block for its value with item I. */
int method_ask(struct eval *e, struct call *c, size_t i, struct value *ret_item, struct value *ret);

/* methods-format.c: TEXT % ARG */
int method_format(struct eval *e, const struct node *n, const struct value *text,
		  const struct value *arg, struct value *ret);
