/* SPDX-License-Identifier: MIT */
/* session.h -- one write session: open by reading, read the identity, write on that connection only
 */
#pragma once

#include "modules/balancer/diff.h"

struct pass;

struct session {
	const struct mux_driver *driver;
	struct mux *mux;
	struct mux_state have;
	struct want want;
	struct diff diff;
	/* who we are, as this pass read it, and where to ask again */
	char *id, *vm;
	char *from; /* an address, or the path of a file */
	unsigned port;
	uint64_t timeout;  /* usec, for that */
	struct sys *sys;   /* borrowed */
	struct pass *pass; /* borrowed: the one that wants the write */
};
void session_free(struct session *s);
DEFINE_CLEANUP(struct session *, session_free)

/*
 * Reads the identity once more, then applies the diff. -ESTALE: we are somebody else by now,
 * nothing was written; -ECONNABORTED: the connection of the reading is gone, nothing was written on
 * another. *ret_words (owned) says it.
 */
int session_write(struct session *s, char **ret_words);
