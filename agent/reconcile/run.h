/* SPDX-License-Identifier: MIT */
/* run.h -- one pass under way: what run.c sets up and reconcile.c goes through; for nobody else */
#pragma once

#include "agent/reconcile/credential.h"
#include "agent/reconcile/kept.h"
#include "agent/reconcile/options.h"
#include "agent/reconcile/reconcile.h"

/* All that one pass owns. */
struct run {
	const struct reconcile_opts *opts;
	const struct program *program;
	const struct module *const *modules; /* of the program */
	struct report *report;
	struct credential *credentials;
	size_t n_credentials;
	struct sys *sys;
	struct options *options;
	struct conf *conf; /* refers to OPTIONS: goes first */
	struct settings *settings;
	struct manifest *manifest;
	struct kept *kept;
	struct plan *plan;
	struct sys_net net;
	char *document;
	size_t n;
	struct module_result *results; /* of each module */
	bool *stopped;		       /* a slot or a change failed: no further slots */
	struct pass pass;
	size_t changes;
};

/*
 * Reads all that a pass starts from: settings, manifest, memory, links, document. RUN has its opts,
 * program, modules and report. 0, or the exit code once the failure was reported.
 */
int run_begin(struct run *run);
void run_done(struct run *run);

/* The index of the module called NAME; run->n if there is none. */
size_t run_module(const struct run *run, const char *name);
