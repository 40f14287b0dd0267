/* SPDX-License-Identifier: MIT */
/* show.c -- text for people: foreign strings made harmless, colours, ages, errors */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "agent/base/buf.h"
#include "agent/base/utf8.h"
#include "tools/agentctl/show.h"

#define USEC 1000000u

char *show_clean(const char *text)
{
	const char *s = text ?: "", *end = s + strlen(s);
	_cleanup_buf_ struct buf b = BUF_INIT;
	uint32_t c;

	while (s < end) {
		size_t n = utf8_decode(s, (size_t)(end - s), &c);

		if (n > 0 && utf8_printable(c) && c != '\t')
			buf_add(&b, s, n);
		else
			buf_addc(&b, '?');
		s += n ?: 1;
	}
	return buf_take(&b);
}

void show_text(FILE *out, const char *s)
{
	_cleanup_free_ char *clean = show_clean(s);

	fputs(clean ?: "?", out);
}

int show_width(const char *s)
{
	_cleanup_free_ char *clean = show_clean(s);
	int n = 0;

	for (const char *p = clean ?: ""; *p; p++)
		n += (*p & 0xc0) != 0x80;
	return n;
}

void show_cell(const struct ctl *ctl, enum show_color color, const char *s, int width)
{
	static const char *const codes[] = {
		[SHOW_PLAIN] = "",	  [SHOW_GOOD] = "\033[32m", [SHOW_BUSY] = "\033[36m",
		[SHOW_WARN] = "\033[33m", [SHOW_BAD] = "\033[31m",  [SHOW_DIM] = "\033[2m",
	};
	bool colored = ctl->color && color != SHOW_PLAIN;

	if (colored)
		fputs(codes[color], ctl->out);
	show_text(ctl->out, s);
	if (colored)
		fputs("\033[0m", ctl->out);
	for (int n = show_width(s); n < width; n++)
		fputc(' ', ctl->out);
}

enum show_color show_state_color(const char *state)
{
	static const struct {
		const char *state;
		enum show_color color;
	} colors[] = {
		{ "ready", SHOW_GOOD },	      { "confirmed", SHOW_GOOD },
		{ "converging", SHOW_BUSY },  { "degraded", SHOW_WARN },
		{ "unconfirmed", SHOW_WARN }, { "failed", SHOW_BAD },
		{ "quarantined", SHOW_BAD },  { "off", SHOW_DIM },
		{ "none", SHOW_DIM },
	};

	for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
		if (strcmp(colors[i].state, state) == 0)
			return colors[i].color;
	return SHOW_PLAIN;
}

const char *show_age(uint64_t usec, char text[SHOW_AGE_MAX])
{
	uint64_t s = usec / USEC;

	if (s == 0)
		snprintf(text, SHOW_AGE_MAX, "now");
	else if (s < 120)
		snprintf(text, SHOW_AGE_MAX, "%u s", (unsigned)s);
	else if (s < 2 * 3600)
		snprintf(text, SHOW_AGE_MAX, "%u min", (unsigned)(s / 60));
	else if (s < 2 * 86400)
		snprintf(text, SHOW_AGE_MAX, "%u h %u min", (unsigned)(s / 3600),
			 (unsigned)(s % 3600 / 60));
	else
		snprintf(text, SHOW_AGE_MAX, "%llu d %u h", (unsigned long long)(s / 86400),
			 (unsigned)(s % 86400 / 3600));
	return text;
}

uint64_t show_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * USEC + (uint64_t)ts.tv_nsec / 1000;
}

const char *show_since(uint64_t when, char text[SHOW_AGE_MAX])
{
	uint64_t now = show_now();

	return show_age(when < now ? now - when : 0, text);
}

void show_json(struct ctl *ctl, struct json_object *obj)
{
	const char *text;

	text = json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PRETTY |
							   JSON_C_TO_STRING_SPACED |
							   JSON_C_TO_STRING_NOSLASHESCAPE);
	fprintf(ctl->out, "%s\n", text ?: "null");
}

int show_set_bytes(struct json_object *obj, const char *key, const char *s, size_t len)
{
	_cleanup_free_ char *inexact = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool exact = true;
	int r;

	for (size_t i = 0, n; i < len; i += n ?: 1) {
		n = utf8_decode(s + i, len - i, NULL);
		exact = exact && n > 0;
		buf_add(&b, n > 0 ? s + i : "\xef\xbf\xbd", n ?: 3);
	}
	r = b.error ?: json_set(obj, key, json_object_new_string_len(b.data ?: "", (int)b.len));
	if (r < 0 || exact)
		return r;
	inexact = str_printf("%s_exact", key);
	return inexact ? json_set_bool(obj, inexact, false) : -ENOMEM;
}

void show_error(struct ctl *ctl, const char *next, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);

	/* What is on the way to OUT comes first, so that the two read in order on one terminal. */
	fflush(ctl->out);
	fputs("agentctl: ", ctl->err);
	for (char *line = b.data ?: "", *end; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		show_text(ctl->err, line);
		fputs(end ? "\n  " : "\n", ctl->err);
	}
	if (next) {
		fputs("  next: ", ctl->err);
		show_text(ctl->err, next);
		fputc('\n', ctl->err);
	}
}

const char *show_str(struct json_object *obj, const char *key)
{
	const char *s;

	return json_get_str(obj, key, &s) == 0 ? s : "";
}

uint64_t show_num(struct json_object *obj, const char *key)
{
	int64_t v;

	return json_get_int(obj, key, &v) == 0 && v > 0 ? (uint64_t)v : 0;
}
