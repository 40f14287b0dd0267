/* SPDX-License-Identifier: MIT */
/*
 * web.h -- the pages over HTTP, on a Unix socket that only HAProxy reaches
 *
 * HAProxy hands over what no member serves; the Host header says what was asked for. Whatever the
 * method and the path, the answer is a page. The overview is made by SNAPSHOT (borrowed; NULL: at
 * once), while others go on.
 */
#pragma once

#include "tools/envmux/page.h"
#include "tools/envmux/snapshot.h"

struct web_conf {
	const char *path;	   /* of the socket, which is made anew, mode 0660 */
	char *const *base_domains; /* borrowed */
	struct snapshot *snapshot;
};

struct web;
int web_new(const struct web_conf *conf, struct store *store, struct bridge *bridge,
	    struct web **ret);
void web_free(struct web *w);
/* As server_fd(), server_timeout(), server_run() and server_again(). */
int web_fd(struct web *w);
int web_timeout(struct web *w);
void web_run(struct web *w);
void web_again(struct web *w);
