/* SPDX-License-Identifier: MIT */
/* scan.c -- a template cut into text and tags */
#include <string.h>

#include "modules/template/scan.h"

/* The next two bytes A and B at or after AT, or LEN. */
static size_t find_pair(const struct source *src, size_t at, char a, char b)
{
	while (at + 1 < src->len) {
		const char *p = memchr(src->text + at, a, src->len - at - 1);

		if (!p)
			break;
		at = p - src->text;
		if (p[1] == b)
			return at;
		at++;
	}
	return src->len;
}

/* Where the text before a "<%-" at OPEN ends: before its blanks if they start a line. */
static size_t trim_left(const struct scan *s, size_t start, size_t open)
{
	const char *text = s->src->text;
	size_t at = open;

	while (at > start && (text[at - 1] == ' ' || text[at - 1] == '\t'))
		at--;
	if (at == 0 || at == s->line || text[at - 1] == '\n')
		return at;
	return open;
}

static int scan_text(struct scan *s, struct segment *ret)
{
	const char *text = s->src->text;
	size_t open = find_pair(s->src, s->at, '<', '%'), end = open, start = s->at;

	*ret = (struct segment){ .kind = SEGMENT_TEXT, .open = start, .start = start };
	if (open + 2 < s->src->len && text[open + 2] == '%') {
		ret->end = open + 2;
		s->at = s->line = open + 3;
		return 0;
	}
	if (open + 2 < s->src->len && text[open + 2] == '-')
		end = trim_left(s, start, open);
	ret->end = end;
	s->at = open;
	return 0;
}

/* The end of a tag's code that starts at START; a "%%>" is not one. */
static int find_close(const struct scan *s, size_t open, size_t start, size_t *ret)
{
	const char *text = s->src->text;
	size_t at = start;

	for (;;) {
		at = find_pair(s->src, at, '%', '>');
		if (at == s->src->len)
			return source_fail(s->src, open, "this tag is not closed, expected '%%>'");
		if (at == start || text[at - 1] != '%') {
			*ret = at;
			return 0;
		}
		at += 2;
	}
}

static int scan_tag(struct scan *s, struct segment *ret)
{
	const char *text = s->src->text;
	size_t open = s->at, start = open + 2, close = 0, len = s->src->len;
	struct segment seg = { .kind = SEGMENT_CODE, .open = open };
	bool dash;
	int r;

	if (start < len && text[start] == '=')
		seg.kind = SEGMENT_OUTPUT;
	else if (start < len && text[start] == '#')
		seg.kind = SEGMENT_COMMENT;
	if (start < len && strchr("=#-", text[start]) && text[start] != '\0')
		start++;

	r = find_close(s, open, start, &close);
	if (r < 0)
		return r;
	dash = close > start && text[close - 1] == '-';
	seg.start = start;
	seg.end = close - dash;
	s->at = close + 2;
	if (dash) {
		size_t at =
			s->at + (s->at + 1 < len && text[s->at] == '\r' && text[s->at + 1] == '\n');

		seg.trimmed = at >= len || text[at] == '\n';
		if (seg.trimmed)
			s->at = at < len ? at + 1 : len;
	}
	s->line = s->at;
	*ret = seg;
	return 0;
}

int scan_next(struct scan *s, struct segment *ret)
{
	const struct source *src = s->src;
	bool tag;

	if (s->at >= src->len) {
		*ret = (struct segment){ .kind = SEGMENT_END, .open = src->len };
		return 0;
	}
	tag = src->len - s->at >= 2 && memcmp(src->text + s->at, "<%", 2) == 0 &&
	      !(s->at + 2 < src->len && src->text[s->at + 2] == '%');
	return tag ? scan_tag(s, ret) : scan_text(s, ret);
}
