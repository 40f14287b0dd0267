/* SPDX-License-Identifier: MIT */
/*
 * varlink.h -- messages of the control socket as text (https://varlink.org); no I/O
 *
 * A message is one JSON object, ended by a NUL.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/event.h"
#include "agent/base/json.h"
#include "agent/base/protocol.h"

#define VARLINK_MESSAGE_MAX (64u * 1024)
#define VARLINK_INTERFACE "io.envagent"
#define VARLINK_METHOD_MAX 64

struct varlink_call {
	char method[VARLINK_METHOD_MAX];
	char module[32];		    /* parameters.module, "" if absent */
	char verb[16];			    /* parameters.verb, the same: "register" or "drain" */
	char interface[VARLINK_METHOD_MAX]; /* parameters.interface, "" if absent */
	char by[PAUSE_BY_MAX + 1];	    /* parameters.by, "" if absent: a name */
	int64_t seconds;		    /* parameters.seconds, 1 to PAUSE_SEC_MAX; 0: absent */
	bool more, oneway;
	const char *bad; /* the parameter that is wrong, static; NULL if none is */
};

/*
 * Takes the first whole message off IN. 1 with *ret, 0 if none is whole yet, -EBADMSG if it is no
 * call (the caller hangs up), -ENOMEM.
 */
int varlink_take(struct buf *in, struct varlink_call *ret);

/* True for a person's name that may stand in a status or log line. */
bool varlink_name_valid(const char *name);

/* One message onto OUT. PARAMETERS is taken over; NULL is {}. */
int varlink_reply(struct buf *out, struct json_object *parameters, bool continues);
/* An error with one parameter; KEY may be NULL. */
int varlink_error(struct buf *out, const char *error, const char *key, const char *value);
/* { "event": { ... } } with "continues". */
int varlink_event(struct buf *out, const struct event *ev);

/* What org.varlink.service answers. */
int varlink_info(struct buf *out);
int varlink_description(struct buf *out);
