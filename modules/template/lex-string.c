/* SPDX-License-Identifier: MIT */
/* lex-string.c -- string literals: 'a', "a#{b}\n", %w[a b] */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "modules/template/lex-internal.h"
#include "modules/template/chars.h"

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * The bytes that a piece of a string stands for, a character at a time. "%%>" is how a tag writes
 * "%>", and a line end is one '\n' however the file writes it.
 */
static void take_plain(struct lexer *lx, struct buf *out)
{
	if (lex_peek(lx, 0) == '%' && lex_peek(lx, 1) == '%' && lex_peek(lx, 2) == '>')
		lx->at++;
	if (lex_peek(lx, 0) == '\r' && lex_peek(lx, 1) == '\n')
		lx->at++;
	buf_addc(out, lx->src->text[lx->at]);
	lx->at++;
}

static int add_string(struct lexer *lx, enum token_type type, size_t pos, const struct buf *b,
		      enum lex_state next)
{
	struct token *t;

	if (b->error < 0)
		return b->error;
	if (!chars_valid(b->data ?: "", b->len))
		return source_fail(lx->src, pos, "this string is not valid UTF-8");
	t = lex_add(lx, type, pos, next);
	if (!t)
		return lex_no_memory(lx);
	t->str = arena_copy(lx->arena, b->data ?: "", b->len);
	if (!t->str)
		return lex_no_memory(lx);
	t->len = b->len;
	return 0;
}

int lex_single(struct lexer *lx)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t pos = lx->at++;

	while (lex_peek(lx, 0) != '\'') {
		if (lx->at >= lx->end)
			return source_fail(lx->src, pos,
					   "this string is not closed, expected \"'\"");
		if (lex_peek(lx, 0) == '\\' && (lex_peek(lx, 1) == '\'' || lex_peek(lx, 1) == '\\'))
			lx->at++;
		take_plain(lx, &b);
	}
	lx->at++;
	return add_string(lx, T_STR, pos, &b, LEX_VALUE);
}

/* Up to MAX digits of BASE (8 or 16); returns how many there are. */
static unsigned take_digits(struct lexer *lx, unsigned base, unsigned max, uint32_t *ret)
{
	unsigned n = 0;

	*ret = 0;
	for (; n < max; n++) {
		const char *digits = "0123456789abcdef", *d;
		char c = lex_peek(lx, 0);

		if (c >= 'A' && c <= 'F')
			c += 'a' - 'A';
		d = c ? memchr(digits, c, base) : NULL;
		if (!d)
			break;
		*ret = *ret * base + (d - digits);
		lx->at++;
	}
	return n;
}

/* \u1234 or \u{1f600 41}, at the character behind the 'u' */
static int take_unicode(struct lexer *lx, size_t pos, struct buf *out)
{
	uint32_t c;

	if (lex_peek(lx, 0) != '{') {
		if (take_digits(lx, 16, 4, &c) != 4 || chars_add(out, c) == -EINVAL)
			return source_fail(lx->src, pos, "expected \\u and 4 hex digits");
		return 0;
	}
	lx->at++;
	do {
		while (lex_peek(lx, 0) == ' ' || lex_peek(lx, 0) == '\t')
			lx->at++;
		if (take_digits(lx, 16, 6, &c) == 0 || chars_add(out, c) == -EINVAL)
			return source_fail(lx->src, pos,
					   "expected \\u{...} with code points in hex");
		while (lex_peek(lx, 0) == ' ' || lex_peek(lx, 0) == '\t')
			lx->at++;
	} while (lx->at < lx->end && lex_peek(lx, 0) != '}');
	if (lx->at >= lx->end)
		return source_fail(lx->src, pos, "expected \\u{...} with a closing '}'");
	lx->at++;
	return 0;
}

/* An escape of a double-quoted string, at its backslash. */
static int take_escape(struct lexer *lx, struct buf *out)
{
	static const char names[] = "abefnrstv", bytes[] = "\a\b\033\f\n\r \t\v";
	size_t pos = lx->at++;
	char c = lex_peek(lx, 0);
	const char *name = c ? strchr(names, c) : NULL;
	uint32_t byte;

	if (name) {
		lx->at++;
		return buf_addc(out, bytes[name - names]);
	}
	if (c >= '0' && c <= '7') {
		take_digits(lx, 8, 3, &byte);
		return buf_addc(out, (char)byte);
	}
	switch (c) {
	case 'u':
		lx->at++;
		return take_unicode(lx, pos, out);
	case 'x':
		lx->at++;
		if (take_digits(lx, 16, 2, &byte) == 0)
			return source_fail(lx->src, pos, "expected \\x and hex digits");
		return buf_addc(out, (char)byte);
	case 'c':
	case 'C':
	case 'M':
		return source_fail(lx->src, pos,
				   "control escapes are not part of the language, "
				   "write the byte as \\xNN");
	case '\n':
		lx->at++;
		return 0;
	case '\r':
		if (lex_peek(lx, 1) == '\n') {
			lx->at += 2;
			return 0;
		}
	}
	if (lx->at >= lx->end)
		return 0; /* the missing quote is reported */
	take_plain(lx, out);
	return 0;
}

/* The code of a "#{", up to its '}', as tokens. */
static int take_interpolation(struct lexer *lx)
{
	size_t pos = lx->at;
	int r;

	if (lx->depth >= LEX_DEPTH_MAX)
		return source_spent(lx->src, pos, "strings are nested too deeply");
	if (!lex_add(lx, T_INTERP, pos, LEX_BEGIN))
		return lex_no_memory(lx);
	lx->at += 2;
	lx->depth++;
	r = lex_code(lx, true);
	lx->depth--;
	if (r < 0)
		return r;
	if (lx->tokens[lx->n - 1].type != T_INTERP_END)
		return source_fail(lx->src, pos, "this \"#{\" is not closed, expected '}'");
	return 0;
}

/* "#@x" and "#$x" are Ruby's short forms of #{@x} and #{$x}. */
static bool is_variable(const struct lexer *lx)
{
	char sigil = lex_peek(lx, 1), c = lex_peek(lx, 2);

	if (sigil == '$')
		return !blank(c);
	return sigil == '@' && (c == '@' || c == '_' || isalpha((unsigned char)c));
}

/* A string without "#{" is one T_STR; the first "#{", or a backtick, opens pieces. */
int lex_double(struct lexer *lx)
{
	size_t pos = lx->at++, piece = pos;
	char quote = lx->src->text[pos];
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool pieces = quote == '`';
	int r;

	if (pieces && !lex_add(lx, T_SHELL, pos, LEX_BEGIN))
		return lex_no_memory(lx);
	while (lex_peek(lx, 0) != quote) {
		char c = lex_peek(lx, 0), next = lex_peek(lx, 1);

		if (lx->at >= lx->end)
			return source_fail(lx->src, pos, "this %s is not closed, expected '%c'",
					   quote == '"' ? "string" : "command", quote);
		if (c == '#' && is_variable(lx))
			return source_fail(lx->src, lx->at,
					   "'#%c' in a string stands for a Ruby variable, which "
					   "templates do not have; write '\\#%c'",
					   next, next);
		if (c == '\\') {
			r = take_escape(lx, &b);
			if (r < 0)
				return r;
		} else if (c == '#' && next == '{') {
			if (!pieces && !lex_add(lx, T_DSTR, pos, LEX_BEGIN))
				return lex_no_memory(lx);
			pieces = true;
			r = b.len > 0 ? add_string(lx, T_STR, piece, &b, LEX_BEGIN) : 0;
			if (r < 0)
				return r;
			buf_reset(&b);
			r = take_interpolation(lx);
			if (r < 0)
				return r;
			piece = lx->at;
		} else {
			take_plain(lx, &b);
		}
	}
	lx->at++;
	if (!pieces)
		return add_string(lx, T_STR, pos, &b, LEX_VALUE);
	r = b.len > 0 ? add_string(lx, T_STR, piece, &b, LEX_BEGIN) : 0;
	if (r < 0)
		return r;
	return lex_add(lx, T_DSTR_END, lx->at - 1, LEX_VALUE) ? 0 : lex_no_memory(lx);
}

static char closing(char open)
{
	const char *pairs = "[]()<>{}", *p = open ? strchr(pairs, open) : NULL;

	return p && (p - pairs) % 2 == 0 ? p[1] : open;
}

/* %w[a b] becomes the tokens of [ 'a', 'b' ]. */
int lex_words(struct lexer *lx)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t pos = lx->at;
	char open = lex_peek(lx, 2), close = closing(open);
	int r;

	if (!lex_add(lx, T_LBRACK, pos, LEX_BEGIN))
		return lex_no_memory(lx);
	for (lx->at += 3;;) {
		size_t word;

		while (blank(lex_peek(lx, 0)))
			lx->at++;
		if (lex_peek(lx, 0) == close)
			break;
		word = lx->at;
		buf_reset(&b);
		while (lx->at < lx->end && lex_peek(lx, 0) != close && !blank(lex_peek(lx, 0))) {
			if (lex_peek(lx, 0) == '\\' || lex_peek(lx, 0) == open)
				return source_fail(lx->src, lx->at,
						   "'%c' inside %%w is not part of the language, "
						   "write ['a', 'b']",
						   lex_peek(lx, 0));
			take_plain(lx, &b);
		}
		if (lx->at >= lx->end)
			return source_fail(lx->src, pos, "this %%w is not closed, expected '%c'",
					   close);
		r = add_string(lx, T_STR, word, &b, LEX_VALUE);
		if (r < 0)
			return r;
		if (!lex_add(lx, T_COMMA, lx->at, LEX_BEGIN))
			return lex_no_memory(lx);
	}
	if (!lex_add(lx, T_RBRACK, lx->at, LEX_VALUE))
		return lex_no_memory(lx);
	lx->at++;
	return 0;
}
