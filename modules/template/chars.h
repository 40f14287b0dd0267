/* SPDX-License-Identifier: MIT */
/* chars.h -- characters of UTF-8 text */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/buf.h"

/*
 * Bytes of the character at S, of which LEN are there; a byte that starts no valid one counts as
 * one character by itself, as in Ruby. *ret_char (may be NULL) is its code point, or -1.
 */
size_t chars_char(const char *s, size_t len, int32_t *ret_char);
bool chars_valid(const char *s, size_t len);
/* Characters in LEN bytes. */
size_t chars_length(const char *s, size_t len);
/* The byte offset of character N, LEN if there are not so many. */
size_t chars_offset(const char *s, size_t len, size_t n);
/* Appends a code point; -EINVAL for a surrogate or one above 10FFFF. */
int chars_add(struct buf *out, uint32_t c);

enum chars_case { CHARS_UP, CHARS_DOWN, CHARS_CAPITALIZE };
/*
 * Appends S in another case: ASCII, Latin-1, Latin Extended-A, basic Greek and Cyrillic. -EDOM with
 * *ret_char for a character of another script that has cases.
 */
int chars_add_case(struct buf *out, const char *s, size_t len, enum chars_case to,
		   int32_t *ret_char);

/* Ruby's inspect shows the character as it is (code points that nobody assigned count as such). */
bool chars_printable(int32_t c);
