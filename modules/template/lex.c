/* SPDX-License-Identifier: MIT */
/* lex.c -- a template as one run of tokens */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "modules/template/lex-internal.h"
#include "modules/template/scan.h"

struct token *lex_add(struct lexer *lx, enum token_type type, size_t pos, enum lex_state next)
{
	struct token *t;

	if (lx->n == lx->size) {
		size_t size = lx->size ? lx->size * 2 : 128;
		struct token *all = arena_raw(lx->arena, size * sizeof(*all));

		if (!all)
			return NULL;
		if (lx->n > 0)
			memcpy(all, lx->tokens, lx->n * sizeof(*all));
		lx->tokens = all;
		lx->size = size;
	}
	t = &lx->tokens[lx->n++];
	*t = (struct token){ .type = type, .pos = pos, .space = pos > lx->space };
	lx->state = next;
	return t;
}

int lex_no_memory(const struct lexer *lx)
{
	return source_memory(lx->src, lx->at, lx->arena->error);
}

/* A line that starts with ".name" goes on with the expression of the line before. */
static bool continued(const struct lexer *lx)
{
	const char *text = lx->src->text;
	size_t i = lx->at;

	for (; i < lx->end; i++) {
		if (text[i] == '#')
			while (i + 1 < lx->end && text[i + 1] != '\n')
				i++;
		else if (!isspace((unsigned char)text[i]))
			break;
	}
	if (lx->end - i < 2)
		return false;
	return (text[i] == '.' && text[i + 1] != '.') || (text[i] == '&' && text[i + 1] == '.');
}

/* White space and comments; a line end becomes a token where a statement may end. */
static int skip_space(struct lexer *lx)
{
	lx->space = lx->at;
	for (; lx->at < lx->end; lx->at++) {
		char c = lex_peek(lx, 0);

		if (c == '#') {
			while (lx->at < lx->end && lex_peek(lx, 0) != '\n')
				lx->at++;
			lx->comment = lx->at >= lx->end;
			if (lx->comment)
				return 0;
			c = lex_peek(lx, 0);
		}
		if (c == '\\' && (lex_peek(lx, 1) == '\n' ||
				  (lex_peek(lx, 1) == '\r' && lex_peek(lx, 2) == '\n'))) {
			lx->at += lex_peek(lx, 1) == '\r' ? 2 : 1;
			if (lx->at + 1 >= lx->end)
				return source_fail(lx->src, lx->at,
						   "this line goes on, but the tag "
						   "ends: remove the '\\'");
		} else if (c == '\n' && lx->state != LEX_BEGIN && !continued(lx)) {
			if (!lex_add(lx, T_NEWLINE, lx->at, LEX_BEGIN))
				return lex_no_memory(lx);
		} else if (c != ' ' && (c < '\t' || c > '\r'))
			break;
	}
	return 0;
}

/* What stands where a value may begin, or behind "a.b " where an argument may begin. */
static int lex_prefix(struct lexer *lx, bool *ret_done)
{
	size_t pos = lx->at;
	char c = lex_peek(lx, 0), next = lex_peek(lx, 1);

	*ret_done = true;
	switch (c) {
	case '-':
	case '+':
		if (isdigit((unsigned char)next)) {
			lx->at++;
			return lex_number(lx, pos, c == '-');
		}
		if (c == '+')
			return source_fail(lx->src, pos, "expected a value, found '+'");
		if (next == '>')
			break;
		lx->at++;
		return lex_add(lx, T_UMINUS, pos, LEX_BEGIN) ? 0 : lex_no_memory(lx);
	case '%':
		if (next == 'w' && lex_peek(lx, 2) && !isalnum((unsigned char)lex_peek(lx, 2)) &&
		    !isspace((unsigned char)lex_peek(lx, 2)))
			return lex_words(lx);
		return source_fail(lx->src, pos,
				   "of Ruby's %% literals only %%w[...] is part of the "
				   "language; for a remainder put a blank behind '%%'");
	case '/':
		return source_fail(lx->src, pos,
				   "patterns are not part of the language, write a "
				   "string; to divide put a blank behind '/'");
	case '*':
		return source_fail(lx->src, pos,
				   "splats are not part of the language; to multiply "
				   "put a blank behind '*'");
	case '&':
		if (next == '&' || next == '.')
			break;
		lx->at++;
		return lex_add(lx, T_AMP, pos, LEX_BEGIN) ? 0 : lex_no_memory(lx);
	case '?':
		if (lx->state == LEX_METHOD && lex_name_char(next) &&
		    lex_name_char(lex_peek(lx, 2)))
			break;
		return source_fail(lx->src, pos,
				   "'?x' is a character in Ruby; for a condition put "
				   "a blank behind '?'");
	}
	*ret_done = false;
	return 0;
}

static int lex_operator(struct lexer *lx)
{
	bool tight = !isspace((unsigned char)lex_peek(lx, 1)) && lx->end - lx->at > 1;
	bool argument = lx->state == LEX_METHOD && lx->at > lx->space && tight;
	char c = lex_peek(lx, 0);
	const struct lex_op *op;
	struct token *t;
	bool done;
	int r;

	if (lx->state == LEX_BEGIN || argument) {
		r = lex_prefix(lx, &done);
		if (r < 0 || done)
			return r;
	}
	if (c == ':' && lex_peek(lx, 1) != ':' && lx->state != LEX_VALUE && tight)
		return lex_symbol(lx);
	op = lex_op(lx->src->text + lx->at, lx->end - lx->at);
	if (!op)
		return source_fail(lx->src, lx->at,
				   c & 0x80 ? "names are ASCII: letters, digits and '_'"
					    : "this character means nothing here");
	if (op->type == T_EOF)
		return source_fail(lx->src, lx->at, "'%s' is not part of the language: %s",
				   op->text, op->advice);
	t = lex_add(lx, op->type, lx->at, op->next);
	if (!t)
		return lex_no_memory(lx);
	t->number = op->of;
	lx->at += strlen(op->text);
	return 0;
}

int lex_code(struct lexer *lx, bool interp)
{
	unsigned braces = 0;
	int r;

	for (;;) {
		char c;

		r = skip_space(lx);
		if (r < 0 || lx->at >= lx->end)
			return r;
		c = lex_peek(lx, 0);
		if (c == '}' && interp && braces-- == 0) {
			lx->at++;
			return lex_add(lx, T_INTERP_END, lx->at - 1, LEX_VALUE) ? 0
										: lex_no_memory(lx);
		}
		braces += c == '{';
		if (isdigit((unsigned char)c))
			r = lex_number(lx, lx->at, false);
		else if (lex_name_char(c))
			r = lex_name(lx);
		else if (c == '"' || (c == '`' && lx->shell))
			r = lex_double(lx);
		else if (c == '\'')
			r = lex_single(lx);
		else
			r = lex_operator(lx);
		if (r < 0)
			return r;
	}
}

/* The code of a tag, and the end of the statement that the tag's end is. */
static int lex_tag(struct lexer *lx, const struct segment *seg)
{
	bool output = seg->kind == SEGMENT_OUTPUT, newline;
	struct token *t;
	int r;

	lx->at = lx->space = seg->start;
	lx->end = seg->end;
	lx->comment = false;
	if (output && !lex_add(lx, T_OUTPUT, seg->open, LEX_BEGIN))
		return lex_no_memory(lx);
	r = lex_code(lx, false);
	if (r < 0)
		return r;
	if (lx->comment && (output || !seg->trimmed))
		return source_fail(lx->src, lx->end,
				   "to Ruby the comment hides the end of this tag: "
				   "write <%%# comment %%>, or end the line before "
				   "'%%>'");
	if (output)
		return lex_add(lx, T_OUTPUT_END, seg->end, LEX_BEGIN) ? 0 : lex_no_memory(lx);

	/* erb ends such a tag with a line end, which may stand within an expression */
	newline = seg->trimmed || (seg->end > seg->start && lx->src->text[seg->end - 1] == '\n');
	if (newline && lx->state == LEX_BEGIN)
		return 0;
	t = lex_add(lx, newline ? T_NEWLINE : T_SEMI, seg->end, LEX_BEGIN);
	if (!t)
		return lex_no_memory(lx);
	t->tag = true;
	return 0;
}

static int lex_text(struct lexer *lx, const struct segment *seg)
{
	struct token *t;

	if (seg->end == seg->start)
		return 0;
	t = lex_add(lx, T_TEXT, seg->start, LEX_BEGIN);
	if (!t)
		return lex_no_memory(lx);
	t->str = lx->src->text + seg->start;
	t->len = seg->end - seg->start;
	return 0;
}

int lex(const struct source *src, struct arena *arena, bool shell, struct token **ret)
{
	struct lexer lx = { .src = src, .arena = arena, .shell = shell };
	struct scan scan = SCAN_INIT(src);
	struct segment seg;
	int r;

	do {
		r = scan_next(&scan, &seg);
		if (r < 0)
			return r;
		if (seg.kind == SEGMENT_TEXT)
			r = lex_text(&lx, &seg);
		else if (seg.kind == SEGMENT_CODE || seg.kind == SEGMENT_OUTPUT)
			r = lex_tag(&lx, &seg);
		if (r < 0)
			return r;
	} while (seg.kind != SEGMENT_END);

	if (!lex_add(&lx, T_EOF, src->len, LEX_BEGIN))
		return lex_no_memory(&lx);
	*ret = lx.tokens;
	return 0;
}
