/* SPDX-License-Identifier: MIT */
/*
 * value.h -- the values of a template: Ruby's nil, true, false, Integer, Float (facts only),
 * String, Symbol, Array and Hash, none of which ever changes
 *
 * A value is copied freely; what it points to belongs to the arena of the rendering, to the
 * template or to the facts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "modules/template/arena.h"

#define VALUE_DEPTH_MAX 100 /* of arrays and hashes in each other */

enum value_type {
	V_UNSET, /* a variable that nobody assigned yet */
	V_NIL,
	V_FALSE,
	V_TRUE,
	V_INT,
	V_FLOAT,
	V_STR,
	V_SYM,
	V_ARRAY,
	V_HASH,
	V_TEXT, /* what a statement of template text gives: true, and good for nothing else */
};

struct pair;
struct value {
	uint8_t type;
	bool secret; /* it was made of something secret */
	bool holds;  /* V_ARRAY, V_HASH: something in it is secret */
	bool fact;   /* V_HASH: part of a fact, so a.b reads its key */
	uint32_t len;
	union {
		int64_t integer;
		double real;
		const char *str; /* not NUL-ended */
		const struct value *items;
		const struct pair *pairs;
	};
};
struct pair {
	struct value key, value;
};

static inline struct value value_nil(void)
{
	return (struct value){ .type = V_NIL };
}
static inline struct value value_bool(bool b)
{
	return (struct value){ .type = b ? V_TRUE : V_FALSE };
}
static inline struct value value_int(int64_t i)
{
	return (struct value){ .type = V_INT, .integer = i };
}
static inline struct value value_str(const char *s, size_t len)
{
	return (struct value){ .type = V_STR, .str = s, .len = len };
}
/* Marks the array as holding a secret if one of its items is or does. */
struct value value_array(const struct value *items, size_t len);
struct value value_hash(const struct pair *pairs, size_t len);

/* Everything but nil and false. */
static inline bool value_truthy(const struct value *v)
{
	return v->type != V_NIL && v->type != V_FALSE;
}
/* A text or a decision made of all of V would tell a secret. */
static inline bool value_tainted(const struct value *v)
{
	return v->secret || v->holds;
}
static inline bool value_is_str(const struct value *v, const char *s, size_t len)
{
	return v->type == V_STR && v->len == len && memcmp(v->str, s, len) == 0;
}
/* "a string", "an integer", "nil" ... */
const char *value_kind(const struct value *v);

/*
 * A JSON value of a fact. Strings are borrowed from OBJ. -ERANGE for an integer over 64 bits,
 * -ELOOP if it is nested too deeply, -ENOMEM and -E2BIG from the arena.
 */
int value_from_json(struct arena *arena, struct json_object *obj, bool secret, struct value *ret);

/*
 * Ruby's == and <=>. Each thing looked at takes one of *STEPS: -E2BIG when they are spent. -ELOOP
 * for values nested too deeply; value_compare() gives -EDOM for what has no order.
 */
int value_equal(const struct value *a, const struct value *b, size_t *steps, bool *ret);
int value_compare(const struct value *a, const struct value *b, size_t *steps, int *ret);
/* Ruby's eql?, by which keys of hashes are told apart: 1 and 1.0 differ. */
int value_eql(const struct value *a, const struct value *b, size_t *steps, bool *ret);
/* The value of KEY in a hash, NULL in *ret if there is none. */
int value_find(const struct value *hash, const struct value *key, size_t *steps,
	       const struct pair **ret);

/* value-text.c: append as Ruby writes it. -ELOOP, -EILSEQ (bytes in JSON), or OUT's error. */
int value_to_s(struct buf *out, const struct value *v);
int value_inspect(struct buf *out, const struct value *v);
int value_to_json(struct buf *out, const struct value *v);
