/* SPDX-License-Identifier: MIT */
/*
 * source.h -- where the value of a [Fact NAME] comes from
 *
 * A source tells a value, that there is none (absent), or why that is not known (unknown): what
 * fails never becomes an empty text. A source is a file with a const struct fact_source, and a row
 * in the table of facts.c.
 */
#pragma once

#include "agent/reconcile/module.h"

enum fact_format { FORMAT_TEXT, FORMAT_JSON };

struct fact_conf { /* [Fact NAME] */
	char *command, *file, *user_data;
	char *user;	  /* User= of the command; NULL: the caller's */
	uint64_t timeout; /* TimeoutSec= */
	int format;	  /* enum fact_format */
	uint64_t max_age; /* MaxAgeSec=: a command's answer is taken again for so long; 0: never */
	bool secret;
};

/* The fact that is asked for. */
struct fact_asked {
	const char *name;
	const char *place; /* of the option that names the source: FILE:LINE:COLUMN */
	const struct fact_conf *conf;
};

/* What was found. All strings and the value are owned by it. */
struct fact_found {
	enum fact_state state;
	struct json_object *value; /* FACT_VALUE only */
	char *why;		   /* the others */
	char *source, *path;	   /* as in struct fact; PATH may be NULL */
	uint64_t time;
};
void fact_found_done(struct fact_found *f);

struct fact_source {
	const char *key; /* the option that asks for it */
	size_t offset;	 /* of that option's char * in struct fact_conf */
	/* 0 with *ret filled in, whatever came out; -ENOMEM. *ret is zeroed before. */
	int (*read)(struct pass *pass, const struct fact_asked *asked, struct fact_found *ret);
};

extern const struct fact_source fact_source_command, fact_source_file, fact_source_user_data;

/*
 * *RET has no value, for this reason. Takes SENTENCE over; NULL is no memory. 0 or -ENOMEM.
 */
int fact_without(struct fact_found *ret, enum fact_state state, char *sentence);

/*
 * The value that TEXT is in the format of ASKED: JSON of any type, null being absent; or text
 * without its closing newlines. What is neither is unknown, with the place of the error. TEXT is
 * followed by a NUL. 0 or -ENOMEM.
 */
int fact_parse(const struct fact_asked *asked, const char *text, size_t len,
	       struct fact_found *ret);
