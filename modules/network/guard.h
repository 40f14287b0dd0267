/* SPDX-License-Identifier: MIT */
/*
 * guard.h -- a process that takes a switch back unless somebody says in time that it holds
 *
 * Forked by the pass before the first change, in a scope of its own where systemd runs. It holds
 * the checkpoint and a socket to the pass: closed without a word, the switch is taken back at once;
 * a pass that hangs is killed when the time is up, and the switch is taken back.
 *
 * What is decided is the name of the checkpoint, GUARD_DIR/ID.open (0600): whoever renames it
 * decides, and there is one rename. .wait: the probes are passed, and a person is to confirm;
 * .kept: it holds; .back: it is being taken back. Whoever finds .open, .wait or .back that no guard
 * holds (a record lock) takes it back.
 */
#pragma once

#include "agent/reconcile/module.h"

#define GUARD_DIR "/run/envagent/switch"

struct guard;

/*
 * Keeps CP, the checkpoint before the switch to WANTED, and starts a guard that gives the switch
 * CONFIRM usec, a year at most. 0 once it watches; -errno with nothing left of it.
 */
int guard_start(struct sys *sys, struct json_object *cp, const char *wanted, uint64_t confirm,
		struct guard **ret);
/* The switch holds. -ECANCELED: too late, it is taken back. */
int guard_commit(struct guard *g);
/* The switch holds if a person confirms it within CONFIRM usec, which goes on without us. */
int guard_wait(struct guard *g);
/* Takes the switch back, and returns when that is done: 0 or the first -errno of it. */
int guard_back(struct guard *g, const char *reason);
/* A switch that is neither committed nor handed over is taken back. */
void guard_free(struct guard *g);
DEFINE_CLEANUP(struct guard *, guard_free)

enum guard_state {
	GUARD_NONE,
	GUARD_BUSY,    /* a switch is under way, or being taken back */
	GUARD_WAITING, /* for a person */
	GUARD_ORPHAN,  /* the guard is dead, too */
};

struct guard_found {
	enum guard_state state;
	char id[32];
	pid_t pid; /* the guard's */
};
/* What switch there is that another pass began. */
int guard_find(struct sys *sys, struct guard_found *ret);
/* A person says that the one that waits holds. -ECANCELED: too late. */
int guard_confirm(struct sys *sys, const struct guard_found *found);
/* A person says that the one that waits does not hold; returns when it is taken back. */
int guard_undo(struct sys *sys, const struct guard_found *found);
/* Takes an orphan back. */
int guard_recover(struct sys *sys, const struct guard_found *found);
