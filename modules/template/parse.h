/* SPDX-License-Identifier: MIT */
/*
 * parse.h -- the syntax tree of a template
 *
 *   statements = { statement ( ';' | newline | end of tag ) }
 *   statement  = expression { ( if | unless ) expression }
 *   expression = [ not ] operators { ( and | or ) [ not ] operators }
 *   operators  = Ruby's, by its precedence: ?: || && == != <=> < <= > >= + - * / % ! unary -
 *   operand    = literal | name | name = operators | ( statements ) | if | unless
 *                followed by any of .name, &.name, (arguments), [index], { |x| } and do |x| end
 *
 * Names are resolved here: each distinct variable has a slot. A name that was not assigned before
 * (in reading order, as in Ruby) is a fact.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "modules/template/arena.h"
#include "modules/template/lex.h"
#include "modules/template/value.h"

enum node_kind {
	N_SEQ,	   /* a: statements, linked by next; the value is the last one's */
	N_TEXT,	   /* value: goes to the output as it is */
	N_OUTPUT,  /* a: <%= a %>; name: the code */
	N_LITERAL, /* value */
	N_STRING,  /* a: parts, linked by next: "a#{b}c" */
	N_SHELL,   /* the same in backticks */
	N_ARRAY,   /* a: items */
	N_HASH,	   /* a: key, value, key, value ... */
	N_VAR,	   /* name, slot; flag: assigned earlier, so a local */
	N_ASSIGN,  /* name, slot = a */
	N_AND,	   /* a && b */
	N_OR,	   /* a || b */
	N_NOT,	   /* !a */
	N_NEGATE,  /* -a */
	N_IF,	   /* if a then b else c; b and c may be NULL */
	N_BINARY,  /* a OP b; op: the token type */
	N_INDEX,   /* a[b ...] */
	N_CALL,	   /* a.name(b ...) c; flag: &. */
	N_BLOCK,   /* a: parameters, b: the statements; its names are slots slot to len - 1;
		      flag: it is &:name, with the symbol in value */
	N_PARAM,   /* slot; or a: parameters in parentheses */
	N_NEXT,	   /* a or NULL */
	N_BREAK,   /* a or NULL */
	N_DEFINED, /* a: the N_VAR asked for */
};

struct node {
	uint8_t kind;
	uint8_t op;
	bool flag;
	uint32_t pos; /* the byte that an error about it points at */
	struct node *next;
	struct node *a, *b, *c;
	union {
		struct value value;
		struct {
			const char *name; /* not NUL-ended */
			uint32_t len;
			uint32_t slot;
		};
	};
};

struct variable {
	const char *name; /* NUL-ended */
	bool root;	  /* not of a block: if nobody assigned it, a fact may have the name */
};

struct program {
	struct node *root;
	struct variable *variables; /* by slot */
	size_t n_variables;
};

/*
 * Parses the whole template. FACTS is asked which names are facts, for what a block assigns to one
 * is seen after the block too. All of *ret belongs to the arena. DEPTH is the nesting allowed,
 * SHELL says that backticks are.
 */
int parse(const struct source *src, struct arena *arena, const struct erb_facts *facts,
	  unsigned depth, bool shell, struct program *ret);
