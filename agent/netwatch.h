/* SPDX-License-Identifier: MIT */
/*
 * netwatch.h -- is there a network, and has it changed?
 *
 * Hears of links, addresses and routes, waits until they have come to rest for a moment, and
 * compares what counts: links, their MAC, carrier and MTU, addresses, routes; a lease that was
 * renewed is no change. Silent while nothing happens.
 */
#pragma once

#include <stdbool.h>

#include <systemd/sd-event.h>

#include "agent/sys/sys.h"

struct netwatch;

/*
 * Below a root of another machine nothing is watched, and the network counts as there; so with NULL
 * below for this object, as a one-time run has it.
 */
int netwatch_new(sd_event *event, struct sys *sys, void (*changed)(void *userdata), void *userdata,
		 struct netwatch **ret);
void netwatch_free(struct netwatch *n);

/* There is an address that others can reach, and a default route. */
bool netwatch_ready(const struct netwatch *n);

/* Between these our own pass works at the network: changes are not reported. */
void netwatch_pause(struct netwatch *n);
/* What is there now is what is known from here on. 1 if that differs from before, 0 if not. */
int netwatch_resume(struct netwatch *n);
