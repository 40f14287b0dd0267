/* SPDX-License-Identifier: MIT */
/*
 * http.h -- HTTP for the leader: one server, kept connections, deadlines
 *
 * Linked by envagent-leader alone (libcurl). Part of the seam to the machine, beside sys.h.
 *
 * A write session is: open a connection by reading, read the identity, then write on that very
 * connection. sys_http_pin() makes it so: from then on no new connection is opened, and a lost one
 * ends the session with -ECONNABORTED. A copy of this VM has another NAT source, so a connection
 * from before the copy does not live on in it.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#include "agent/base/buf.h"

#define SYS_HTTP_BODY_MAX (8u * 1024 * 1024)

struct sys_http;

struct sys_http_opts {
	const char *url;     /* "https://10.9.0.80:8443", no path; http and https only */
	const char *ca_file; /* trusted in place of the system's CAs; NULL: the system's */
	uint64_t timeout;    /* usec, for each exchange as a whole */
};

struct sys_http_reply {
	long status;
	char *body; /* NUL-ended, "" if empty */
	size_t len;
	time_t date;	      /* the Date header, the server's clock; 0 if there was none */
	unsigned retry_after; /* seconds, 0 if there was none */
	bool json;	      /* Content-Type is application/json */
};
void sys_http_reply_done(struct sys_http_reply *r);

int sys_http_open(const struct sys_http_opts *opts, struct sys_http **ret);
void sys_http_free(struct sys_http *h);
DEFINE_CLEANUP(struct sys_http *, sys_http_free)

/* "user:password" for Basic on every request from now on; NULL for none. Copied, wiped when freed.
 */
int sys_http_basic(struct sys_http *h, const char *userpwd);

/*
 * One exchange: METHOD PATH with HEADERS ("Name: value", NULL-ended, may be NULL) and BODY (NULL:
 * none). 0 with any HTTP status in *ret; redirects are not followed. -errno without an answer:
 * -ECONNREFUSED, -EHOSTUNREACH, -ENOENT (the name does not resolve), -ETIMEDOUT, -EKEYREJECTED (the
 * certificate does not verify), -ECONNABORTED (pinned, the connection is gone, and nothing was
 * sent), -ECONNRESET (lost in the middle: a write's outcome is unknown), -EMSGSIZE, -EIO.
 * sys_http_words() says it in words.
 */
int sys_http_do(struct sys_http *h, const char *method, const char *path,
		const char *const *headers, const char *body, struct sys_http_reply *ret);

/* No new connection from now on; false: allowed again. */
void sys_http_pin(struct sys_http *h, bool pinned);

/* What went wrong last, for people: "https://10.9.0.80:8443: connection refused". Borrowed. */
const char *sys_http_words(const struct sys_http *h);
