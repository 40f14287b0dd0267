/* SPDX-License-Identifier: MIT */
/* shelf.c -- objects by key, each kept as one line of text */
#include <errno.h>
#include <string.h>

#include "tools/envmux/shelf.h"

char *row_new(const char *key, struct json_object *obj)
{
	const char *text = json_text(obj);
	size_t n = strlen(key) + 1, len = text ? strlen(text) + 1 : 0;
	char *row = text ? malloc(n + len) : NULL;

	if (!row)
		return NULL;
	memcpy(row, key, n);
	memcpy(row + n, text, len);
	return row;
}

struct json_object *row_open(const char *row)
{
	struct json_object *obj = NULL;
	const char *text = row_text(row);

	(void)json_parse(text, strlen(text), 32, &obj, NULL);
	return obj;
}

/* The first row that is not before KEY. */
static size_t find(const struct shelf *s, const char *key, bool *ret_there)
{
	size_t from = 0, to = s->n;

	*ret_there = false;
	while (from < to) {
		size_t at = from + (to - from) / 2;
		int c = strcmp(s->rows[at], key);

		if (c == 0) {
			*ret_there = true;
			return at;
		}
		if (c < 0)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

const char *shelf_get(const struct shelf *s, const char *key)
{
	bool there;
	size_t at = find(s, key, &there);

	return there ? s->rows[at] : NULL;
}

int shelf_put(struct shelf *s, const char *key, char *row, char **ret_former)
{
	bool there;
	size_t at = find(s, key, &there);

	if (row && !there && s->n == s->size) {
		size_t size = s->size ? s->size * 2 : 4;
		char **rows = reallocarray(s->rows, size, sizeof(*rows));

		if (!rows) {
			free(row);
			return -ENOMEM;
		}
		s->rows = rows;
		s->size = size;
	}
	*ret_former = there ? s->rows[at] : NULL;
	if (row && !there)
		memmove(&s->rows[at + 1], &s->rows[at], (s->n++ - at) * sizeof(*s->rows));
	if (row)
		s->rows[at] = row;
	else if (there)
		memmove(&s->rows[at], &s->rows[at + 1], (--s->n - at) * sizeof(*s->rows));
	return 0;
}

void shelf_done(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->rows[i]);
	free(s->rows);
	*s = (struct shelf){};
}
