/* SPDX-License-Identifier: MIT */
/*
 * event.h -- the lines that a pass sends to its supervisor, a flat JSON object each
 *
 *   {"t":1795311457123456,"module":"dns","kind":"state","state":"ready","reason":"12
 * hosts","since":0,"next":""}
 *
 * kind    state    what the other keys mean
 * state   a module state (enum state)   reason: the sentence for people; since: when it became so,
 *                                       usec of the realtime clock, 0 for now; next: what to type
 * change  planned | done | failed | diff   reason: the change in one line; diff: one diff line
 * fact    value | absent | unknown      reason: "name=value" (never of a secret fact), or "name:
 * why"
 * log     syslog level as a digit       reason: the line
 * watch   file                          reason: a path whose change makes a pass due; next: its
 *                                       sys_stamp() in hex, as this pass knows it
 * again   pass                          reason: "msec=N": a pass is due after that time
 * done    settled | degraded | failed   reason: "changes=N", and " after=SECONDS" if who was
 *                                       asked wants to be left alone that long; the last line
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define EVENT_LINE_MAX 4096 /* newline included */

/* In order of precedence: the first that applies to any module is the host's state. */
enum state {
	STATE_FAILED,
	STATE_QUARANTINED,
	STATE_CONVERGING,
	STATE_DEGRADED,
	STATE_READY,
	STATE_OFF, /* Manage=no, or not this host's role: counts for nothing */
	_STATE_MAX,
};

/* "failed" ... "off"; NULL out of range. */
const char *state_name(enum state s);
/* The state of that name, or -EINVAL. */
int state_from_name(const char *name);

enum event_kind {
	EVENT_STATE,
	EVENT_CHANGE,
	EVENT_FACT,
	EVENT_LOG,
	EVENT_WATCH,
	EVENT_AGAIN,
	EVENT_DONE,
	_EVENT_MAX,
};
const char *event_kind_name(enum event_kind k);

/* Strings end with a NUL and hold printable UTF-8 only, as read or as sent. */
struct event {
	uint64_t t;	/* realtime clock, usec */
	uint64_t since; /* realtime clock, usec; 0: now */
	char module[32];
	enum event_kind kind;
	char state[16];
	char reason[2048];
	char next[512];
};

/*
 * Writes EV to FD as one line, in one write(2). Strings are cut to fit and control characters
 * escaped; T of 0 becomes now. 0 or -errno (-EPIPE: the supervisor is gone).
 */
int event_send(int fd, const struct event *ev);

/*
 * Reads one line of LEN bytes without its newline. -EBADMSG for anything but a flat object of known
 * keys with values of the right type, known kind and printable strings.
 */
int event_parse(const char *line, size_t len, struct event *ret);
