/* SPDX-License-Identifier: MIT */
/* utf8.h -- is this text fit to be shown to a person? */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The first character of the LEN bytes at S: its length, 1 to 4, or 0 if they do not start with
 * well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). RET may be NULL.
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);

/*
 * A character that moves no cursor and reorders no text: no control character but the tab, no line
 * or paragraph separator, no bidirectional override.
 */
bool utf8_printable(uint32_t c);

/* All of the LEN bytes are such characters. */
bool utf8_text(const char *s, size_t len);
