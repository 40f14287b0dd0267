/* SPDX-License-Identifier: MIT */
/* exchange.h -- one request over libmicrohttpd and its answer */
#pragma once

#include <microhttpd.h>

#include "tools/skysim/answer.h"

struct exchange {
	struct MHD_Connection *connection;
	struct answer answer;
	bool answered;
	/* the server's, while the connection is suspended */
	bool held;
	uint64_t due; /* usec, monotonic; UINT64_MAX: when a knob is changed */
	unsigned generation;
	struct exchange *next;
};

struct exchange *exchange_new(struct MHD_Connection *c);
void exchange_free(struct exchange *x);
/* Asks SIM for the answer and logs the request. 0 or -ENOMEM. */
int exchange_answer(struct exchange *x, struct sim *sim, const char *method, const char *path);
/* Queues the answer, or resets the connection; what the library's handler is to return. */
enum MHD_Result exchange_send(struct exchange *x);
