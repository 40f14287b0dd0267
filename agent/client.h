/* SPDX-License-Identifier: MIT */
/* client.h -- the inside of one caller of the control socket, for control.c and client.c alone */
#pragma once

#include "agent/control.h"
#include "agent/varlink.h"

enum client_stage { CLIENT_IDLE, CLIENT_WAITING, CLIENT_RUNNING };

struct client {
	struct control *control;
	int fd;
	uid_t uid;
	sd_event_source *io;
	struct buf in, out;
	struct varlink_call call;
	enum client_stage stage;
	enum control_verb verb;
	uint64_t order;	 /* of its waiting call */
	uint64_t active; /* when it last did anything, usec monotonic */
};

struct control {
	sd_event *event;
	struct control_ops ops;
	char *path;
	int fd;
	sd_event_source *io;
	uint64_t calls;
	uint64_t plan_again; /* before this nobody but root gets a plan, usec monotonic */
	struct client *clients[CONTROL_CLIENTS];
};

/*
 * Takes the connection FD of a caller with user id UID over, also on failure, and puts it in
 * *PLACE.
 */
int client_new(struct control *control, int fd, uid_t uid, struct client **place);
void client_free(struct client *c);
/* Root; and who runs us, where that is not root (a daemon below a scratch root). */
bool client_privileged(const struct client *c);
