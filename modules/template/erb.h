/* SPDX-License-Identifier: MIT */
/*
 * erb.h -- ERB-style templates: text and facts in, text out; pure, no I/O
 *
 * The language is a small, safe subset of ERB and Ruby 3.1 (trim mode "-"), so that Ruby's own erb
 * prints the same bytes for the same facts, given as local variables. It is never looser than Ruby;
 * it is stricter where Ruby would print what nobody meant: an output tag whose value is nil fails,
 * and so do a tag that is not closed, an integer beyond 64 bits, and a comment that (in Ruby) hides
 * the end of its tag. Facts are names; in a hash of a fact a.b reads key b unless b is a method of
 * Ruby's Hash, and fails if there is no such key (a['b'] gives nil). Values never change in place.
 * Commands in backticks are the caller's to run, or refused.
 *
 * This header depends on agent/base alone: agentctl renders with it offline.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"

/* How a template asks for a variable that is no local. */
enum erb_lookup { ERB_FOUND, ERB_NO_SUCH, ERB_UNKNOWN, ERB_IS_ABSENT };
struct erb_facts {
	/*
	 * FOUND: *ret_value is borrowed for the time of the rendering (NULL is JSON null),
	 * *ret_secret says if it is secret. UNKNOWN and ABSENT: *ret_why says why, borrowed. ABSENT
	 * reads as nil; UNKNOWN is an error wherever it is touched.
	 */
	enum erb_lookup (*lookup)(void *userdata, const char *name, struct json_object **ret_value,
				  bool *ret_secret, const char **ret_why);
	/* The nearest known name, or NULL; borrowed. May be NULL. */
	const char *(*nearest)(void *userdata, const char *name);
	void *userdata;
};

#define ERB_WHY_MAX 256

struct erb_error {
	unsigned line, column; /* from 1; column counts bytes */
	char text[512];	       /* "unknown fact 'confg_id', did you mean 'config_id'?" */
	char fact[64];	       /* the fact that was missing, "" otherwise */
	bool unknown;	       /* it failed because that fact is unknown for now: try again later */
};

struct erb_options {
	/* The budgets; 0 is the default. */
	size_t output;	/* bytes, 8 MiB */
	size_t steps;	/* evaluated nodes, 1,000,000 */
	unsigned depth; /* nesting of expressions and blocks, 100; at most 200 */
	size_t memory;	/* bytes for the syntax tree, all values and spans, 64 MiB */

	bool spans; /* the result says where each byte comes from */

	/*
	 * Runs what stands in backticks and appends its standard output to OUT, which has a limit;
	 * as in Ruby it does not matter how the command ended, but a command that cannot be run at
	 * all is an error: -errno, with a sentence in WHY. NULL: a template with backticks fails.
	 */
	int (*shell)(void *userdata, const char *command, struct buf *out, char why[ERB_WHY_MAX]);
	void *userdata;
};

/*
 * A stretch of the output that is one stretch of the template: text, or an expression with what it
 * printed. The spans of a result follow each other without gaps and make up the whole output;
 * what printed nothing has none.
 */
struct erb_span {
	size_t start, end;     /* bytes of the output */
	size_t pos, len;       /* bytes of the template: the text, or the expression in its tag */
	unsigned line, column; /* of POS, from 1; the column counts bytes */
	bool expression;
	bool secret; /* something secret is in it, or decided that it is there */
	/*
	 * The facts that the expression read, itself or by way of locals and the parameters of
	 * blocks, each once; n_facts names from fact_names[fact] on. For text: none.
	 */
	size_t fact, n_facts;
	/* In the same way those that decided that it is there: of the conditions and loops around.
	 */
	size_t when, n_when;
};

struct erb_result {
	struct buf out;
	bool secret;		/* a secret value reached the output */
	struct erb_span *spans; /* NULL if nobody asked for them */
	size_t n_spans;
	const char **fact_names; /* the same fact: the same pointer; one block of memory with the
				    names behind it */
};
void erb_result_done(struct erb_result *r);

/*
 * Renders TEXT. 0 with *ret filled in; -EINVAL for a syntax or evaluation error, -E2BIG for a spent
 * budget, both with *ret_error filled in; -ENOMEM. *ret is untouched on failure.
 */
int erb_render(const char *text, size_t len, const struct erb_facts *facts,
	       const struct erb_options *options, struct erb_result *ret,
	       struct erb_error *ret_error);

/*
 * A compiler's message of an error: "NAME:LINE:COL: text", the line of the template, a caret.
 * Appended to OUT with newlines.
 */
int erb_error_format(const char *name, const char *text, size_t len, const struct erb_error *error,
		     struct buf *out);
