/* SPDX-License-Identifier: MIT */
/*
 * bus.h -- jobs of systemd and their ends, over D-Bus; for agent/sys alone
 *
 * libsystemd is loaded when the first job comes: few passes have one, and a program that is linked
 * with it loads seven libraries more at each start, which takes the better part of a millisecond.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "agent/sys/sys-internal.h"

#define BUS_NAME "org.freedesktop.systemd1"
#define BUS_PATH "/org/freedesktop/systemd1"
#define BUS_MANAGER "org.freedesktop.systemd1.Manager"

/* What is used of libsystemd: sd_bus_call() is bus.sd.call(), and so on. */
#define BUS_FUNCTIONS(X)           \
	X(call)                    \
	X(call_method)             \
	X(close)                   \
	X(error_free)              \
	X(error_has_name)          \
	X(get_events)              \
	X(get_fd)                  \
	X(get_property_string)     \
	X(get_property_trivial)    \
	X(is_ready)                \
	X(match_signal)            \
	X(message_append)          \
	X(message_close_container) \
	X(message_new_method_call) \
	X(message_open_container)  \
	X(message_read)            \
	X(message_unref)           \
	X(open_system)             \
	X(path_encode)             \
	X(process)                 \
	X(set_method_call_timeout) \
	X(slot_unref)              \
	X(unref)

struct bus_library {
#define X(name) __typeof__(sd_bus_##name) *name;
	BUS_FUNCTIONS(X)
#undef X
};

struct bus {
	struct bus_library sd;
	void *library; /* NULL: not loaded, and nothing below is set */
	sd_bus *bus;
	sd_bus_slot *slot;
	sd_bus_message *message; /* the call that is being composed */
	sd_bus_error error;	 /* of the last call */
	uint64_t until;		 /* monotonic clock: no call and no wait is longer */
	char *job;		 /* the job waited for, its object path */
	char *result;		 /* how it ended, NULL while it runs */
};

/*
 * Connects to the system bus and hears of jobs. All is over after TIMEOUT usec. -ELIBACC: there is
 * no libsystemd.
 */
int bus_open(struct bus *b, uint64_t timeout);
void bus_done(struct bus *b);
#define _cleanup_bus_ _cleanup_(bus_done)

/* Begins a call of METHOD of the manager, whose answer is a job: b->message. */
int bus_begin_job(struct bus *b, const char *method);
/* Calls it. -errno with words in *ret_words. */
int bus_start_job(struct bus *b, char **ret_words);

/*
 * Waits until something happens on the bus or on FD (-1: none), and works it off. 1 if the job has
 * ended (b->result), 0 if not yet, -ETIMEDOUT.
 */
int bus_wait(struct bus *b, int fd);
