/* SPDX-License-Identifier: MIT */
/*
 * drift.h -- a file of ours that somebody else changed, and whether it is put back
 *
 * At once the first time. Who changes it again gets it put back after pauses that double, and after
 * DRIFT_REPAIRS times in a row the file is left alone until a person asks for a pass: no edit war.
 * What is remembered of a path is in the module's own state ("drift"), so it ends with the boot.
 *
 * In a plan slot: pass_watch() so that it is noticed soon, drift_look(), and then either
 * plan_file() and drift_repaired(), or leave the file and drift_say().
 */
#pragma once

#include "agent/reconcile/module.h"

#define DRIFT_REPAIRS 5
#define DRIFT_PAUSE UINT64_C(10000000) /* usec after the first repair */
#define DRIFT_CALM UINT64_C(600000000) /* so long without a repair, and all is forgotten */

struct drift {
	bool changed; /* it is not what we wrote last, or is gone */
	bool gone;
	bool outside;	  /* its bytes are ours: mode, owner or ACL are not as we left them */
	bool repair;	  /* it may be put back now */
	unsigned repairs; /* so often it was put back before */
	uint64_t wait;	  /* usec until it may be; UINT64_MAX: left alone */
	const char *by;	  /* who did it, for drift_say(); NULL: nobody knows. Set by the caller */
};

/*
 * Looks at PATH; a link is followed, unless there was a file of ours in its place. A file that we
 * never wrote is not changed. 0, -ENOMEM, or another
 * -errno if it cannot be read.
 */
int drift_look(struct pass *pass, const char *path, struct drift *ret);
/* This pass puts PATH back: the next time has to wait longer. Nothing in a plan alone. 0, -ENOMEM.
 */
int drift_repaired(struct pass *pass, const char *path);
/*
 * The same for what is no file: WHAT, that was so once, is not so any more. drift_judge() in place
 * of drift_look(), drift_counted() in place of drift_repaired().
 */
void drift_judge(struct pass *pass, const char *what, struct drift *ret);
int drift_counted(struct pass *pass, const char *what);
/* Tells what D, of a file that was changed, means for PATH; asks for a pass when its time comes. */
void drift_say(struct pass *pass, const char *path, const struct drift *d);
