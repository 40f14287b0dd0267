/* SPDX-License-Identifier: MIT */
/*
 * module.h -- what a module is
 *
 * A module turns facts and options into changes for one corner of the machine. Its code is plain
 * and blocking with deadlines. The options are a section [Section] with the module's own keys and
 * Manage= (yes by default), which main handles: with Manage=no no slot below is called. A module
 * without a section has no options, and no Manage=. A slot left out does not apply.
 */
#pragma once

#include "agent/base/event.h"
#include "agent/base/log.h"
#include "agent/base/settings.h"
#include "agent/reconcile/facts.h"
#include "agent/reconcile/plan.h"

/* One reconciliation, as the modules see it. */
struct pass {
	struct sys *sys;
	const struct conf *conf;
	const struct settings *settings;
	struct facts *facts;	    /* written in the facts slots only */
	struct plan *plan;	    /* written in the plan slots only */
	struct manifest *manifest;  /* plan.c writes it; modules may look */
	const struct sys_net *net;  /* the machine's links, read once at the start */
	struct json_object *state;  /* this module's own state, kept over passes of one boot in
				       /run/envagent/reconcile.json; an object, change it freely */
	const struct host_row *own; /* this host's [Host] row, or NULL */
	bool planning;		    /* a pass without its last step: verify is not called */
	const struct credential *credentials; /* what pass_credential() looks in */
	size_t n_credentials;
	const char *verb; /* what a person asked for: "register", "drain"; "renew"; or NULL */
	unsigned number;  /* whole passes since the supervisor started; 0 in its first */
	bool by_hand;	  /* a person asked for this pass */
	/*
	 * ReadyTimeoutSec= has ended, and no identity was read in this boot: what waits for one is
	 * released after this pass.
	 */
	bool limit_over;
	/* of the metadata fetch, for the metadata module: */
	const char *document; /* NULL: there is none */
	size_t document_len;
	const char *document_from;  /* the address that answered, NULL if none did */
	const char *document_error; /* why there is none, NULL if there is one */
	unsigned after;		    /* seconds: the longest Retry-After that a module was told */
	/* how pass_state() of the running module comes out; main reads it */
	struct module_result *result;
	const char *module;	 /* the running one; static */
	struct watches *watches; /* pass_watch() writes it; NULL: none yet */
	uint64_t again;		 /* pass_again(), usec; 0: nobody asked */
};

/* A secret by name, from a descriptor of the supervisor. */
struct credential {
	char *name, *text;
};

struct module_result {
	enum state state; /* _STATE_MAX: nothing was said */
	char reason[2048];
	char next[512];
};

struct module {
	const char *name;	       /* "dns" */
	const char *section;	       /* "Dns"; NULL: none */
	const struct conf_item *items; /* of [Section]; a {}-ended table, NULL if there are none */
	size_t size;
	const struct conf_section *sections; /* further named ones, {}-ended; may be NULL */

	/*
	 * What is wrong with the sections beyond a single key: a line for each fault, with its
	 * place. Looks at CONF alone. Asked by envagentd --check; a pass finds the same faults
	 * where they matter. 0 or -ENOMEM.
	 */
	int (*check)(const struct conf *conf, struct buf *faults);
	/* Adds facts. Runs for all modules before any plan. */
	int (*facts)(struct pass *pass, const void *conf);
	/* Compares what is wanted with what is there and adds changes. Touches nothing. */
	int (*plan)(struct pass *pass, const void *conf);
	/* After the changes, whatever became of them: the module looks at its own in the plan. */
	void (*applied)(struct pass *pass, const void *conf);
	/*
	 * After the changes: asks the world whether it is so. Called on a settled pass too, but not
	 * if an earlier slot or a change of the module failed.
	 */
	int (*verify)(struct pass *pass, const void *conf);
	/*
	 * The agent stops in good order, or all is put back: gives back what the module holds
	 * elsewhere for its own use. Without facts, plan and credentials, within two seconds.
	 */
	int (*leave)(struct pass *pass);
};

/*
 * What people read about this module: a state and one sentence without a stop, and what to type
 * next (may be NULL or ""). Called any number of times; the worst state wins, among equals the
 * first, but a READY replaces a READY. A slot that returns below zero without having called this is
 * reported as failed with the text of its errno. A module that never calls it is ready.
 */
void pass_state(struct pass *pass, enum state state, const char *next, const char *fmt, ...)
	_printf_(4, 5);

/*
 * A pass shall follow soon after somebody else changes, replaces or removes the file at PATH, which
 * need not exist; of a link, the file behind it as well. To be called in each pass, from the facts
 * or plan slot, before the file is read. What this pass itself writes there is no such change.
 * -ENOSPC beyond WATCH_MAX files in all, -EINVAL for a name that is not printable: then changes are
 * seen by the next pass only.
 */
int pass_watch(struct pass *pass, const char *path);
/* Another pass is due in that many microseconds, whatever happens; the least of all counts. */
void pass_again(struct pass *pass, uint64_t usec);

/*
 * Who was asked wants to be left alone for SECONDS (Retry-After); 0: did not say. The longest of a
 * pass puts off the next try, within five minutes.
 */
void pass_after(struct pass *pass, unsigned seconds);

/*
 * The secret called NAME, as the supervisor handed it over ("user:password" as a rule), without a
 * closing newline; NULL if there is none. Borrowed. Only envagent-leader has any.
 */
const char *pass_credential(const struct pass *pass, const char *name);

/* True if this host has ROLE (fact "roles"); false if the roles are unknown: pass_roles_known(). */
bool pass_has_role(const struct pass *pass, const char *role);
bool pass_roles_known(const struct pass *pass);
/* The link with that MAC in text, or name; NULL if there is none. */
const struct sys_link *pass_link_by_mac(const struct pass *pass, const char *mac);
const struct sys_link *pass_link_by_name(const struct pass *pass, const char *name);

/* The remote modules: registry-leader.c. NULL-ended. */
extern const struct module *const modules_leader[];

/* The local modules in the order of a pass: registry-local.c. NULL-ended. */
extern const struct module *const modules_local[];
