/* SPDX-License-Identifier: MIT */
/* spansfile.h -- where the bytes of a rendered file come from, as the agent keeps it */
#pragma once

#include "agent/base/json.h"
#include "tools/agentctl/agentctl.h"

struct spansfile {
	struct json_object *doc; /* owned; agent/base/spans.h */
	/* borrowed from it */
	const char *target, *source;
	struct json_object *facts, *places, *spans;
	size_t covered;
	char *text; /* the target as it is now, owned */
	size_t len;
};
void spansfile_done(struct spansfile *f);
#define _cleanup_spansfile_ _cleanup_(spansfile_done)

/*
 * The real path of FILE, which lies below ctl->root; owned. -errno, having said why on ctl->err.
 */
int spansfile_path(struct ctl *ctl, const char *file, char **ret);

/* Is FILE, a real path, the target of a template that was rendered? */
bool spansfile_there(struct ctl *ctl, const char *file);

/*
 * The spans of FILE, a real path, and its text. -errno, having said why: there are none, they
 * cannot be read, or the file is no longer what was rendered.
 */
int spansfile_load(struct ctl *ctl, const char *file, struct spansfile *ret);

/* One span. */
struct spansfile_span {
	size_t start, end;	   /* bytes of the target */
	unsigned line, column;	   /* of the template */
	const char *expression;	   /* NULL: text of the template */
	struct json_object *facts; /* indices of FACTS, or NULL */
	struct json_object *when;  /* the same, of the conditions and loops around it */
	bool secret;
};
/* Span I: 0, -ENOENT behind the last one, -EBADMSG. Strings are borrowed. */
int spansfile_at(const struct spansfile *f, size_t i, struct spansfile_span *ret);
