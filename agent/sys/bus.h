/* SPDX-License-Identifier: MIT */
/* bus.h -- jobs of systemd and their ends, over D-Bus; for unit.c and user.c alone */
#pragma once

#include <systemd/sd-bus.h>

#include "agent/sys/sys-internal.h"

#define BUS_NAME "org.freedesktop.systemd1"
#define BUS_PATH "/org/freedesktop/systemd1"
#define BUS_MANAGER "org.freedesktop.systemd1.Manager"

struct bus {
	sd_bus *bus;
	sd_bus_slot *slot;
	uint64_t until; /* monotonic clock: no call and no wait is longer */
	char *job;	/* the job waited for, its object path */
	char *result;	/* how it ended, NULL while it runs */
};

/* Connects to the system bus and hears of jobs. All is over after TIMEOUT usec. */
int bus_open(struct bus *b, uint64_t timeout);
void bus_done(struct bus *b);
#define _cleanup_bus_ _cleanup_(bus_done)

/* Calls a method whose message is M and whose answer is a job. -errno with words in *ret_words. */
int bus_start_job(struct bus *b, sd_bus_message *m, char **ret_words);

/*
 * Waits until something happens on the bus or on FD (-1: none), and works it off. 1 if the job has
 * ended (b->result), 0 if not yet, -ETIMEDOUT.
 */
int bus_wait(struct bus *b, int fd);

#define _cleanup_message_ _cleanup_(sd_bus_message_unrefp)
#define _cleanup_error_ _cleanup_(sd_bus_error_free)
