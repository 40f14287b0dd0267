/* SPDX-License-Identifier: MIT */
/* utf8.c -- is this text fit to be shown to a person? */
#include "agent/base/utf8.h"

size_t utf8_decode(const char *s, size_t len, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *b = (const uint8_t *)s;
	uint32_t c;
	size_t n;

	if (!len)
		return 0;
	if (b[0] < 0x80) {
		n = 1;
		c = b[0];
	} else if ((b[0] & 0xe0) == 0xc0) {
		n = 2;
		c = b[0] & 0x1f;
	} else if ((b[0] & 0xf0) == 0xe0) {
		n = 3;
		c = b[0] & 0x0f;
	} else if ((b[0] & 0xf8) == 0xf0) {
		n = 4;
		c = b[0] & 0x07;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if (ret)
		*ret = c;
	return n;
}

bool utf8_printable(uint32_t c)
{
	if (c == '\t')
		return true;
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return c != 0x2028 && c != 0x2029 && !(c >= 0x202a && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069);
}

bool utf8_text(const char *s, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &c);
		if (!n || !utf8_printable(c))
			return false;
	}
	return true;
}
