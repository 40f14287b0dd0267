/* SPDX-License-Identifier: MIT */
/* lex-table.c -- the words and operators of the language, and those of Ruby that it refuses */
#include <stdio.h>
#include <string.h>

#include "modules/template/lex-internal.h"

/* Sorted: searched by halves. */
static const struct lex_keyword keywords[] = {
	{ "alias", T_EOF, LEX_BEGIN, "templates define nothing" },
	{ "and", T_AND, LEX_BEGIN, NULL },
	{ "begin", T_EOF, LEX_BEGIN, "write the statements without it" },
	{ "break", T_BREAK, LEX_VALUE, NULL },
	{ "case", T_EOF, LEX_BEGIN, "write if ... elsif ... else" },
	{ "class", T_EOF, LEX_BEGIN, "templates define nothing" },
	{ "def", T_EOF, LEX_BEGIN, "templates define nothing" },
	{ "do", T_DO, LEX_BEGIN, NULL },
	{ "else", T_ELSE, LEX_BEGIN, NULL },
	{ "elsif", T_ELSIF, LEX_BEGIN, NULL },
	{ "end", T_END, LEX_VALUE, NULL },
	{ "ensure", T_EOF, LEX_BEGIN, "an error ends the rendering" },
	{ "false", T_FALSE, LEX_VALUE, NULL },
	{ "for", T_EOF, LEX_BEGIN, "write list.each do |x|" },
	{ "if", T_IF, LEX_BEGIN, NULL },
	{ "in", T_EOF, LEX_BEGIN, "write list.each do |x|" },
	{ "module", T_EOF, LEX_BEGIN, "templates define nothing" },
	{ "next", T_NEXT, LEX_VALUE, NULL },
	{ "nil", T_NIL, LEX_VALUE, NULL },
	{ "not", T_NOT, LEX_BEGIN, NULL },
	{ "or", T_OR, LEX_BEGIN, NULL },
	{ "redo", T_EOF, LEX_BEGIN, "write list.each do |x|" },
	{ "rescue", T_EOF, LEX_BEGIN, "an error ends the rendering" },
	{ "retry", T_EOF, LEX_BEGIN, "an error ends the rendering" },
	{ "return", T_EOF, LEX_BEGIN, "write if ... end around the rest" },
	{ "self", T_EOF, LEX_BEGIN, "facts are plain names" },
	{ "super", T_EOF, LEX_BEGIN, "templates define nothing" },
	{ "then", T_THEN, LEX_BEGIN, NULL },
	{ "true", T_TRUE, LEX_VALUE, NULL },
	{ "undef", T_EOF, LEX_BEGIN, "templates define nothing" },
	{ "unless", T_UNLESS, LEX_BEGIN, NULL },
	{ "until", T_EOF, LEX_BEGIN, "write list.each do |x|" },
	{ "when", T_EOF, LEX_BEGIN, "write if ... elsif ... else" },
	{ "while", T_EOF, LEX_BEGIN, "write list.each do |x|" },
	{ "yield", T_EOF, LEX_BEGIN, "templates define nothing" },
};

const struct lex_keyword *lex_keyword(const char *word, size_t len)
{
	size_t low = 0, high = ARRAY_SIZE(keywords);

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strncmp(keywords[mid].word, word, len);

		if (order == 0)
			order = (unsigned char)keywords[mid].word[len];
		if (order == 0)
			return &keywords[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Longer ones stand before their beginnings, frequent ones first. */
static const struct lex_op ops[] = {
	{ "...", T_EOF, LEX_BEGIN, "ranges: write 3.times, or list[start, length]", T_EOF },
	{ "..", T_EOF, LEX_BEGIN, "ranges: write 3.times, or list[start, length]", T_EOF },
	{ ".", T_DOT, LEX_BEGIN, NULL, T_EOF },
	{ "[", T_LBRACK, LEX_BEGIN, NULL, T_EOF },
	{ "]", T_RBRACK, LEX_VALUE, NULL, T_EOF },
	{ "(", T_LPAREN, LEX_BEGIN, NULL, T_EOF },
	{ ")", T_RPAREN, LEX_VALUE, NULL, T_EOF },
	{ ",", T_COMMA, LEX_BEGIN, NULL, T_EOF },
	{ "===", T_EOF, LEX_BEGIN, "write ==", T_EOF },
	{ "==", T_EQ, LEX_BEGIN, NULL, T_EOF },
	{ "=~", T_EOF, LEX_BEGIN, "patterns: write include?, start_with? or end_with?", T_EOF },
	{ "=>", T_ARROW, LEX_BEGIN, NULL, T_EOF },
	{ "=", T_ASSIGN, LEX_BEGIN, NULL, T_EOF },
	{ "||=", T_OPASSIGN, LEX_BEGIN, NULL, T_OROR },
	{ "||", T_OROR, LEX_BEGIN, NULL, T_EOF },
	{ "|", T_PIPE, LEX_BEGIN, NULL, T_EOF },
	{ "?", T_QUESTION, LEX_BEGIN, NULL, T_EOF },
	{ "::", T_EOF, LEX_BEGIN, "templates have no constants", T_EOF },
	{ ":", T_COLON, LEX_BEGIN, NULL, T_EOF },
	{ "+=", T_OPASSIGN, LEX_BEGIN, NULL, T_PLUS },
	{ "+", T_PLUS, LEX_BEGIN, NULL, T_EOF },
	{ "{", T_LBRACE, LEX_BEGIN, NULL, T_EOF },
	{ "}", T_RBRACE, LEX_VALUE, NULL, T_EOF },
	{ "<=>", T_CMP, LEX_BEGIN, NULL, T_EOF },
	{ "<<-", T_EOF, LEX_BEGIN, "here documents: write a string", T_EOF },
	{ "<<~", T_EOF, LEX_BEGIN, "here documents: write a string", T_EOF },
	{ "<=", T_LE, LEX_BEGIN, NULL, T_EOF },
	{ "<<", T_EOF, LEX_BEGIN, "values are not changed in place: write a += b", T_EOF },
	{ "<", T_LT, LEX_BEGIN, NULL, T_EOF },
	{ ">=", T_GE, LEX_BEGIN, NULL, T_EOF },
	{ ">>", T_EOF, LEX_BEGIN, "write a division", T_EOF },
	{ ">", T_GT, LEX_BEGIN, NULL, T_EOF },
	{ "!=", T_NE, LEX_BEGIN, NULL, T_EOF },
	{ "!~", T_EOF, LEX_BEGIN, "patterns: write include?, start_with? or end_with?", T_EOF },
	{ "!", T_BANG, LEX_BEGIN, NULL, T_EOF },
	{ "&&=", T_OPASSIGN, LEX_BEGIN, NULL, T_ANDAND },
	{ "&&", T_ANDAND, LEX_BEGIN, NULL, T_EOF },
	{ "&.", T_SAFE_DOT, LEX_BEGIN, NULL, T_EOF },
	{ "&", T_EOF, LEX_BEGIN, "write && for a condition", T_EOF },
	{ "->", T_EOF, LEX_BEGIN, "templates define nothing", T_EOF },
	{ "-=", T_OPASSIGN, LEX_BEGIN, NULL, T_MINUS },
	{ "-", T_MINUS, LEX_BEGIN, NULL, T_EOF },
	{ "**=", T_EOF, LEX_BEGIN, "write a product", T_EOF },
	{ "**", T_EOF, LEX_BEGIN, "write a product", T_EOF },
	{ "*=", T_OPASSIGN, LEX_BEGIN, NULL, T_STAR },
	{ "*", T_STAR, LEX_BEGIN, NULL, T_EOF },
	{ "/=", T_OPASSIGN, LEX_BEGIN, NULL, T_SLASH },
	{ "/", T_SLASH, LEX_BEGIN, NULL, T_EOF },
	{ "%=", T_OPASSIGN, LEX_BEGIN, NULL, T_PERCENT },
	{ "%", T_PERCENT, LEX_BEGIN, NULL, T_EOF },
	{ ";", T_SEMI, LEX_BEGIN, NULL, T_EOF },
	{ "^", T_EOF, LEX_BEGIN, "write a != b", T_EOF },
	{ "~", T_EOF, LEX_BEGIN, "write !a", T_EOF },
	{ "@", T_EOF, LEX_BEGIN,
	  "instance variables: facts are plain names, write fact instead of @fact", T_EOF },
	{ "$", T_EOF, LEX_BEGIN, "global variables: facts are plain names", T_EOF },
	{ "`", T_EOF, LEX_BEGIN,
	  "a template runs no commands; let a [Fact] with Command= bring the value, or allow it "
	  "for "
	  "this template with AllowShell=yes",
	  T_EOF },
};

const struct lex_op *lex_op(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		size_t n;

		if (ops[i].text[0] != text[0])
			continue;
		n = strlen(ops[i].text);
		if (n <= len && memcmp(ops[i].text, text, n) == 0)
			return &ops[i];
	}
	return NULL;
}

const char *token_name(const struct token *t, char text[TOKEN_NAME_MAX])
{
	const char *word = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keywords) && !word; i++)
		if (keywords[i].type == t->type && t->type != T_EOF)
			word = keywords[i].word;
	for (size_t i = 0; i < ARRAY_SIZE(ops) && !word; i++)
		if (ops[i].type == t->type && ops[i].of == t->number && t->type != T_EOF)
			word = ops[i].text;
	switch (t->type) {
	case T_EOF:
		return "the end of the template";
	case T_TEXT:
		return "text";
	case T_OUTPUT:
		return "'<%='";
	case T_OUTPUT_END:
		return "the end of the tag";
	case T_NEWLINE:
	case T_SEMI:
		return t->tag ? "the end of the tag" : "the end of the statement";
	case T_INT:
		return "a number";
	case T_STR:
	case T_DSTR:
		return "a string";
	case T_INTERP_END:
		return "'}'";
	case T_SYM:
		return "a symbol";
	case T_SHELL:
		return "a command";
	case T_UMINUS:
		return "'-'";
	case T_AMP:
		return "'&'";
	case T_IDENT:
	case T_METHOD:
	case T_LABEL:
		snprintf(text, TOKEN_NAME_MAX, "'%.*s'", (int)(t->len < 48 ? t->len : 48), t->str);
		return text;
	}
	snprintf(text, TOKEN_NAME_MAX, "'%s'", word ?: "?");
	return text;
}
