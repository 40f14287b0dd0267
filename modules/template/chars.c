/* SPDX-License-Identifier: MIT */
/* chars.c -- characters of UTF-8 text */
#include <errno.h>

#include "agent/base/utf8.h"
#include "modules/template/chars.h"

size_t chars_char(const char *s, size_t len, int32_t *ret_char)
{
	uint32_t c;
	size_t n = utf8_decode(s, len, &c);

	if (ret_char)
		*ret_char = n > 0 ? (int32_t)c : -1;
	return n > 0 ? n : 1;
}

bool chars_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		int32_t c;

		if (!(s[i] & 0x80)) {
			i++;
			continue;
		}
		i += chars_char(s + i, len - i, &c);
		if (c < 0)
			return false;
	}
	return true;
}

size_t chars_length(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; n++)
		i += s[i] & 0x80 ? chars_char(s + i, len - i, NULL) : 1;
	return n;
}

size_t chars_offset(const char *s, size_t len, size_t n)
{
	size_t i = 0;

	for (; n > 0 && i < len; n--)
		i += s[i] & 0x80 ? chars_char(s + i, len - i, NULL) : 1;
	return i;
}

int chars_add(struct buf *out, uint32_t c)
{
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -EINVAL;
	if (c < 0x80)
		return buf_addc(out, c);
	if (c < 0x800)
		buf_addc(out, 0xc0 | c >> 6);
	else if (c < 0x10000)
		buf_addc(out, 0xe0 | c >> 12);
	else
		buf_addc(out, 0xf0 | c >> 18);
	if (c >= 0x10000)
		buf_addc(out, 0x80 | (c >> 12 & 0x3f));
	if (c >= 0x800)
		buf_addc(out, 0x80 | (c >> 6 & 0x3f));
	return buf_addc(out, 0x80 | (c & 0x3f));
}

bool chars_printable(int32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0 && c != 0x85) || c == 0x2028 || c == 0x2029)
		return false;
	return !(c >= 0xfdd0 && c < 0xfdf0) && (c & 0xfffe) != 0xfffe;
}

/* Runs of letters: capitals FIRST to LAST, every STEP-th, their small letters DELTA further. */
static const struct run {
	uint16_t first, last;
	uint8_t step;
	uint8_t delta;
} runs[] = {
	{ 'A', 'Z', 1, 32 },	 { 0xc0, 0xd6, 1, 32 },	  { 0xd8, 0xde, 1, 32 },
	{ 0x100, 0x12e, 2, 1 },	 { 0x132, 0x136, 2, 1 },  { 0x139, 0x147, 2, 1 },
	{ 0x14a, 0x176, 2, 1 },	 { 0x179, 0x17d, 2, 1 },  { 0x386, 0x386, 1, 38 },
	{ 0x388, 0x38a, 1, 37 }, { 0x38c, 0x38c, 1, 64 }, { 0x38e, 0x38f, 1, 63 },
	{ 0x391, 0x3a1, 1, 32 }, { 0x3a3, 0x3ab, 1, 32 }, { 0x400, 0x40f, 1, 80 },
	{ 0x410, 0x42f, 1, 32 },
};

/* Scripts with cases that are not in the runs. */
static const struct {
	int32_t first, last;
} cased[] = {
	{ 0x180, 0x29e },     { 0x345, 0x345 },	  { 0x370, 0x377 },   { 0x37b, 0x37f },
	{ 0x390, 0x390 },     { 0x3b0, 0x3b0 },	  { 0x3cf, 0x3ff },   { 0x460, 0x587 },
	{ 0x10a0, 0x10ff },   { 0x13a0, 0x13fd }, { 0x1c80, 0x1cbf }, { 0x1d79, 0x1d8e },
	{ 0x1e00, 0x1fff },   { 0x2126, 0x2184 }, { 0x24b6, 0x24e9 }, { 0x2c00, 0x2d2d },
	{ 0xa640, 0xa7f6 },   { 0xab53, 0xabbf }, { 0xfb00, 0xfb17 }, { 0xff21, 0xff5a },
	{ 0x10400, 0x1e943 },
};

static int32_t to_lower(int32_t c)
{
	if (c == 0x178)
		return 0xff;
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		if (c >= runs[i].first && c <= runs[i].last)
			return (c - runs[i].first) % runs[i].step ? c : c + runs[i].delta;
	return c;
}

static int32_t to_upper(int32_t c)
{
	switch (c) {
	case 0xb5:
		return 0x39c;
	case 0xff:
		return 0x178;
	case 0x131:
		return 'I';
	case 0x17f:
		return 'S';
	case 0x3c2:
		return 0x3a3;
	}
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		int32_t up = c - runs[i].delta;

		if (up >= runs[i].first && up <= runs[i].last &&
		    (up - runs[i].first) % runs[i].step == 0)
			return up;
	}
	return c;
}

static bool unsupported(int32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(cased); i++)
		if (c >= cased[i].first && c <= cased[i].last)
			return true;
	return false;
}

/* The few letters that become two. */
static const char *special(int32_t c, bool up, bool title)
{
	if (c == 0xdf && up)
		return title ? "Ss" : "SS";
	if (c == 0x149 && up)
		return "\xca\xbcN";
	if (c == 0x130 && !up)
		return "i\xcc\x87";
	return NULL;
}

int chars_add_case(struct buf *out, const char *s, size_t len, enum chars_case to,
		   int32_t *ret_char)
{
	for (size_t i = 0; i < len;) {
		bool first = i == 0, up = to == CHARS_UP || (to == CHARS_CAPITALIZE && first);
		const char *two;
		int32_t c;
		size_t n = chars_char(s + i, len - i, &c);

		if (c >= 0x80 && unsupported(c)) {
			*ret_char = c;
			return -EDOM;
		}
		two = c >= 0x80 ? special(c, up, to == CHARS_CAPITALIZE) : NULL;
		if (two)
			buf_adds(out, two);
		else if (c < 0)
			buf_add(out, s + i, n);
		else
			chars_add(out, up ? to_upper(c) : to_lower(c));
		i += n;
	}
	return out->error;
}
