/* SPDX-License-Identifier: MIT */
/* explain.c -- the verb explain: where a place in a rendered file comes from */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/base/buf.h"
#include "tools/agentctl/report.h"
#include "tools/agentctl/spansfile.h"

#define TEXT_MAX 60 /* bytes of the file that are shown of one piece */

/* What was typed: FILE:LINE[:COLUMN]. */
struct place {
	char *file;	       /* owned */
	unsigned line, column; /* 0: the whole line */
};

static void place_done(struct place *p)
{
	free(p->file);
}

/* Cuts ":NUMBER" off the end of TEXT: the number, 0 if there is none. */
static unsigned cut_number(char *text)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long n;

	if (!colon || colon == text || colon[1] < '0' || colon[1] > '9')
		return 0;
	n = strtoul(colon + 1, &end, 10);
	if (*end || n == 0 || n > INT32_MAX)
		return 0;
	*colon = '\0';
	return (unsigned)n;
}

static int parse_place(struct ctl *ctl, const char *text, struct place *ret)
{
	ret->file = strdup(text);
	if (!ret->file)
		return -ENOMEM;
	ret->column = cut_number(ret->file);
	ret->line = cut_number(ret->file);
	if (!ret->line) {
		ret->line = ret->column;
		ret->column = 0;
	}
	if (ret->line)
		return 0;
	show_error(ctl, "agentctl explain --help",
		   "'%s' names no place, expected FILE:LINE[:COLUMN]", text);
	return -EINVAL;
}

/* The bytes FROM to TO of the file that PLACE means. */
static int find_bytes(struct ctl *ctl, const struct spansfile *f, const struct place *place,
		      size_t *ret_from, size_t *ret_to)
{
	const char *line = f->text, *end = f->text + f->len, *nl = NULL;
	unsigned n = 1;

	while (n < place->line && (nl = memchr(line, '\n', end - line))) {
		line = nl + 1;
		n++;
	}
	if (n < place->line || line == end) {
		show_error(ctl, NULL, "%s has %u line%s only", place->file, line == end ? n - 1 : n,
			   (line == end ? n - 1 : n) == 1 ? "" : "s");
		return -ERANGE;
	}
	nl = memchr(line, '\n', end - line);
	end = nl ? nl + 1 : end;
	if (place->column && (size_t)(end - line) < place->column) {
		show_error(ctl, NULL, "line %u of %s has %zu bytes only", place->line, place->file,
			   (size_t)(end - line));
		return -ERANGE;
	}
	*ret_from = line - f->text + (place->column ? place->column - 1 : 0);
	*ret_to = place->column ? *ret_from + 1 : (size_t)(end - f->text);
	return 0;
}

/* A part of the file that comes from one place of the template. */
struct piece {
	struct spansfile_span span;
	size_t start, end;		     /* of the file, within what was asked for */
	unsigned line, column;		     /* of START in the file */
	unsigned source_line, source_column; /* of START in the template */
};

/* Text of the template is found in it byte by byte. */
static void find_source(const struct spansfile *f, struct piece *p)
{
	p->source_line = p->span.line;
	p->source_column = p->span.column;
	for (size_t i = p->span.start; !p->span.expression && i < p->start; i++) {
		p->source_column++;
		if (f->text[i] == '\n') {
			p->source_line++;
			p->source_column = 1;
		}
	}
}

static char *piece_text(const struct spansfile *f, const struct piece *p)
{
	size_t len = p->end - p->start;

	if (p->span.secret)
		return strdup("(secret)");
	while (len > 0 && f->text[p->start + len - 1] == '\n')
		len--;
	if (len <= TEXT_MAX)
		return strndup(f->text + p->start, len);
	return str_printf("%.*s...", TEXT_MAX, f->text + p->start);
}

/* ---- for people ---- */

static void show_row(struct ctl *ctl, const char *name)
{
	fputs("    ", ctl->out);
	show_cell(ctl, SHOW_DIM, name, 12);
}

static void show_time(struct ctl *ctl, uint64_t usec)
{
	time_t seconds = (time_t)(usec / 1000000);
	char text[64], ago[SHOW_AGE_MAX + 4];
	struct tm tm;

	if (!usec || !localtime_r(&seconds, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return;
	fprintf(ctl->out, "%s (%s)", text, report_ago(usec, ago));
}

static void show_fact(struct ctl *ctl, const char *label, struct json_object *fact)
{
	const char *value;
	bool secret = false;

	json_get_bool(fact, "secret", &secret);
	show_row(ctl, label);
	show_text(ctl->out, show_str(fact, "name"));
	if (secret)
		fputs(" (secret)", ctl->out);
	else if (json_get_str(fact, "value", &value) >= 0) {
		fputs(" = ", ctl->out);
		show_text(ctl->out, value);
	} else
		fputs(", which has no value", ctl->out);
	fputc('\n', ctl->out);
	show_row(ctl, "from");
	show_text(ctl->out, show_str(fact, "source"));
	if (*show_str(fact, "path"))
		fputc(' ', ctl->out);
	show_text(ctl->out, show_str(fact, "path"));
	fputc('\n', ctl->out);
	show_row(ctl, "read");
	show_time(ctl, show_num(fact, "time"));
	fputc('\n', ctl->out);
	if (json_get_str(fact, "before", &value) < 0)
		return;
	show_row(ctl, "before");
	show_text(ctl->out, value);
	fputs(", read ", ctl->out);
	show_time(ctl, show_num(fact, "before_time"));
	fputc('\n', ctl->out);
}

/* Fact I of the INDICES of a span; borrowed, NULL behind the last one. */
static struct json_object *fact_at(const struct spansfile *f, struct json_object *indices, size_t i)
{
	struct json_object *index;

	if (!indices || i >= json_object_array_length(indices))
		return NULL;
	index = json_object_array_get_idx(indices, i);
	return json_object_is_type(index, json_type_int)
		       ? json_object_array_get_idx(f->facts, (size_t)json_object_get_int(index))
		       : NULL;
}

static int show_piece(struct ctl *ctl, const struct spansfile *f, const struct piece *p)
{
	_cleanup_free_ char *text = piece_text(f, p);
	struct json_object *fact;

	if (!text)
		return -ENOMEM;
	show_text(ctl->out, f->target);
	fprintf(ctl->out, ":%u:%u: ", p->line, p->column);
	fputs("'", ctl->out);
	show_cell(ctl, SHOW_GOOD, text, 0);
	fputs("'\n", ctl->out);
	if (p->span.expression) {
		show_row(ctl, "expression");
		show_text(ctl->out, p->span.expression);
		fputc('\n', ctl->out);
	}
	show_row(ctl, p->span.expression ? "template" : "text of");
	show_text(ctl->out, f->source);
	fprintf(ctl->out, ":%u:%u\n", p->source_line, p->source_column);
	for (size_t i = 0; (fact = fact_at(f, p->span.facts, i)); i++)
		show_fact(ctl, "fact", fact);
	for (size_t i = 0; (fact = fact_at(f, p->span.when, i)); i++)
		show_fact(ctl, "decided by", fact);
	return 0;
}

/* ---- for programs ---- */

static int add_facts(struct json_object *obj, const char *key, const struct spansfile *f,
		     struct json_object *indices)
{
	struct json_object *facts = json_object_new_array(), *fact;
	int r;

	r = json_set(obj, key, facts);
	for (size_t i = 0; r >= 0 && (fact = fact_at(f, indices, i)); i++)
		r = json_append(facts, json_object_get(fact));
	return r;
}

static int add_json(struct json_object *pieces, const struct spansfile *f, const struct piece *p)
{
	struct json_object *obj = json_object_new_object();
	int r;

	r = json_append(pieces, obj);
	if (r >= 0)
		r = json_add(obj, { "line", json_int(p->line) }, { "column", json_int(p->column) },
			     { "bytes", json_int(p->end - p->start) },
			     { p->span.secret ? "secret" : NULL, json_bool(true) });
	if (r >= 0 && !p->span.secret)
		r = show_set_bytes(obj, "text", f->text + p->start, p->end - p->start);
	if (r >= 0)
		r = json_add(obj, { "template_line", json_int(p->source_line) },
			     { "template_column", json_int(p->source_column) });
	if (r >= 0)
		r = add_facts(obj, "decided_by", f, p->span.when);
	if (r < 0 || !p->span.expression)
		return r;
	r = json_set_str(obj, "expression", p->span.expression);
	return r < 0 ? r : add_facts(obj, "facts", f, p->span.facts);
}

static int begin_json(const struct spansfile *f, struct json_object *top, struct json_object **ret)
{
	*ret = json_object_new_array();
	return json_add(top, { "schema", json_str("envagent.explain/1") },
			{ "file", json_str(f->target) }, { "template", json_str(f->source) },
			{ "rendered", json_int(show_num(f->doc, "rendered")) }, { "pieces", *ret });
}

/* All pieces between FROM and TO: shown, or added to PIECES. */
static int tell(struct ctl *ctl, const struct spansfile *f, const struct place *place, size_t from,
		size_t to, struct json_object *pieces)
{
	size_t line_start = from - (place->column ? place->column - 1 : 0);
	struct piece p = { .line = place->line };
	int r = 0;

	for (size_t i = 0; r >= 0; i++) {
		r = spansfile_at(f, i, &p.span);
		if (r == -ENOENT)
			return 0;
		if (r < 0 || p.span.end <= from || p.span.start >= to)
			continue;
		p.start = p.span.start > from ? p.span.start : from;
		p.end = p.span.end < to ? p.span.end : to;
		p.column = (unsigned)(p.start - line_start) + 1;
		/* the end of a line that was asked for as a whole is nobody's question */
		if (!place->column && !p.span.expression && p.end - p.start == 1 &&
		    f->text[p.start] == '\n' && p.start > from)
			continue;
		find_source(f, &p);
		r = pieces ? add_json(pieces, f, &p) : show_piece(ctl, f, &p);
	}
	return r;
}

static int explain(struct ctl *ctl, const struct spansfile *f, const struct place *place)
{
	_cleanup_json_ struct json_object *top = ctl->json ? json_object_new_object() : NULL;
	struct json_object *pieces = NULL;
	size_t from, to;
	int r;

	if (ctl->json && !top)
		return -ENOMEM;
	r = find_bytes(ctl, f, place, &from, &to);
	if (r < 0)
		return r;
	if (from >= f->covered) {
		show_error(ctl, NULL, "%s is too long: what it comes from is kept up to byte %zu",
			   place->file, f->covered);
		return -ERANGE;
	}
	r = top ? begin_json(f, top, &pieces) : 0;
	if (r >= 0)
		r = tell(ctl, f, place, from, to, pieces);
	if (r >= 0 && top)
		show_json(ctl, top);
	if (r == -EBADMSG)
		show_error(ctl, "agentctl apply", "what is kept about %s is damaged", place->file);
	return r;
}

int ctl_explain(struct ctl *ctl)
{
	_cleanup_(place_done) struct place place = {};
	_cleanup_spansfile_ struct spansfile f = {};
	_cleanup_free_ char *path = NULL;
	int r;

	r = parse_place(ctl, ctl->args[0], &place);
	if (r == -EINVAL)
		return CTL_USAGE;
	if (r >= 0)
		r = spansfile_path(ctl, place.file, &path);
	if (r >= 0)
		r = spansfile_load(ctl, path, &f);
	if (r >= 0)
		r = explain(ctl, &f, &place);
	return r < 0 ? CTL_ERROR : CTL_READY;
}
