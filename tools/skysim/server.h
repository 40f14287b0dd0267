/* SPDX-License-Identifier: MIT */
/* server.h -- one thread, one epoll loop, a libmicrohttpd daemon for each address */
#pragma once

#include "tools/skysim/answer.h"

struct server;

/*
 * Listens on every address of LISTEN ("10.0.0.1:80", "[fd00::1]:80", port 0: any), a
 * NULL-terminated list. SIM and WORLD_FILE are borrowed; the file is read again on SIGHUP. -errno
 * with a sentence in *ret_error, owned by the caller.
 */
int server_new(struct sim *sim, const char *world_file, char *const *listen, struct server **ret,
	       char **ret_error);
/* "http://10.0.0.1:80" for the I-th address, with the real port; NULL behind the last. Borrowed. */
const char *server_url(const struct server *s, size_t i);
/* Serves until SIGTERM or SIGINT; 0 or -errno. */
int server_run(struct server *s);
void server_free(struct server *s);
DEFINE_CLEANUP(struct server *, server_free)
