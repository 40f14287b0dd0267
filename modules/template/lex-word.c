/* SPDX-License-Identifier: MIT */
/* lex-word.c -- names, numbers and symbols */
#include <ctype.h>
#include <string.h>

#include "modules/template/lex-internal.h"

bool lex_name_char(char c)
{
	return c == '_' || isalnum((unsigned char)c);
}

/* "name:" in front of a value of a hash: only there a name can stand with a colon at it. */
static bool at_label(const struct lexer *lx)
{
	uint8_t before = lx->n > 0 ? lx->tokens[lx->n - 1].type : T_EOF;

	return (before == T_LBRACE || before == T_COMMA || before == T_LPAREN) &&
	       lex_peek(lx, 0) == ':' && lex_peek(lx, 1) != ':';
}

int lex_name(struct lexer *lx)
{
	uint8_t before = lx->n > 0 ? lx->tokens[lx->n - 1].type : T_EOF;
	bool method = before == T_DOT || before == T_SAFE_DOT;
	const char *name = lx->src->text + lx->at;
	size_t pos = lx->at, len;
	const struct lex_keyword *k;
	enum token_type type = method ? T_METHOD : T_IDENT;
	enum lex_state next = method ? LEX_METHOD : LEX_VALUE;
	struct token *t;

	while (lex_name_char(lex_peek(lx, 0)))
		lx->at++;
	if ((lex_peek(lx, 0) == '?' || lex_peek(lx, 0) == '!') && lex_peek(lx, 1) != '=')
		lx->at++;
	len = lx->at - pos;
	k = method ? NULL : lex_keyword(name, len);
	if (at_label(lx)) {
		lx->at++;
		type = T_LABEL;
		next = LEX_BEGIN;
	} else if (k && k->type == T_EOF) {
		return source_fail(lx->src, pos, "'%s' is not part of the language: %s", k->word,
				   k->advice);
	} else if (k) {
		type = k->type;
		next = k->next;
	} else if (isupper((unsigned char)name[0]) && !method) {
		return source_fail(lx->src, pos,
				   "'%.*s' is a Ruby constant: templates have none, "
				   "only facts, locals and literals",
				   (int)(len < 64 ? len : 64), name);
	}
	t = lex_add(lx, type, pos, next);
	if (!t)
		return lex_no_memory(lx);
	t->str = name;
	t->len = len;
	return 0;
}

int lex_number(struct lexer *lx, size_t pos, bool negative)
{
	unsigned base = 10, digit;
	uint64_t v = 0, max = (uint64_t)INT64_MAX + negative;
	bool any = false;
	struct token *t;

	if (lex_peek(lx, 0) == '0' && isalpha((unsigned char)lex_peek(lx, 1))) {
		char c = lex_peek(lx, 1) | 0x20;

		base = c == 'x' ? 16 : c == 'b' ? 2 : c == 'o' ? 8 : c == 'd' ? 10 : 0;
		lx->at += 2;
	} else if (lex_peek(lx, 0) == '0' && isdigit((unsigned char)lex_peek(lx, 1))) {
		base = 8;
	}
	for (; lex_name_char(lex_peek(lx, 0)); lx->at++) {
		char c = lex_peek(lx, 0);

		if (c == '_' && any && isxdigit((unsigned char)lex_peek(lx, 1)))
			continue;
		digit = isdigit((unsigned char)c)    ? (unsigned)(c - '0')
			: isxdigit((unsigned char)c) ? (unsigned)((c | 0x20) - 'a' + 10)
						     : 99;
		if (digit >= base)
			return source_fail(lx->src, pos, "this is no integer");
		if (v > (max - digit) / base)
			return source_fail(lx->src, pos, "this integer does not fit in 64 bits");
		v = v * base + digit;
		any = true;
	}
	if (!any)
		return source_fail(lx->src, pos, "this is no integer");
	if (lex_peek(lx, 0) == '.' && isdigit((unsigned char)lex_peek(lx, 1)))
		return source_fail(lx->src, pos,
				   "numbers with a point are not part of the "
				   "language, write a string");
	t = lex_add(lx, T_INT, pos, LEX_VALUE);
	if (!t)
		return lex_no_memory(lx);
	t->number = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

int lex_symbol(struct lexer *lx)
{
	size_t pos = lx->at++, start = lx->at;
	char c = lex_peek(lx, 0);
	struct token *t;
	int r;

	if (c == '"' || c == '\'') {
		r = c == '"' ? lex_double(lx) : lex_single(lx);
		if (r < 0)
			return r;
		t = &lx->tokens[lx->n - 1];
		if (t->type != T_STR)
			return source_fail(lx->src, pos,
					   "'#{}' in a symbol is not part of the "
					   "language");
		t->type = T_SYM;
		return 0;
	}
	if (!isalpha((unsigned char)c) && c != '_')
		return source_fail(lx->src, pos, "expected a name behind ':'");
	while (lex_name_char(lex_peek(lx, 0)))
		lx->at++;
	if ((lex_peek(lx, 0) == '?' || lex_peek(lx, 0) == '!') && lex_peek(lx, 1) != '=')
		lx->at++;
	t = lex_add(lx, T_SYM, pos, LEX_VALUE);
	if (!t)
		return lex_no_memory(lx);
	t->str = lx->src->text + start;
	t->len = lx->at - start;
	return 0;
}
