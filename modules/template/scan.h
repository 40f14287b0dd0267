/* SPDX-License-Identifier: MIT */
/*
 * scan.h -- a template cut into text and tags, as erb with trim mode "-" cuts it
 *
 *   <% code %>   <%= output %>   <%# comment %>   <%% is <%   %%> inside a tag is %>
 *   <%- drops the blanks before it if nothing else stands before it on its line; like erb, what
 *   directly follows a tag counts as the start of a line.   -%> drops the newline behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "modules/template/source.h"

enum segment_kind { SEGMENT_TEXT, SEGMENT_CODE, SEGMENT_OUTPUT, SEGMENT_COMMENT, SEGMENT_END };

struct segment {
	enum segment_kind kind;
	size_t open;	   /* where its tag starts; text: where it starts */
	size_t start, end; /* the bytes of text or code, without the tags' marks */
	bool trimmed;	   /* a tag closed by -%> that took its newline, or the end of the text */
};

struct scan {
	const struct source *src;
	size_t at;
	size_t line; /* where erb sees the start of a line after the last tag */
};
#define SCAN_INIT(source) ((struct scan){ .src = (source) })

/* The next segment, SEGMENT_END at last. -EINVAL for a tag that is not closed. */
int scan_next(struct scan *s, struct segment *ret);
