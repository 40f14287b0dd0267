/* SPDX-License-Identifier: MIT */
/* erb.c -- ERB-style templates: text and facts in, text out */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "modules/template/chars.h"
#include "modules/template/erb.h"
#include "modules/template/eval.h"

#define OUTPUT_DEFAULT (8u * 1024 * 1024)
#define MEMORY_DEFAULT (64u * 1024 * 1024)
#define STEPS_DEFAULT 1000000
#define DEPTH_DEFAULT 100
#define DEPTH_MAX 200 /* what a stack of 8 MiB holds with room to spare */

#define SHOWN_MAX 160 /* of the faulty line: more is cut around the place */

void erb_result_done(struct erb_result *r)
{
	buf_done(&r->out);
	free(r->spans);
	free(r->fact_names);
	*r = (struct erb_result){};
}

/* A limit, or what it is when nothing is said. */
static size_t limit(size_t given, size_t standard)
{
	return given > 0 ? given : standard;
}

static int render(const struct source *src, struct arena *arena, const struct erb_facts *facts,
		  const struct erb_options *options, struct erb_result *result)
{
	size_t depth = limit(options->depth, DEPTH_DEFAULT);
	struct program program;
	struct eval e = {
		.src = src,
		.arena = arena,
		.facts = facts,
		.program = &program,
		.out = &result->out,
		.steps = limit(options->steps, STEPS_DEFAULT),
		.options = options,
	};
	int r;

	if (src->len > SOURCE_MAX)
		return source_spent(src, 0, "a template has at most %u bytes", SOURCE_MAX);
	if (depth > DEPTH_MAX)
		depth = DEPTH_MAX;
	e.max_depth = depth * EVAL_DEPTH_FACTOR;
	r = parse(src, arena, facts, depth, options->shell != NULL, &program);
	if (r < 0)
		return r;
	r = options->spans ? span_open(&e) : 0;
	if (r == 0)
		r = eval_program(&e);
	if (r == 0)
		r = span_take(&e, result);
	span_close(&e);
	if (r < 0)
		return r;
	result->secret = e.secret;
	return buf_add(&result->out, "", 0); /* an empty text has its NUL, too */
}

int erb_render(const char *text, size_t len, const struct erb_facts *facts,
	       const struct erb_options *options, struct erb_result *ret,
	       struct erb_error *ret_error)
{
	static const struct erb_options standard = {};
	struct erb_error error = {};
	const struct source src = { .text = text, .len = len, .error = &error };
	struct erb_result result;
	struct arena arena;
	int r;

	options = options ?: &standard;
	arena = ARENA_INIT(limit(options->memory, MEMORY_DEFAULT));
	result = (struct erb_result){ .out = BUF_INIT_MAX(limit(options->output, OUTPUT_DEFAULT)) };
	r = render(&src, &arena, facts, options, &result);
	arena_done(&arena);
	if (r < 0) {
		erb_result_done(&result);
		*ret_error = error;
		return r;
	}
	*ret = result;
	return 0;
}

/* Columns of a terminal: 0 for what joins the character before, 2 for East Asian ones and emoji. */
static unsigned columns(int32_t c)
{
	static const struct {
		int32_t first, last;
		unsigned columns;
	} odd[] = {
		{ 0x300, 0x36f, 0 },	 { 0x1100, 0x115f, 2 },	  { 0x200b, 0x200f, 0 },
		{ 0x2e80, 0xa4cf, 2 },	 { 0xac00, 0xd7a3, 2 },	  { 0xf900, 0xfaff, 2 },
		{ 0xfe00, 0xfe0f, 0 },	 { 0xfe30, 0xfe6f, 2 },	  { 0xff00, 0xff60, 2 },
		{ 0x1f300, 0x1f64f, 2 }, { 0x1f900, 0x1f9ff, 2 }, { 0x20000, 0x3fffd, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		if (c >= odd[i].first && c <= odd[i].last)
			return odd[i].columns;
	return 1;
}

/* One line of the template and a caret below; what a terminal would obey is shown as '?'. */
static void add_line(const char *line, size_t len, size_t column, struct buf *out)
{
	size_t from = column > SHOWN_MAX / 2 ? column - SHOWN_MAX / 2 : 0;
	size_t to = from + SHOWN_MAX < len ? from + SHOWN_MAX : len, n;
	_cleanup_buf_ struct buf caret = BUF_INIT;
	int32_t c;

	/* not within a character */
	while (from > 0 && from < len && (line[from] & 0xc0) == 0x80)
		from--;
	while (to > from && to < len && (line[to] & 0xc0) == 0x80)
		to--;
	buf_adds(out, "  ");
	for (size_t i = from; i < to; i += n) {
		bool shown;

		n = chars_char(line + i, to - i, &c);
		shown = c == '\t' || (c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0));
		buf_add(out, shown ? line + i : "?", shown ? n : 1);
		for (unsigned k = i < column ? columns(c) : 0; k > 0; k--)
			buf_addc(&caret, c == '\t' ? '\t' : ' ');
	}
	buf_addf(out, "\n  %s^\n", caret.data ?: "");
}

int erb_error_format(const char *name, const char *text, size_t len, const struct erb_error *error,
		     struct buf *out)
{
	const char *line = text, *end = text + len, *nl;

	buf_addf(out, "%s:%u:%u: %s\n", name, error->line, error->column, error->text);
	for (unsigned i = 1; i < error->line; i++) {
		nl = memchr(line, '\n', end - line);
		if (!nl)
			return out->error;
		line = nl + 1;
	}
	nl = memchr(line, '\n', end - line);
	end = nl ?: end;
	if (end > line && end[-1] == '\r')
		end--;
	add_line(line, end - line, error->column > 0 ? error->column - 1 : 0, out);
	return out->error;
}
