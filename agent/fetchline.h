/* SPDX-License-Identifier: MIT */
/* fetchline.h -- the one line of envagent-fetch (protocol.h), read by hand and checked */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/addr.h"
#include "agent/base/protocol.h"

struct fetchline {
	bool found;  /* false: nobody answered, and TRIES says why */
	bool same;   /* the document is the former one */
	char vm[21]; /* digits */
	char env[21];
	char from[ADDR_TEXT_MAX];
	char tries[FETCH_LINE_MAX]; /* "ADDRESS: REASON; ...", for people */
};

/*
 * TEXT is all that the child wrote: exactly one line with its newline. -EBADMSG for anything else,
 * with *ret untouched.
 */
int fetchline_parse(const char *text, size_t len, struct fetchline *ret);
