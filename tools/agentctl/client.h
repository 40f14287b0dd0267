/* SPDX-License-Identifier: MIT */
/*
 * client.h -- one call over the daemon's control socket
 *
 * Varlink: a JSON object each way, ended by a NUL; a call with "more" is answered by any number of
 * replies, all but the last with "continues".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/json.h"

struct client;

/*
 * Connects to the control socket below ROOT; all that follows must be over after TIMEOUT usec.
 * -ENOENT or -ECONNREFUSED: there is no daemon; -EACCES: not for this user; -ETIMEDOUT.
 */
int client_open(const char *root, uint64_t timeout, struct client **ret);
void client_free(struct client *c);
DEFINE_CLEANUP(struct client *, client_free)

/* Sends the call METHOD of io.envagent with PARAMETERS (taken over; NULL for none). */
int client_call(struct client *c, const char *method, struct json_object *parameters, bool more);

/* One reply; each is the caller's. */
struct client_reply {
	struct json_object *message;	/* owned */
	struct json_object *parameters; /* borrowed from MESSAGE; NULL if there are none */
	const char *error;		/* borrowed; NULL: no error */
	bool continues;
};
void client_reply_done(struct client_reply *r);
#define _cleanup_reply_ _cleanup_(client_reply_done)

/*
 * The next reply. -ETIMEDOUT; -ECONNRESET if the daemon hung up before its answer was whole;
 * -EBADMSG for what is no reply, -EFBIG for one of over 1 MiB.
 */
int client_next(struct client *c, struct client_reply *ret);
