/* SPDX-License-Identifier: MIT */
/*
 * template-spans.h -- keeps where each byte of a target comes from (agent/base/spans.h)
 *
 * Composed while the plan is made, for then the facts and the rendering are there, and written once
 * the target is live; in between it waits in the module's state. Nothing is written for a target
 * whose spans are kept already.
 */
#pragma once

#include "agent/reconcile/module.h"
#include "modules/template/erb.h"

/* A template that was rendered, with its spans. */
struct spans_of {
	const char *name;   /* of its section */
	const char *source; /* the template's path, and its text */
	const char *source_text;
	size_t source_len;
	const char *target;
	const struct erb_result *result;
};

/* At the start of a plan: what a former pass left waiting was never live. */
void template_spans_begin(struct pass *pass);
/* 0 or -ENOMEM. */
int template_spans_compose(struct pass *pass, const struct spans_of *of);
/*
 * After the changes: writes what was composed for the targets that are live, and removes the spans
 * of targets that no template has any more. What cannot be written is told by a log line.
 */
int template_spans_keep(struct pass *pass);

/* template-document.c: fills DOC with all that agent/base/spans.h lists. 0 or -ENOMEM. */
int template_spans_document(struct pass *pass, const struct spans_of *of, const char *real,
			    struct json_object *doc);
