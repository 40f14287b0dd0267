/* SPDX-License-Identifier: MIT */
/* pass.h -- one pass of the daemon, told as it happens */
#pragma once

#include "tools/agentctl/agentctl.h"

struct pass_verb {
	const char *name, *method;
	bool plan; /* nothing is done: changes are shown with their differences */

	bool daemon_only;
	const char *once; /* otherwise, without a daemon: the flag of envagentd --once, or NULL */

	const char *module; /* this one alone, whatever --module says; NULL */
	const char *word;   /* what the leader is to do with it, "register"; NULL */
	/*
	 * MODULE took no part, is off for REASON, or "": says so and what to do. May be NULL if
	 * MODULE is.
	 */
	void (*absent)(struct ctl *ctl, const char *reason);
	/* Before anything else: CTL_READY, or the exit code, having said why not. May be NULL. */
	int (*check)(struct ctl *ctl);
};

/* Returns the exit code. Has said what went wrong. */
int pass_run(struct ctl *ctl, const struct pass_verb *verb);

/*
 * A verb with a word behind it: "status", told by STATUS, or the one of the N PASSES that is called
 * "VERB WORD". Another word is refused, with the nearest one. words.c
 */
int pass_word(struct ctl *ctl, int (*status)(struct ctl *ctl), const struct pass_verb *passes,
	      size_t n);
