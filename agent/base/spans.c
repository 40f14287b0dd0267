/* SPDX-License-Identifier: MIT */
/* spans.c -- the name of a file of spans, and the hash in it */
#include "agent/base/spans.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "agent/base/buf.h"

char *spans_name(const char *path)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	path += strspn(path, "/");
	for (; *path; path++)
		if (*path == '/')
			buf_addc(&b, '%');
		else if (*path == '%')
			buf_adds(&b, "%25");
		else
			buf_addc(&b, *path);
	buf_adds(&b, ".json");
	/* what writes it needs a temporary name beside it */
	return b.len > NAME_MAX - 20 ? strdup("") : buf_take(&b);
}

uint64_t spans_hash(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash;
}

const char *spans_hash_text(const char *text, size_t len, char ret[SPANS_HASH_TEXT])
{
	snprintf(ret, SPANS_HASH_TEXT, "%016" PRIx64, spans_hash(text, len));
	return ret;
}
