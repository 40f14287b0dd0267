/* SPDX-License-Identifier: MIT */
/* once.h -- envagentd --once: the events of a pass as lines for people, and the exit code */
#pragma once

#include "agent/base/event.h"
#include "agent/fetchline.h"

/* One line of fetch; LINE->found false: with the reason. */
void once_identity(const struct fetchline *line);
/* One event, on standard output. Differences are for root. */
void once_event(const struct event *ev);
/* The host's state at the end, and its code: the fixed ones of agentctl(1). */
int once_end(enum state state, const char *reason, const char *next);
