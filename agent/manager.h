/* SPDX-License-Identifier: MIT */
/*
 * manager.h -- the one long-lived object of the supervisor
 *
 * Holds the configuration, the event sources, and what is known about identity and host. manager.c
 * makes it, wake.c hears what wakes us; pass.c runs the children of one task after the other;
 * condition.c says in words how we are.
 */
#pragma once

#include "agent/backoff.h"
#include "agent/base/protocol.h"
#include "agent/calm.h"
#include "agent/child.h"
#include "agent/clockwatch.h"
#include "agent/config.h"
#include "agent/control.h"
#include "agent/fetchline.h"
#include "agent/journal.h"
#include "agent/netwatch.h"
#include "agent/once.h"
#include "agent/status.h"
#include "agent/trigger.h"
#include "agent/watch.h"

enum manager_mode {
	MANAGER_RUN, /* until a signal */
	MANAGER_ONCE_APPLY,
	MANAGER_ONCE_PLAN,
	MANAGER_ONCE_RESTORE,
	MANAGER_ONCE_CHECK, /* a plan of which only a refused configuration is told */
};

struct manager_opts {
	enum manager_mode mode;
	const char *root;    /* "/" for the machine */
	const char *libexec; /* where the children are */
	const char *module;  /* NULL: all; once only */
	bool json;	     /* events as they come; once only */
};

enum task_kind {
	TASK_AUTO,
	TASK_PLAN,
	TASK_APPLY,
	TASK_RESTORE,
	TASK_RENEW, /* a plan of this host, then the leader's lease: pause.h */
};

/* What is being done: a fetch, then perhaps a reconcile, then perhaps the leader. */
struct task {
	enum task_kind kind;
	struct triggers triggers;
	char module[32];	  /* "": all */
	struct client *client;	  /* who waits for it; NULL: nobody */
	bool found;		  /* this task has read the identity */
	char why[FETCH_LINE_MAX]; /* it has not: why */
	int document;		  /* what fetch fills; -1 */
	bool ended;		  /* the child's last line came */
	int changes;
	uint64_t after; /* usec: who was asked wants to be left alone that long; 0: did not say */
	char result[16];
	int facts;     /* what reconcile writes and leader reads; -1 */
	int brought;   /* what the leader writes: facts of its own; -1 */
	bool leading;  /* it is the leader's turn */
	char verb[16]; /* for the leader: "register", "drain", "renew"; "" */
};

/* What went wrong with a child, until one of its kind does well again. */
struct trouble {
	char *reason; /* NULL: nothing */
	const char *next;
};

/* See pause.h. */
struct pause {
	uint64_t until; /* usec realtime; 0: none */
	char by[PAUSE_BY_MAX + 1];
	bool looked; /* since the start, for a lease that is to be renewed */
	sd_event_source *timer;
};

struct manager {
	struct manager_opts opts;
	char *status_path, *control_path;
	bool journal;
	uint64_t watchdog; /* usec, 0: systemd does not watch */
	struct sys *sys;
	sd_event *event;
	sd_event_source *check, *retry, *flush, *limit;
	struct watch *watch;
	struct netwatch *net;
	struct clockwatch *clock;
	struct control *control;
	struct status *status;

	struct config config;
	char *config_error;
	struct trouble fetch_trouble, reconcile_trouble, leader_trouble;

	struct triggers triggers;
	struct backoff backoff;
	enum trigger retry_as; /* what the retry timer stands for */

	struct child *child;
	struct task task;
	struct pause pause;
	bool busy, stopping, resting;

	/* identity */
	struct status_identity identity;
	int document;	/* sealed; -1: none */
	bool confirmed; /* by this process, once */
	bool attempted; /* a whole pass has ended, well or not, with this identity */
	bool fresh;	/* a whole pass has ended well with this identity */
	char *copy_of;	/* the environment that it was, while the copy is being settled */
	bool doubt;	/* the clock was set, and nobody has confirmed the identity since */
	bool silent;	/* the last fetch found nobody */
	char *silent_why;
	bool waiting;	    /* for a network */
	bool local_done;    /* what needs no identity has been done since the world last changed */
	bool owed;	    /* a module is not content */
	uint64_t lease_due; /* monotonic usec: when the leader is to look at its lease; 0: never */
	uint64_t due;	    /* monotonic usec: when a module wants a pass; 0: none does */
	bool limit_over;    /* ReadyTimeoutSec= has ended */
	const char *local;  /* status.h: status_local() */
	bool leads;	    /* this host has the role leader, as the last pass read it */

	unsigned passes;
	uint64_t file_stamp; /* of the file provider's file */
	enum state said;     /* the state last told to systemd ... */
	enum state told;     /* ... and to the journal */
	struct calm calm;    /* for what a gateway that comes and goes would have told */
	bool refused;	     /* the configuration, in a check */
	struct once once;    /* what a one-time run has told */
};

int manager_new(const struct manager_opts *opts, struct manager **ret);
void manager_free(struct manager *m);
/* Until a signal, or once. The exit code, or -errno. */
int manager_run(struct manager *m);

/* Something changed that readers of the status may want: it is written when all is quiet. */
void manager_flush(struct manager *m);
/* Wakes the manager after DELAY as if WHICH had happened; UINT64_MAX: not at all. */
void manager_retry(struct manager *m, enum trigger which, uint64_t delay);
bool manager_once(const struct manager *m);
bool manager_skytap(const struct manager *m);
/* PATH below the root, owned; NULL without memory. */
char *manager_path(const struct manager *m, const char *path);

/* pass.c: starts what is due, unless something runs. */
void pass_next(struct manager *m);
/* Nothing runs any more: what the leader holds elsewhere is given back, then the loop ends. */
void pass_stop(struct manager *m);

/* ready.c: ReadyTimeoutSec= begins ... */
void ready_start(struct manager *m);
/* ... and envagent-reconcile has ended: what that says of this host alone. */
void ready_pass(struct manager *m);
/* ReadyTimeoutSec= has ended and there never was an identity. */
bool ready_limit_over(const struct manager *m);
/* How long the limit is off, usec; UINT64_MAX if nobody waits for it any more. */
uint64_t ready_left(const struct manager *m);

/* condition.c: the supervisor's own state, from its fields, into the status ... */
void condition_update(struct manager *m);
/* ... and the host's state to the status file, systemd and the journal. */
void condition_tell(struct manager *m);
int condition_on_flush(sd_event_source *s, void *userdata);
void trouble_set(struct trouble *t, char *reason, const char *next);
void trouble_clear(struct trouble *t);
