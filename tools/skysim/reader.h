/* SPDX-License-Identifier: MIT */
/*
 * reader.h -- typed reading of the world file, with errors that name file and JSON path
 *
 * The first fault wins: reader.error is one line, "FILE: $.PATH: what is wrong", owned by the
 * caller. Optional readers leave *ret alone when the key is absent or null.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/addr.h"
#include "agent/base/cleanup.h"

#define READER_ID_MAX 24

struct reader {
	const char *file;
	char path[256];
	size_t path_len;
	char *error;
};

/* Goes down one step, ".vms[3]"; returns the place to reader_leave() to. */
size_t reader_enter(struct reader *rd, const char *fmt, ...) _printf_(2, 3);
void reader_leave(struct reader *rd, size_t place);
/* Notes a fault at KEY (NULL: at the object itself) and returns -EINVAL. */
int reader_fail(struct reader *rd, const char *key, const char *fmt, ...) _printf_(3, 4);

/* OBJ is an object and has no key besides KNOWN (NULL-terminated). */
int reader_keys(struct reader *rd, struct json_object *obj, const char *const *known);

/* Strings are borrowed from OBJ and hold no control characters but newline and tab. */
int reader_str(struct reader *rd, struct json_object *obj, const char *key, const char **ret);
int reader_need_str(struct reader *rd, struct json_object *obj, const char *key, const char **ret);
/* Digits, as a string or a number. */
int reader_id(struct reader *rd, struct json_object *obj, const char *key, char ret[READER_ID_MAX]);
int reader_need_id(struct reader *rd, struct json_object *obj, const char *key,
		   char ret[READER_ID_MAX]);
int reader_bool(struct reader *rd, struct json_object *obj, const char *key, bool *ret);
int reader_int(struct reader *rd, struct json_object *obj, const char *key, int64_t min,
	       int64_t max, int64_t *ret);
/* An IPv4 address, or with PREFIX a network in its canonical form ("10.60.0.0/24"). */
int reader_addr(struct reader *rd, struct json_object *obj, const char *key, bool prefix,
		struct addr *ret);
/* One of WORDS (NULL-terminated), as an index. */
int reader_word(struct reader *rd, struct json_object *obj, const char *key,
		const char *const *words, int *ret);
int reader_arr(struct reader *rd, struct json_object *obj, const char *key,
	       struct json_object **ret);
int reader_obj(struct reader *rd, struct json_object *obj, const char *key,
	       struct json_object **ret);
