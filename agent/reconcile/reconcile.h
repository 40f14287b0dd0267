/* SPDX-License-Identifier: MIT */
/* reconcile.h -- one pass from the settings to the last event */
#pragma once

#include "agent/reconcile/report.h"

/* What differs between envagent-reconcile and envagent-leader: registry-*.c defines the one. */
struct program {
	const char *name;
	const struct module *const *modules;
	/*
	 * Not on this host: the facts come from the descriptor, there is no manifest, and what is
	 * remembered lies in the program's own folder.
	 */
	bool remote;
	/* Gives up what the program does not need, before the first byte from outside; may be NULL.
	 */
	int (*confine)(void);
};
extern const struct program program;

struct reconcile_opts {
	const char *root;	  /* "/" for the machine */
	const char *module;	  /* plan and verify this one only; NULL: all */
	bool plan;		  /* no last step */
	const char *from;	  /* the document came from there; NULL: there is none */
	const char *why;	  /* why there is none */
	const char *verb;	  /* for the modules; NULL */
	bool by_hand;		  /* a person asked */
	bool limit;		  /* ReadyTimeoutSec= has ended without an identity */
	bool leave;		  /* no pass: leave_run() */
	unsigned number;	  /* whole passes that the caller has seen before this one */
	char *const *credentials; /* names, NULL-ended, of what is behind fd_credentials; or NULL */
	int fd_credentials;
	int fd_document; /* -1: none; of a remote program: where its own facts go */
	int fd_facts;	 /* -1: nobody wants them */
};

/* Runs one pass of program P and reports it. Returns the exit code of protocol.h. */
int reconcile_run(const struct reconcile_opts *opts, const struct program *p,
		  struct report *report);

/* Gives back what the modules of P hold elsewhere. Returns the exit code of protocol.h. */
int leave_run(const struct reconcile_opts *opts, const struct program *p, struct report *report);

/*
 * Whether the configuration below ROOT is right, for all of MODULES: reports a state of "config"
 * for each fault, and neither looks at the machine nor runs anything. Exit codes of protocol.h.
 */
int check_run(const char *root, const struct module *const *modules, struct report *report);

/* Puts back all that the manifest below ROOT lists. Returns the exit code of protocol.h. */
int restore_run(const char *root, struct report *report);
