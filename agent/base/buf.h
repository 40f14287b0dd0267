/* SPDX-License-Identifier: MIT */
/* buf.h -- a growing run of bytes with a limit, always followed by a NUL */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/base/cleanup.h"

/*
 * Starts as BUF_INIT or with a limit of its own. Once an append fails (no memory: -ENOMEM, over
 * the limit: -E2BIG) the error sticks: later appends do nothing and return it, so a composer may
 * check once at its end.
 */
struct buf {
	char *data; /* never NULL after the first successful append */
	size_t len; /* without the closing NUL */
	size_t size;
	size_t max; /* 0: BUF_MAX_DEFAULT */
	int error;
};
#define BUF_INIT ((struct buf){})
#define BUF_INIT_MAX(m) ((struct buf){ .max = (m) })
#define BUF_MAX_DEFAULT (64u * 1024 * 1024)

void buf_done(struct buf *b);
#define _cleanup_buf_ _cleanup_(buf_done)

int buf_add(struct buf *b, const void *data, size_t len);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
int buf_vaddf(struct buf *b, const char *fmt, va_list ap) _printf_(2, 0);
/* Forgets the bytes, keeps the memory; clears a sticky error. */
void buf_reset(struct buf *b);
/* The bytes as an owned string, "" when empty, and an empty buffer; NULL if an error stuck. */
char *buf_take(struct buf *b);

/* An owned string from a format, NULL when there is no memory. */
char *str_printf(const char *fmt, ...) _printf_(1, 2);
