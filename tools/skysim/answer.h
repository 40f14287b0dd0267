/* SPDX-License-Identifier: MIT */
/* answer.h -- what one request is answered with; no I/O, so tests call it as the server does */
#pragma once

#include "agent/base/buf.h"
#include "tools/skysim/auth.h"
#include "tools/skysim/count.h"
#include "tools/skysim/fault.h"
#include "tools/skysim/route.h"
#include "tools/skysim/world.h"

/* All that skysim knows. */
struct sim {
	struct world *world;
	struct auth auth;
	struct faults faults;
	struct count count;
	uint64_t requests; /* behind X-Request-ID */
};
void sim_done(struct sim *sim);

#define REQUEST_PARAMS_MAX 32
struct request_param {
	const char *key, *value; /* value NULL: "?key" */
};

/* Everything is borrowed; header values are NULL where the client sent none. */
struct request {
	const char *method, *path, *accept, *authorization, *host;
	struct addr peer;
	struct request_param params[REQUEST_PARAMS_MAX];
	size_t n_params;
};

enum delivery {
	DELIVER,
	DELIVER_NOT,  /* reset the connection */
	DELIVER_HELD, /* once a knob is changed */
	DELIVER_LATE, /* after ANSWER_LATE_MSEC */
	DELIVER_PART, /* half of the body, then the end */
};
#define ANSWER_LATE_MSEC 2000

struct answer {
	unsigned status;
	struct buf body;
	const char *type;
	enum delivery delivery;
	char range[64];		 /* Content-Range, or "" */
	char request_id[33];	 /* X-Request-ID, or "" */
	const char *retry_after; /* or NULL */
	bool authenticate;	 /* WWW-Authenticate */
	char vm[READER_ID_MAX];	 /* who asked for its metadata; for the log */
};
void answer_done(struct answer *a);

/* 0, or -ENOMEM with nothing in *ret that can be sent. */
int answer_request(struct sim *sim, const struct request *req, struct answer *ret);

/* The value of the first parameter KEY, "" if it has none; NULL if there is no such parameter. */
const char *request_param(const struct request *req, const char *key);

/* Sets status and body; takes DOC over, NULL is -ENOMEM. For answer.c and answer-rest.c. */
int answer_json(struct answer *a, unsigned status, struct json_object *doc);
int answer_error(struct sim *sim, struct answer *a, int version, unsigned status, const char *text);
/* The REST part: the reads of ROUTE, once the client has proved who it is. */
int answer_rest(struct sim *sim, const struct request *req, const struct route *route,
		struct answer *a);
