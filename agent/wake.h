/* SPDX-License-Identifier: MIT */
/* wake.h -- what wakes the manager: timers, signals, the network, callers */
#pragma once

#include "agent/base/protocol.h"
#include "agent/manager.h"

/* The event loop with the signals that end it. */
int wake_prepare(struct manager *m);
/* Timers, and what only a daemon hears. */
int wake_add_sources(struct manager *m);
/* Reads the configuration; the former one stays in force if it is refused. */
int wake_load(struct manager *m);

/* For netwatch.h, clockwatch.h and control.h. */
void wake_network(void *userdata);
void wake_clock(void *userdata);
void wake_watch(void *userdata, enum watch_what what);
void wake_call(void *userdata);
int wake_reload(void *userdata, char **ret_error);
int wake_pause(void *userdata, int64_t seconds, const char *by, uint64_t *ret_until,
	       bool *ret_busy);
bool wake_resume(void *userdata);
void wake_client_gone(void *userdata, struct client *client);
