/* SPDX-License-Identifier: MIT */
/* buf.c -- a growing run of bytes with a limit, always followed by a NUL */
#include "agent/base/buf.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

/* Makes room for LEN more bytes and the NUL. */
static int buf_reserve(struct buf *b, size_t len)
{
	size_t max = b->max ?: BUF_MAX_DEFAULT;
	size_t need, size;
	char *data;

	if (b->error)
		return b->error;
	if (len > max || b->len > max - len || len > SIZE_MAX / 4)
		return b->error = -E2BIG;

	need = b->len + len + 1;
	if (need <= b->size)
		return 0;
	size = b->size ? b->size * 2 : 64;
	if (size < need)
		size = need;
	data = realloc(b->data, size);
	if (!data)
		return b->error = -ENOMEM;
	b->data = data;
	b->size = size;
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	int r;

	r = buf_reserve(b, len);
	if (r < 0)
		return r;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return r;
}

int buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n, r;

	if (b->error)
		return b->error;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return b->error = -EINVAL;

	r = buf_reserve(b, n);
	if (r < 0)
		return r;
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += n;
	return 0;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

char *buf_take(struct buf *b)
{
	char *data;

	if (buf_add(b, "", 0) < 0)
		return NULL;
	data = b->data;
	*b = (struct buf){ .max = b->max };
	return data;
}

char *str_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}
