/* SPDX-License-Identifier: MIT */
/*
 * door.h -- where the API is served: one listening socket, and who takes connections from it
 *
 * libmicrohttpd reads a certificate when it starts. When the files have changed another daemon
 * takes over the socket; the former one goes on with the connections that it has until they end.
 */
#pragma once

#include <microhttpd.h>

#include "agent/base/addr.h"
#include "tools/envmux/filewatch.h"

struct door_conf {
	struct addr addr;
	unsigned port;
	const char *certificate, *key; /* PEM files, borrowed; NULL: plain HTTP */
	enum MHD_Result (*on_request)(void *userdata, struct MHD_Connection *c, const char *url,
				      const char *method, const char *version, const char *data,
				      size_t *len, void **state);
	void (*on_completed)(void *userdata, struct MHD_Connection *c, void **state,
			     enum MHD_RequestTerminationCode why);
	void *userdata;
};

struct door;
/* Binds and listens. *ret_error (owned) says what failed. */
int door_open(const struct door_conf *conf, struct door **ret, char **ret_error);
/* No connection may be suspended. */
void door_close(struct door *d);
/* For on_completed: C is about to be closed, and not all of its request has come: see linger.h. */
void door_linger(struct door *d, struct MHD_Connection *c);
/* Readable when door_run() has something to do; the longest to wait for it, in ms; -1: for ever. */
int door_fd(const struct door *d);
int door_timeout(struct door *d);
/* Hears and answers. Another certificate, once it is whole, is for connections from then on. */
void door_run(struct door *d);
