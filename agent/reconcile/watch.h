/* SPDX-License-Identifier: MIT */
/*
 * watch.h -- the files whose change makes a pass due; for reconcile.c, modules use pass_watch()
 *
 * Each is noted with the stamp that it had when the module looked at it, or that our own write gave
 * it: what somebody else does between that and the supervisor's own look is noticed, too.
 */
#pragma once

#include "agent/reconcile/report.h"

struct watches;
void watches_free(struct watches *w);
DEFINE_CLEANUP(struct watches *, watches_free)

/*
 * The pass did C. Its file is known as it is now, but what somebody else did to it in the moment
 * since is not.
 */
void watches_wrote(struct watches *w, struct sys *sys, const struct change *c);
/* Tells the supervisor all of them. */
void watches_report(const struct watches *w, struct report *report);
