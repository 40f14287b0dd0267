/* SPDX-License-Identifier: MIT */
/* ask.h -- a call to the daemon, and in words why it did not come out */
#pragma once

#include "tools/agentctl/agentctl.h"
#include "tools/agentctl/client.h"

#define ASK_TIMEOUT_DEFAULT 300000000ull /* usec */

/* Connects with the time limit of CTL. 0; -errno as client_open(), nothing said yet. */
int ask_open(struct ctl *ctl, struct client **ret);

/* True if R of ask_open() is that no daemon runs. */
bool ask_nobody(int r);

/* Says on ctl->err what R of client.h means for VERB, and what to do; returns the exit code. */
int ask_failed(struct ctl *ctl, const char *verb, int r);

/* The same for a reply with an error. */
int ask_refused(struct ctl *ctl, const char *verb, const struct client_reply *reply);
