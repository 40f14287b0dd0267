/* SPDX-License-Identifier: MIT */
/*
 * status.h -- what /run/envagent/status.json says (protocol.h), and the host's state in one word
 *
 * Setters note whether they changed anything; status_write() does nothing if none did. Strings are
 * copied. The host's state is the worst of the supervisor's own and all modules', in the order of
 * enum state.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/buf.h"
#include "agent/base/event.h"

#define STATUS_MODULES 32

struct status_identity {
	const char *state; /* "confirmed", "unconfirmed", "none"; static */
	char vm[21], env[21];
	char from[256];	    /* an address; or the path of the file, cut if need be */
	uint64_t confirmed; /* usec realtime, 0: never */
};

struct status_pass {
	unsigned number;
	char trigger[192];
	uint64_t ended; /* usec realtime */
	int changes;
	char result[16];
};

struct status;
/* PATH is where it is written; its directory must exist. */
int status_new(const char *path, struct status **ret);
void status_free(struct status *s);
/* The id of the boot that we run in, "" if it cannot be told; borrowed. */
const char *status_boot(const struct status *s);

/* The supervisor's own condition. */
void status_own(struct status *s, enum state state, const char *reason, const char *next);
void status_identity(struct status *s, const struct status_identity *id);
void status_host(struct status *s, const char *name);
void status_fresh(struct status *s, unsigned sec);
void status_waiting(struct status *s, const char *what);
/* How far this host alone is: "pending", "settled" or "limit"; static. */
void status_local(struct status *s, const char *how);
/* No pass by itself until UNTIL (usec realtime, 0: no pause), as BY wants it; copied. */
void status_paused(struct status *s, uint64_t until, const char *by);
void status_next_pass(struct status *s, uint64_t when);
void status_pass(struct status *s, const struct status_pass *pass);
/* A module's state event; since it entered a state it keeps the time. */
void status_module(struct status *s, const struct event *ev);
/*
 * Brackets the events of a pass over all modules: who is not heard of in between is dropped, the
 * others are put into the order in which they were heard.
 */
void status_modules_begin(struct status *s);
void status_modules_end(struct status *s);

/*
 * What the file says of host, modules and last pass, written by a process before us: for who makes
 * no pass of its own for now. Each module is marked with the time of that pass, until it is heard.
 * 0, or -errno with nothing taken over.
 */
int status_recall(struct status *s);

/* The worst state among the modules; READY if there are none. */
enum state status_worst_module(const struct status *s);

struct status_summary {
	enum state state;
	char reason[2200]; /* "dns: no answer"; "" if all is well */
	char next[512];
	uint64_t since;
};
/* The host's state now. */
const struct status_summary *status_summary(struct status *s);

/* The whole text as of NOW (usec realtime). */
int status_text(struct status *s, uint64_t now, struct buf *out);
/* Writes it if anything changed, in one step, without waiting for a disk. 1 if it wrote. */
int status_write(struct status *s);
/* Tells readers that we live: a new time of the file, no new text. */
int status_touch(struct status *s);
