/* SPDX-License-Identifier: MIT */
/* report.h -- what a pass tells its supervisor */
#pragma once

#include "agent/reconcile/module.h"

/* Where the events go. Once the other end is gone nothing more is sent. */
struct report {
	int fd;
	bool gone;
};

void report_state(struct report *r, const char *module, const struct module_result *result,
		  uint64_t since);
/* STATE is planned, done, failed or diff. */
void report_change(struct report *r, const char *module, const char *state, const char *text);
/* One event for each line of DIFF. */
void report_diff(struct report *r, const char *module, const char *diff);
/* The facts that are one word or text, and those that are not there; no secret. */
void report_facts(struct report *r, const struct facts *facts);
/* PATH is to be watched; this pass has seen it with STAMP. */
void report_watch(struct report *r, const char *module, const char *path, uint64_t stamp);
/* Another pass is due in that time. */
void report_again(struct report *r, uint64_t usec);
/*
 * The last line: how it came out by the worst state, and in how many seconds at the earliest to
 * come back (0: nobody said). Returns the exit code that belongs to it.
 */
int report_done(struct report *r, enum state worst, size_t changes, unsigned after);
/* One failure that kept the pass from starting, and the end. Returns the exit code for it. */
int report_failure(struct report *r, const char *module, const char *reason, const char *next);
