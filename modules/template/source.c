/* SPDX-License-Identifier: MIT */
/* source.c -- errors that name a place in a template */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "modules/template/source.h"

void source_place(const char *text, size_t len, size_t pos, unsigned *ret_line,
		  unsigned *ret_column)
{
	const char *at = text, *end = text + (pos < len ? pos : len);
	unsigned line = 1;

	for (;;) {
		const char *nl = memchr(at, '\n', end - at);

		if (!nl)
			break;
		line++;
		at = nl + 1;
	}
	*ret_line = line;
	*ret_column = end - at + 1;
}

static void source_vfail(const struct source *src, size_t pos, const char *fmt, va_list ap)
	_printf_(3, 0);

/* Foreign bytes get into sentences: what could forge a line or move a cursor is shown as '?'. */
static void source_vfail(const struct source *src, size_t pos, const char *fmt, va_list ap)
{
	struct erb_error *e = src->error;

	*e = (struct erb_error){};
	source_place(src->text, src->len, pos, &e->line, &e->column);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	for (char *p = e->text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

int source_fail(const struct source *src, size_t pos, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_vfail(src, pos, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int source_spent(const struct source *src, size_t pos, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_vfail(src, pos, fmt, ap);
	va_end(ap);
	return -E2BIG;
}

int source_memory(const struct source *src, size_t pos, int error)
{
	if (error == -E2BIG)
		return source_spent(src, pos, "the template needs more memory than it may use");
	return error;
}
