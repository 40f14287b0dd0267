/* SPDX-License-Identifier: MIT */
/*
 * json.h -- typed reading of JSON: the type is part of the question
 *
 * json-c by itself turns 5 into "5" and "12abc" into 12; these accessors do not. All return 0,
 * -ENOENT if KEY is absent or null, -EBADMSG if it has another type; *ret is written on 0 only and
 * is borrowed from OBJ.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/cleanup.h"

/*
 * Parses exactly one JSON text of LEN bytes, nested at most DEPTH deep (RFC 8259; nothing but white
 * space after it, UTF-8 checked). *ret is owned by the caller. -EBADMSG if it is none, with the
 * place in *ret_offset (may be NULL); -ENOMEM.
 */
int json_parse(const char *text, size_t len, int depth, struct json_object **ret,
	       size_t *ret_offset);

/* Line and column of the byte at OFFSET of TEXT, both from 1: what *ret_offset means to people. */
void json_place(const char *text, size_t len, size_t offset, unsigned *ret_line,
		unsigned *ret_column);

int json_get_str(struct json_object *obj, const char *key, const char **ret);
int json_get_int(struct json_object *obj, const char *key, int64_t *ret);
int json_get_bool(struct json_object *obj, const char *key, bool *ret);
int json_get_obj(struct json_object *obj, const char *key, struct json_object **ret);
int json_get_arr(struct json_object *obj, const char *key, struct json_object **ret);

/*
 * A string, or an integer turned into its decimal text: for foreign ids that come both ways. *ret
 * is owned by the caller.
 */
int json_get_id(struct json_object *obj, const char *key, char **ret);

/* Setters that tell when memory ran out: 0 or -ENOMEM; the value is copied. S NULL adds null. */
int json_set_str(struct json_object *obj, const char *key, const char *s);
int json_set_int(struct json_object *obj, const char *key, int64_t v);
int json_set_bool(struct json_object *obj, const char *key, bool v);
/* Takes V over, also when it fails; V NULL means no memory and returns -ENOMEM. */
int json_set(struct json_object *obj, const char *key, struct json_object *v);
int json_append(struct json_object *arr, struct json_object *v);

/*
 * Several at once: json_add(obj, { "name", json_str(name) }, { "line", json_int(line) }). A pair
 * whose key is NULL is left out. All values are taken over, also on failure; one that is NULL means
 * no memory. 0 or -ENOMEM.
 */
struct json_pair {
	const char *key;
	struct json_object *value;
};
int json_fill(struct json_object *obj, const struct json_pair *pairs, size_t n);
#define json_add(obj, ...)                                        \
	json_fill(obj, (const struct json_pair[]){ __VA_ARGS__ }, \
		  sizeof((const struct json_pair[]){ __VA_ARGS__ }) / sizeof(struct json_pair))
/* Values for that; S NULL gives NULL. */
struct json_object *json_str(const char *s);
#define json_int(v) json_object_new_int64((int64_t)(v))
#define json_bool(v) json_object_new_boolean(v)
/* The text of OBJ in one line, slashes unescaped; borrowed from OBJ. */
const char *json_text(struct json_object *obj);
