/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h -- texts that take a look at everything, made while the loop goes on
 *
 * A child process makes the text: it sees all as it was when it was forked, and may wait for
 * HAProxy. There is one at a time; what was made is given to whoever asks within the second.
 */
#pragma once

#include "agent/base/buf.h"

struct snapshot;
int snapshot_new(struct snapshot **ret);
void snapshot_free(struct snapshot *s);

/*
 * The text of KEY, in *ret (owned). 0: here it is. -EAGAIN: it is being made, or waits for its
 * turn; ask again when snapshot_run() says so. Another -errno: it could not be made, -ETIMEDOUT
 * after 20 s. MAKE runs in the child: what it alters stays there. Without S (NULL) it is made here
 * and now.
 */
int snapshot_get(struct snapshot *s, const char *key, int (*make)(void *userdata, struct buf *b),
		 void *userdata, char **ret, size_t *ret_len);

/* Readable when snapshot_run() has something to do; -1: nothing is being made. */
int snapshot_fd(const struct snapshot *s);
/* True if those who wait are to ask again. Called about once a second, too. */
bool snapshot_run(struct snapshot *s);
