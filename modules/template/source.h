/* SPDX-License-Identifier: MIT */
/* source.h -- the text of a template, and errors that name a place in it */
#pragma once

#include <stddef.h>

#include "agent/base/cleanup.h"
#include "modules/template/erb.h"

#define SOURCE_MAX (16u * 1024 * 1024) /* a place is kept in 32 bits */

struct source {
	const char *text;
	size_t len;
	struct erb_error *error;
};

/*
 * Writes the error with line and column of byte POS and a sentence, and returns -EINVAL. SPENT is
 * the same for a budget and returns -E2BIG.
 */
int source_fail(const struct source *src, size_t pos, const char *fmt, ...) _printf_(3, 4);
int source_spent(const struct source *src, size_t pos, const char *fmt, ...) _printf_(3, 4);
/* The code of an arena that gave NULL: -ENOMEM, or a spent memory budget with its sentence. */
int source_memory(const struct source *src, size_t pos, int error);

/* Line and column, both from 1, of byte POS; the column counts bytes. */
void source_place(const char *text, size_t len, size_t pos, unsigned *ret_line,
		  unsigned *ret_column);
