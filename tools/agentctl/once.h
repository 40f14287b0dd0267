/* SPDX-License-Identifier: MIT */
/* once.h -- what needs no daemon: the agent's own programs, run once by us */
#pragma once

#include <stdbool.h>

#include "agent/base/json.h"
#include "tools/agentctl/agentctl.h"

/*
 * The agent's programs are looked for where this agentctl itself lies: in ../sbin and
 * ../lib/envagent beside its directory, or in its directory (a build tree). Their output goes where
 * ours goes. All return the program's exit code, or CTL_NOT_RUNNING having said why it cannot be
 * started.
 */

/* "envagentd --once [FLAG]" with the root and module of CTL. FLAG may be NULL. */
int once_run(struct ctl *ctl, const char *flag);
/*
 * The same with --json, of MODULE alone (NULL: all): FN gets each event; an error of it ends the
 * reading, not the program. Its exit code, or CTL_NOT_RUNNING as above.
 */
int once_follow(struct ctl *ctl, const char *flag, const char *module,
		int (*fn)(void *userdata, struct json_object *event), void *userdata);
/* "envagentd --check", with its root. */
int once_check(struct ctl *ctl);
/* "envagent-reconcile --show", with its root. */
int once_show(struct ctl *ctl);

/* Where the program NAME is, in FOLDER ("sbin", "lib/envagent"); owned; NULL without memory. */
char *once_program(const char *folder, const char *name);
/* What to call --libexec-dir where nothing is installed; owned; NULL: its default is right. */
char *once_children(void);
