/* SPDX-License-Identifier: MIT */
/*
 * lex.h -- a template as one run of tokens
 *
 * Text between tags is a token like any other; a tag's end is the end of a statement. So the
 * parser sees what Ruby sees once erb has turned the template into a program.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "modules/template/arena.h"
#include "modules/template/source.h"

enum token_type {
	T_EOF,
	T_TEXT,	      /* str: text between tags */
	T_OUTPUT,     /* <%= */
	T_OUTPUT_END, /* its %> */
	T_NEWLINE,
	T_SEMI, /* ';' or the end of a code tag */
	T_INT,
	T_STR,	      /* a string, or a piece of one with #{} */
	T_DSTR,	      /* a string with #{} begins: pieces and T_INTERP … T_INTERP_END, */
	T_SHELL,      /* the same for a command in backticks */
	T_DSTR_END,   /* it ends */
	T_INTERP,     /* #{ */
	T_INTERP_END, /* its } */
	T_SYM,
	T_LABEL,  /* "name:" in a hash */
	T_IDENT,  /* a name */
	T_METHOD, /* a name behind a dot */
	T_IF,
	T_ELSIF,
	T_ELSE,
	T_UNLESS,
	T_END,
	T_THEN,
	T_DO,
	T_AND,
	T_OR,
	T_NOT,
	T_NIL,
	T_TRUE,
	T_FALSE,
	T_NEXT,
	T_BREAK,
	T_LPAREN,
	T_RPAREN,
	T_LBRACK,
	T_RBRACK,
	T_LBRACE,
	T_RBRACE,
	T_COMMA,
	T_DOT,
	T_SAFE_DOT,
	T_QUESTION,
	T_COLON,
	T_ARROW, /* => */
	T_ASSIGN,
	T_OPASSIGN, /* number: the token type of the operator */
	T_PIPE,
	T_AMP, /* & before a block argument */
	T_PLUS,
	T_MINUS,
	T_STAR,
	T_SLASH,
	T_PERCENT,
	T_EQ,
	T_NE,
	T_LT,
	T_GT,
	T_LE,
	T_GE,
	T_CMP,
	T_ANDAND,
	T_OROR,
	T_BANG,
	T_UMINUS,
};

struct token {
	uint8_t type;
	bool space; /* white space stands before it */
	bool tag;   /* T_SEMI, T_NEWLINE: made by the end of a tag */
	uint32_t pos;
	uint32_t len;	 /* of STR */
	const char *str; /* names, strings, text; in the template or the arena */
	int64_t number;
};

/* *ret ends with T_EOF and belongs to the arena. SHELL: backticks are allowed. */
int lex(const struct source *src, struct arena *arena, bool shell, struct token **ret);

/* How a token is called in an error: "'end'", "a string"; TEXT may be used for it. */
#define TOKEN_NAME_MAX 64
const char *token_name(const struct token *t, char text[TOKEN_NAME_MAX]);
