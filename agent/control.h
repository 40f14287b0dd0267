/* SPDX-License-Identifier: MIT */
/*
 * control.h -- the control socket: who may ask for what, and the answers on their way
 *
 * At most CONTROL_CLIENTS at a time, four of them kept free for root. A client sends one call after
 * the other; a call that needs a pass waits in its client until the manager takes it. A client that
 * does not read, sends no call for a while or sends rubbish is hung up on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "agent/base/event.h"

#define CONTROL_CLIENTS 16
#define CONTROL_OUT_MAX (256u * 1024)
#define CONTROL_IDLE_USEC UINT64_C(60000000)
/*
 * A plan runs what facts and templates ask for. Of callers who are not root one at a time has one
 * made or waits for it, and none so soon after the last: the others are told to come again.
 */
#define CONTROL_PLAN_PAUSE_SEC 3

enum control_verb { CONTROL_PLAN, CONTROL_APPLY, CONTROL_RESTORE };

struct control;
struct client;

/* What a client calls for; the strings are its own, "" for what it left out. */
struct control_call {
	enum control_verb verb;
	const char *module;
	const char *leader_verb; /* "register", "drain" */
};

struct control_ops {
	/* A call waits: see control_next(). */
	void (*waiting)(void *userdata);
	/* Reads the configuration again; 0, or -errno with a sentence in *ret_error, owned. */
	int (*reload)(void *userdata, char **ret_error);
	/* 0 and *ret_until (usec realtime), *ret_busy: a pass is under way; or -errno. BY: a name.
	 */
	int (*pause)(void *userdata, int64_t seconds, const char *by, uint64_t *ret_until,
		     bool *ret_busy);
	/* False if there was no pause. */
	bool (*resume)(void *userdata);
	/* This client is gone: nothing more may be sent to it. */
	void (*gone)(void *userdata, struct client *client);
	void *userdata;
};

/*
 * Listens at PATH. A socket that nobody listens at is replaced; -EADDRINUSE if somebody does;
 * -ENAMETOOLONG.
 */
int control_open(sd_event *event, const char *path, const struct control_ops *ops,
		 struct control **ret);
/* 1 if somebody listens at PATH, 0 if not, -errno. */
int control_alive(const char *path);
/* Removes the socket, too. */
void control_free(struct control *c);

/*
 * The client whose call has waited longest, with what it wants; NULL if none waits. Those of root
 * come first; with ROOT_ONLY the others are not asked for.
 */
struct client *control_next(struct control *c, bool root_only, struct control_call *ret);
/* One line of its pass; kept from it if it did not say "more", a diff if it is not root. */
void client_event(struct client *client, const struct event *ev);
/* The end of its pass. */
void client_result(struct client *client, const char *result, int changes);
/* ERROR without the interface: "Failed", "ConfigError". REASON may be NULL. */
void client_error(struct client *client, const char *error, const char *reason);

/* Hangs up on who has been idle too long. Called now and then; makes no wake-up of its own. */
void control_sweep(struct control *c, uint64_t now);
