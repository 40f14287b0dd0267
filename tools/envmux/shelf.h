/* SPDX-License-Identifier: MIT */
/*
 * shelf.h -- objects by key, each kept as one line of text: a tenth of what it takes when open
 *
 * A row is one block of memory: the key, a NUL, the JSON text, a NUL. Rows are sorted by key.
 */
#pragma once

#include "agent/base/json.h"

struct shelf {
	char **rows;
	size_t n, size;
};

/* A row of OBJ, owned; NULL without memory. */
char *row_new(const char *key, struct json_object *obj);
static inline const char *row_text(const char *row)
{
	return row + strlen(row) + 1;
}
/* The object of ROW, owned; NULL without memory. */
struct json_object *row_open(const char *row);

/* The row of KEY, borrowed; NULL if there is none. */
const char *shelf_get(const struct shelf *s, const char *key);
/*
 * Puts ROW (taken over; NULL: takes away) in the place of KEY's. *ret_former is owned, NULL if
 * there was none. -ENOMEM: nothing changed, ROW is freed. A row that is put back where one was
 * taken away needs no memory.
 */
int shelf_put(struct shelf *s, const char *key, char *row, char **ret_former);
void shelf_done(struct shelf *s);
