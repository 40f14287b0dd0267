/* SPDX-License-Identifier: MIT */
/* erb.c -- ERB-style templates: text and facts in, text out */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* One line of the template and a caret below; what a terminal would obey is shown as '?'. */
static void add_line(const char *line, size_t len, size_t column, struct buf *out)
{
	size_t from = column > SHOWN_MAX / 2 ? column - SHOWN_MAX / 2 : 0;
	size_t to = from + SHOWN_MAX < len ? from + SHOWN_MAX : len;

	/* not within a character */
	while (from > 0 && from < len && (line[from] & 0xc0) == 0x80)
		from--;
	while (to > from && to < len && (line[to] & 0xc0) == 0x80)
		to--;
	buf_adds(out, "  ");
	for (size_t i = from; i < to; i++) {
		unsigned char c = line[i];

		buf_addc(out, (c < ' ' && c != '\t') || c == 0x7f ? '?' : line[i]);
	}
	buf_adds(out, "\n  ");
	for (size_t i = from; i < column && i < to; i++)
		if ((line[i] & 0xc0) != 0x80)
			buf_addc(out, line[i] == '\t' ? '\t' : ' ');
	buf_adds(out, "^\n");
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
