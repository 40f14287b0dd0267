/* SPDX-License-Identifier: MIT */
/* server.h -- HTTP in front of the API: libmicrohttpd, driven from the main loop */
#pragma once

#include "tools/envmux/api.h"

struct server_conf {
	struct addr addr;
	unsigned port;
	/* PEM files, borrowed; NULL: plain HTTP (a loopback address only). */
	const char *certificate, *key;
};

struct server;
/* Binds and listens. *ret_error (owned) says what failed. */
int server_new(const struct server_conf *conf, struct api *api, struct server **ret,
	       char **ret_error);
void server_free(struct server *s);
/* Readable when server_run() has something to do. */
int server_fd(struct server *s);
/* The longest that the loop may wait, in ms; -1: for ever. */
int server_timeout(struct server *s);
/* Answers what has come. */
void server_run(struct server *s);
/* Those whose answer was being made ask again, with the next server_run(). */
void server_again(struct server *s);
