/* SPDX-License-Identifier: MIT */
/*
 * once.h -- envagentd --once: the events of a pass as lines for people, and the exit code
 *
 * The text is that of agentctl, which says the same of a pass of the daemon: changes as they
 * happen, with their differences; at the end the modules that are not fine, and the count. For
 * programs it is the lines of event.h as they come, but the one that ends a pass, and nothing else.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/event.h"

struct once {
	bool plan; /* nothing is done */
	bool json; /* for programs */
	size_t changes, failed;
	struct buf modules; /* the lines of those that are not fine */
	char **reasons;	    /* what they say */
};
void once_done(struct once *o);

/* One event, which came as LINE, on standard output. Differences are for root. */
void once_event(struct once *o, const struct event *ev, const char *line, size_t len);
/*
 * The end, with the host's state: it is told if it is not fine and no module has said why. Its
 * code: the fixed ones of agentctl(1).
 */
int once_end(struct once *o, enum state state, const char *reason, const char *next);
