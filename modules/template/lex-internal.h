/* SPDX-License-Identifier: MIT */
/* lex-internal.h -- what the files of the lexer share */
#pragma once

#include "modules/template/lex.h"

#define LEX_DEPTH_MAX 50 /* of strings in interpolations in strings */

/*
 * What the last token was decides what some characters mean: after an operator '-' makes a number
 * negative and '[' an array; after a value they subtract and index; after the name of a method
 * (which may take an argument without parentheses) the blanks decide.
 */
enum lex_state { LEX_BEGIN, LEX_VALUE, LEX_METHOD };

struct lexer {
	const struct source *src;
	struct arena *arena;
	struct token *tokens;
	size_t n, size;
	size_t at, end; /* within the tag */
	size_t space;	/* where white space before the coming token begins */
	enum lex_state state;
	unsigned depth;
	bool shell;   /* backticks are allowed */
	bool comment; /* a comment ran into the tag's end */
};

/* The byte N further on, 0 behind the tag's end. */
static inline char lex_peek(const struct lexer *lx, size_t n)
{
	return lx->end - lx->at > n ? lx->src->text[lx->at + n] : '\0';
}

/* A new token that starts at POS; NULL when the arena gave none. */
struct token *lex_add(struct lexer *lx, enum token_type type, size_t pos, enum lex_state next);
int lex_no_memory(const struct lexer *lx);
/* Lexes up to the tag's end, or with INTERP up to and with the '}' that closes a "#{". */
int lex_code(struct lexer *lx, bool interp);

/* A word or an operator that means something, or that is refused with advice (type T_EOF). */
struct lex_keyword {
	const char *word;
	enum token_type type;
	enum lex_state next;
	const char *advice;
};
struct lex_op {
	const char *text;
	enum token_type type;
	enum lex_state next;
	const char *advice;
	enum token_type of; /* T_OPASSIGN: of which operator */
};

/* lex-table.c */
const struct lex_keyword *lex_keyword(const char *word, size_t len);
const struct lex_op *lex_op(const char *text, size_t len);

/* lex-word.c */
bool lex_name_char(char c);
int lex_name(struct lexer *lx);
/* 12, 1_000, 0x1f, 0b101, 017 at the digits; NEGATIVE if a minus at POS belongs to it. */
int lex_number(struct lexer *lx, size_t pos, bool negative);
/* :name, :"name" at the colon */
int lex_symbol(struct lexer *lx);

/* lex-string.c; all start at the opening mark */
int lex_single(struct lexer *lx);
int lex_double(struct lexer *lx); /* "..." and `...` */
int lex_words(struct lexer *lx);
