/* SPDX-License-Identifier: MIT */
/*
 * spawn.h -- arrange the descriptors of protocol.h, give up what is not needed, exec; the end
 *
 * The child leads a session of its own, dies with us, and holds no descriptor but 0 to 5 and
 * its credentials.
 */
#pragma once

#include "agent/child.h"

/* EVENTS becomes PROTOCOL_FD_EVENTS. 0 once the program runs, or -errno with nothing left of it. */
int spawn(const struct child_opts *opts, int events, pid_t *ret);

/* SIGKILL to PID (or the group -PID) that was started with OPTS; nothing if there is none. */
void spawn_kill(const struct child_opts *opts, pid_t pid);
