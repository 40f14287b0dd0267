/* SPDX-License-Identifier: MIT */
/*
 * daemon.h -- the status file, and whether who wrote it still lives
 *
 * The file outlives the daemon, so it says who wrote it: process, start time of that process, boot.
 * A daemon that lives renews the file's time at each identity check.
 */
#pragma once

#include "agent/base/json.h"
#include "tools/agentctl/agentctl.h"

enum daemon_state {
	DAEMON_NEVER,	/* no status file: it has not run since the machine started */
	DAEMON_STOPPED, /* the process is gone */
	DAEMON_SILENT,	/* it lives, but has not renewed the file in time */
	DAEMON_RUNNING,
	_DAEMON_MAX,
};
/* "never", "stopped", "silent", "running" */
const char *daemon_state_name(enum daemon_state s);

struct daemon {
	enum daemon_state state;
	struct json_object *status; /* owned; NULL when NEVER */
	uint64_t seen;		    /* realtime usec: its last sign of life */
	int64_t pid;
};
void daemon_done(struct daemon *d);
#define _cleanup_daemon_ _cleanup_(daemon_done)

/*
 * Reads the status file below ctl->root. 0, also if there is none (NEVER); -errno having said on
 * ctl->err why, -EBADMSG if it is no status file.
 */
int daemon_read(struct ctl *ctl, struct daemon *ret);

/* The exit code for STATE, as a word of the status file of D, if it is of now. */
int daemon_code_of(const struct daemon *d, const char *state);

/* The exit code for the state of D: of the host while it runs, CTL_NOT_RUNNING otherwise. */
int daemon_exit_code(const struct daemon *d);
