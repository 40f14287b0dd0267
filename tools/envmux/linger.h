/* SPDX-License-Identifier: MIT */
/*
 * linger.h -- connections whose request was answered before all of it had come
 *
 * To close one at once would reset it, for bytes are there that nobody read, and a reset takes from
 * the client the answer that it has not read yet (RFC 9112, 9.6). So it is closed for writing, and
 * what still comes is thrown away: until the client ends, for 64 MiB, for 30 s, whatever is first.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LINGER_MAX 64 /* at a time; those beyond are closed at once */

struct lingers {
	struct lingering {
		int fd;
		uint64_t left;	/* bytes */
		uint64_t until; /* monotonic ms */
	} all[LINGER_MAX];
	size_t n;
};

/*
 * FD, on which all is written, stays the caller's, to be closed soon; EPOLL is readable when
 * linger_run() has something to do.
 */
void linger_add(struct lingers *l, int epoll, int fd);
void linger_run(struct lingers *l);
/* The longest to wait for it, in ms; -1: for ever. */
int linger_timeout(const struct lingers *l);
void linger_end(struct lingers *l);
