/* SPDX-License-Identifier: MIT */
/* reconcile.h -- one pass from the settings to the last event */
#pragma once

#include "agent/reconcile/report.h"

struct reconcile_opts {
	const char *root;   /* "/" for the machine */
	const char *module; /* plan and verify this one only; NULL: all */
	bool plan;	    /* no last step */
	const char *from;   /* the document came from there; NULL: there is none */
	const char *why;    /* why there is none */
	int fd_document;    /* -1: none */
	int fd_facts;	    /* -1: nobody wants them */
};

/* Runs one pass of MODULES and reports it. Returns the exit code of protocol.h. */
int reconcile_run(const struct reconcile_opts *opts, const struct module *const *modules,
		  struct report *report);

/* Puts back all that the manifest below ROOT lists. Returns the exit code of protocol.h. */
int restore_run(const char *root, struct report *report);

/* Reports one failure that kept the pass from starting. Returns the exit code for it. */
int report_failure(struct report *report, const char *module, const char *reason, const char *next);
