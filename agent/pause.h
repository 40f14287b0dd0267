/* SPDX-License-Identifier: MIT */
/*
 * pause.h -- the host left alone for a while, for a person who debugs it by hand
 *
 * While it lasts no pass starts by itself: neither this host nor the balancer is changed. Identity
 * checks, the watchdog and the status go on; what a caller asks for is done. One thing is written
 * all the same: a leader renews its lease, and nothing but that, as otherwise the environment would
 * be parked while somebody looks at one of its hosts. A host that has become another environment's
 * renews nothing.
 *
 * PAUSE_PATH keeps it over a restart of the daemon, not over one of the machine: "1 UNTIL BY",
 * UNTIL in usec realtime.
 */
#pragma once

#include "agent/base/protocol.h"
#include "agent/manager.h"

#define PAUSE_PATH RUN_DIR "/paused"

/* What a pause from before this start has left; one that is over or rubbish is forgotten. */
void pause_load(struct manager *m);
/* For SEC seconds from now, also if there is one already; BY is a name. 0, or -errno: none. */
int pause_begin(struct manager *m, int64_t sec, const char *by);
/* Ends it and starts the pass that was put off; false if there was none. */
bool pause_end(struct manager *m, const char *why);
/* For the identity check: ends a pause that the clock, set meanwhile, would make too long. */
void pause_check(struct manager *m);

bool pause_on(const struct manager *m);
#define PAUSE_TEXT_MAX 96
/* "paused until 15:04 by alice"; returns TEXT. */
const char *pause_text(const struct manager *m, char text[PAUSE_TEXT_MAX]);

/*
 * While it lasts: whether the present task goes on to look after the lease. If so it is made a task
 * that does nothing else.
 */
bool pause_renews(struct manager *m);
/* That task has ended: when the lease is to be looked after again, in usec from now. */
uint64_t pause_lease(const struct manager *m, uint64_t planned);
/* The caller of a pass is told that there is a pause, and that it goes on. */
void pause_tell(const struct manager *m, struct client *client);
