/* SPDX-License-Identifier: MIT */
/* diff.h -- the lines that differ between two texts */
#pragma once

#include <stddef.h>

#include "agent/base/buf.h"

/*
 * Appends to OUT a line per difference, "-old" and "+new", with up to CONTEXT unchanged lines
 * around as " same" and "@@ -L +L @@" before each group; nothing if the texts are equal. A last
 * line without a newline is followed by the line "\ no newline at the end". A text that is not
 * printable UTF-8 gives the one line "(binary, N bytes)"; texts of more than 20,000 lines are shown
 * as wholly replaced, and so is all between the first and the last difference if there are over
 * 1,000. 0, -ENOMEM or OUT's -E2BIG.
 */
int diff_lines(const char *before, size_t before_len, const char *after, size_t after_len,
	       unsigned context, struct buf *out);
