/* SPDX-License-Identifier: MIT */
/*
 * conf-read.c -- one ini text, with the place of every fault
 *
 * inih splits the lines into keys and values. It cuts long lines, long names and long sections
 * without a word, hears of no section without keys, and counts its errors but names only the first;
 * so the reader below looks at each line before inih does and hides from it what is no good.
 */
#include <errno.h>
#include <ini.h>
#include <string.h>

#include "agent/base/conf-internal.h"
#include "agent/base/nearest.h"
#include "agent/base/utf8.h"

#define LINE_MAX_BYTES 199 /* inih's buffer, without the NUL */

struct reading {
	struct conf_loader *loader;
	const char *file;
	const char *rest; /* of the text */
	size_t rest_len;

	unsigned line; /* number of the line that inih works on */
	char text[LINE_MAX_BYTES + 1];
	bool expects_key; /* inih must call the handler for this line */
	bool after_key;	  /* inih takes an indented line for a continuation */

	const struct conf_section *section; /* NULL: before the first, or one that is skipped */
	bool skip;			    /* its header was a fault or is none of our business */
	char *instance;

	/* the last key, until it is known that no line continues it */
	const struct conf_item *item;
	struct buf value;
	unsigned value_line, value_column;
	int error;
};

static void fault(struct reading *rd, unsigned line, unsigned column, const char *fmt, ...)
	_printf_(4, 5);

static void fault(struct reading *rd, unsigned line, unsigned column, const char *fmt, ...)
{
	struct buf *out = &rd->loader->faults;
	va_list ap;

	if (out->len)
		buf_addc(out, '\n');
	buf_addf(out, "%s:%u:%u: ", rd->file, line, column);
	va_start(ap, fmt);
	buf_vaddf(out, fmt, ap);
	va_end(ap);
}

/* [Name] and [Name INSTANCE] may both be known; the other one is found where this one is not. */
static const struct conf_section *find_section(const struct conf_section *const *tables,
					       const char *name, bool named)
{
	const struct conf_section *other = NULL;

	for (; *tables; tables++)
		for (const struct conf_section *s = *tables; s->name; s++) {
			if (strcmp(s->name, name))
				continue;
			if (s->named == named)
				return s;
			other = s;
		}
	return other;
}

/* The value collected so far is complete: checks and keeps it. */
static void finish_value(struct reading *rd)
{
	_cleanup_free_ char *origin = NULL;
	_cleanup_buf_ struct buf expected = BUF_INIT;
	const struct conf_item *item = rd->item;
	union conf_scratch scratch = {};
	const char *value = rd->value.data ?: "";
	int r = 0;

	rd->item = NULL;
	if (!item)
		return;
	if (*value)
		r = conf_value_parse(item, value, &scratch);
	if (r >= 0)
		conf_value_done(item, &scratch);
	if (r == -EINVAL) {
		conf_value_expected(item, &expected);
		fault(rd, rd->value_line, rd->value_column, "'%s' is no value for %s=; expected %s",
		      value, item->name, expected.data ?: "");
		return;
	}
	origin = str_printf("%s:%u:%u", rd->file, rd->value_line, rd->value_column);
	if (r < 0 || !origin ||
	    conf_put(rd->loader->conf, rd->section, rd->instance ?: "", item, value, origin) < 0)
		rd->error = -ENOMEM;
}

static void unknown_section(struct reading *rd, const char *name, unsigned column)
{
	struct nearest near = NEAREST_INIT(name);

	for (const struct conf_section *const *t = rd->loader->tables; *t; t++)
		for (const struct conf_section *s = *t; s->name; s++)
			nearest_offer(&near, s->name);
	fault(rd, rd->line, column, "unknown section [%s]%s%s%s; see envagent.conf(5)", name,
	      near.best ? "; did you mean [" : "", near.best ?: "", near.best ? "]" : "");
}

static void enter_section(struct reading *rd, const char *name, const char *instance,
			  unsigned column)
{
	const struct conf_section *s = find_section(rd->loader->tables, name, *instance != '\0');
	_cleanup_free_ char *origin = NULL;

	if (!s && rd->loader->ignore_unknown)
		return;
	if (!s)
		unknown_section(rd, name, column);
	else if (s->named && !*instance)
		fault(rd, rd->line, column, "[%s] needs a name; write [%s NAME]", name, name);
	else if (!s->named && *instance)
		fault(rd, rd->line, column, "[%s] takes no name; write [%s]", name, name);
	else
		rd->section = s;
	if (!rd->section)
		return;

	rd->skip = false;
	rd->instance = strdup(instance);
	origin = str_printf("%s:%u:%u", rd->file, rd->line, column);
	if (!rd->instance || !origin ||
	    (s->named && conf_put_instance(rd->loader->conf, s, instance, origin) < 0))
		rd->error = -ENOMEM;
}

/* "[Name]" or "[Name INSTANCE]" in TEXT, perhaps with a comment behind it. */
static void read_section(struct reading *rd, const char *text, unsigned column)
{
	char copy[LINE_MAX_BYTES + 1], *name, *instance, *close, *end;

	rd->section = NULL;
	rd->skip = true;
	rd->after_key = false;
	free(rd->instance);
	rd->instance = NULL;

	strcpy(copy, text);
	close = strchr(copy, ']');
	end = close ? close + 1 + strspn(close + 1, " \t") : NULL;
	if (!close || (*end && *end != ';' && *end != '#')) {
		fault(rd, rd->line, column,
		      "a section is written [NAME], alone on its line; close it with ']'");
		return;
	}
	*close = '\0';
	name = copy + 1 + strspn(copy + 1, " \t");
	instance = name + strcspn(name, " \t");
	if (*instance) {
		*instance++ = '\0';
		instance += strspn(instance, " \t");
	}
	end = instance + strlen(instance);
	while (end > instance && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	enter_section(rd, name, instance, column);
}

/* True if this indented line looks like a key of its own, which inih takes for a continuation. */
static bool is_indented_key(const struct reading *rd, const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	if (!rd->section || text[len + strspn(text + len, " \t")] != '=')
		return false;
	for (const struct conf_item *i = rd->section->items; i->name; i++)
		if (strlen(i->name) == len && !strncmp(i->name, text, len))
			return true;
	return false;
}

/* Looks at the line in rd->text; false if inih shall not see it. */
static bool look_at_line(struct reading *rd)
{
	const char *text = rd->text + strspn(rd->text, " \t");
	bool continues = text > rd->text && rd->after_key && *text && *text != ';' && *text != '#';
	unsigned column = text - rd->text + 1;

	if (continues) {
		if (*text != '[' && !is_indented_key(rd, text))
			return true;
		finish_value(rd);
		fault(rd, rd->line, column,
		      "an indented line continues the value above it; "
		      "start the line without blanks");
		return false;
	}
	if (*text == '\0' || *text == ';' || *text == '#')
		return true;
	finish_value(rd);
	if (*text == '[') {
		read_section(rd, text, column);
		return true;
	}
	rd->expects_key = true;
	return true;
}

/* Cuts the next line off the rest of the text. False at its end. */
static bool next_line(struct reading *rd, bool *ret_show)
{
	const char *newline = memchr(rd->rest, '\n', rd->rest_len);
	size_t len = newline ? (size_t)(newline - rd->rest) : rd->rest_len, ok = 0, n;
	const char *line = rd->rest;
	uint32_t c;

	if (!rd->rest_len)
		return false;
	rd->rest += newline ? len + 1 : len;
	rd->rest_len -= newline ? len + 1 : len;
	rd->line++;
	rd->text[0] = '\0';
	*ret_show = false;

	if (len && line[len - 1] == '\r')
		len--;
	if (len > LINE_MAX_BYTES) {
		finish_value(rd);
		fault(rd, rd->line, LINE_MAX_BYTES + 1,
		      "line of %zu bytes; at most %d fit; continue a long value on an indented "
		      "line",
		      len, LINE_MAX_BYTES);
		return true;
	}
	while (ok < len && (n = utf8_decode(line + ok, len - ok, &c)) && utf8_printable(c))
		ok += n;
	if (ok < len) {
		finish_value(rd);
		fault(rd, rd->line, ok + 1,
		      "byte 0x%02x is no printable UTF-8 text; remove it or save the file as UTF-8",
		      (unsigned char)line[ok]);
		return true;
	}
	memcpy(rd->text, line, len);
	rd->text[len] = '\0';
	*ret_show = true;
	return true;
}

/* The line before this one went to inih as a key, and inih made nothing of it. */
static void check_former_line(struct reading *rd)
{
	if (rd->expects_key)
		fault(rd, rd->line, strspn(rd->text, " \t") + 1,
		      "neither KEY=VALUE nor [SECTION]; a comment starts with '#'");
	rd->expects_key = false;
}

static char *ini_next(char *line, int size, void *stream)
{
	struct reading *rd = stream;
	bool show;

	check_former_line(rd);
	if (size < LINE_MAX_BYTES + 1 || !next_line(rd, &show))
		return NULL;
	strcpy(line, show && look_at_line(rd) ? rd->text : "");
	return line;
}

/* Where VALUE starts in the raw line; inih hands out a copy. */
static unsigned value_column(const struct reading *rd, const char *value)
{
	size_t at = strcspn(rd->text, "=:");

	if (rd->text[at])
		at++;
	at += strspn(rd->text + at, " \t");
	return at + 1;
}

static void unknown_key(struct reading *rd, const char *name, unsigned column)
{
	struct nearest near = NEAREST_INIT(name);
	_cleanup_buf_ struct buf known = BUF_INIT;

	for (const struct conf_item *i = rd->section->items; i->name; i++) {
		nearest_offer(&near, i->name);
		buf_addf(&known, "%s%s=", known.len ? " " : "", i->name);
	}
	if (near.best)
		fault(rd, rd->line, column, "unknown key %s= in [%s]; did you mean %s=?", name,
		      rd->section->name, near.best);
	else
		fault(rd, rd->line, column, "unknown key %s= in [%s]; it knows %s", name,
		      rd->section->name, known.data ?: "none");
}

static int ini_value(void *userdata, const char *section, const char *name, const char *value)
{
	struct reading *rd = userdata;
	unsigned column = strspn(rd->text, " \t") + 1;

	if (!rd->expects_key) {
		if (rd->item) {
			buf_addf(&rd->value, "%s%s", rd->value.len ? " " : "", value);
			if (rd->value.error)
				rd->error = rd->value.error;
		}
		return 1;
	}
	rd->expects_key = false;
	rd->after_key = true;
	if (!rd->section) {
		if (!rd->skip)
			fault(rd, rd->line, column,
			      "%s= stands before any section; write [SECTION] above it", name);
		return 1;
	}

	for (const struct conf_item *i = rd->section->items; i->name && !rd->item; i++)
		if (!strcmp(i->name, name))
			rd->item = i;
	if (!rd->item) {
		unknown_key(rd, name, column);
		return 1;
	}
	rd->value_line = rd->line;
	rd->value_column = value_column(rd, value);
	buf_reset(&rd->value);
	if (buf_adds(&rd->value, value) < 0)
		rd->error = rd->value.error;
	return 1;
}

int conf_read(struct conf_loader *l, const char *file, const char *text, size_t len)
{
	struct reading rd = { .loader = l, .file = file, .rest = text, .rest_len = len };
	size_t faults = l->faults.len;
	int line;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		rd.rest += 3;
		rd.rest_len -= 3;
	}
	line = ini_parse_stream(ini_next, &rd, ini_value, &rd);
	finish_value(&rd);
	if (line != 0 && l->faults.len == faults)
		fault(&rd, line > 0 ? line : 0, 1, "neither KEY=VALUE nor [SECTION]");
	free(rd.instance);
	buf_done(&rd.value);
	return rd.error ?: l->faults.error;
}
