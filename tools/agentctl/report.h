/* SPDX-License-Identifier: MIT */
/* report.h -- what status and lb status look alike in: a head, a table, and who they have it from
 */
#pragma once

#include "tools/agentctl/daemon.h"
#include "tools/agentctl/show.h"

#define REPORT_ROWS 64

/* A line of the table; all strings are borrowed, or lie in TEXT. */
struct report_row {
	const char *name, *state, *reason, *next;
	uint64_t since; /* 0: not told */
	char text[640];
};

struct report {
	struct report_row rows[REPORT_ROWS];
	size_t n;
};

/* One more row, with an empty NEXT; of too many the last is used again. */
struct report_row *report_add(struct report *t, const char *name, const char *state,
			      const char *reason);
/* The row of a module M as it stands in the status file. */
struct report_row *report_module(struct report *t, struct json_object *m);
/* True for a state that nobody need do anything about. */
bool report_fine(const char *state);

/* Columns are as wide as what stands in them; since and next are on a second line. */
void report_print(const struct ctl *ctl, const struct report *t);

/* "* ready   env 4190101   vm 52100021   web-1.cluster.test", STATE in place of the host's. */
void report_head(const struct ctl *ctl, struct json_object *status, const char *state);

/* "12 s ago", "now"; returns TEXT. */
const char *report_ago(uint64_t when, char text[SHOW_AGE_MAX + 4]);
/* The line above all else when the rest is not of now; nothing while the daemon lives. */
void report_liveness(const struct ctl *ctl, const struct daemon *d);
/* Adds to OBJ, as "daemon", whether it lives and when that was seen. 0 or -ENOMEM. */
int report_json(struct json_object *obj, const struct daemon *d);
