/* SPDX-License-Identifier: MIT */
/* config.h -- the settings that the supervisor needs, and the user that fetch runs as */
#pragma once

#include <sys/types.h>

#include "agent/base/settings.h"

/* What envagent-leader is started with, if this host turns out to be the leader. */
struct config_leader {
	bool wanted; /* there is a mux or a platform to speak to */
	uid_t uid;
	gid_t gid;
	bool no_user;	/* we are root, and there is no such user */
	uint64_t lease; /* usec: a pass is due each third of it */
	/* The secrets by name, and the files that hold them where systemd does not: NULL for none.
	 */
	char *names[2], *files[2];
};

struct config {
	bool loaded; /* false: there never was a good one */
	struct system_conf system;
	struct metadata_conf metadata;
	uint64_t ready_timeout; /* usec */
	/* Only if we are root: who envagent-fetch is. */
	bool drop;
	uid_t uid;
	gid_t gid;
	char *user_error; /* there is no such user; NULL: fine */
	struct config_leader leader;
};

/*
 * Reads and checks the shared sections below ROOT, and keeps the two that count here: a hundred
 * [Host] sections are no business of a resident process. Sections of modules are theirs to check.
 * On error -errno with a sentence, one line, in *ret_error (owned), and *ret as it was.
 */
int config_read(const char *root, struct config *ret, char **ret_error);
void config_done(struct config *c);
