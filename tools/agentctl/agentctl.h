/* SPDX-License-Identifier: MIT */
/*
 * agentctl.h -- one call of agentctl: what was typed, where the answer goes, how it ends
 *
 * A verb is a file and a row in verbs.c. It reads files and the control socket of the agent; it
 * knows their form from agent/base/protocol.h and links nothing else of the agent but the pure
 * template renderer.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* How agentctl ends: fixed for ever, scripts depend on it. */
enum ctl_exit {
	CTL_READY = 0, /* also: the command did what it should */
	CTL_ERROR = 1,
	CTL_USAGE = 2,
	CTL_DEGRADED = 3,
	CTL_CONVERGING = 4,
	CTL_FAILED = 5,
	CTL_NOT_RUNNING = 6,
	CTL_TIMEOUT = 7,
	CTL_QUARANTINED = 8,
};

/* The options that a verb takes; --help, --root and --color are everybody's. */
enum ctl_option {
	CTL_JSON = 1 << 0,
	CTL_MODULE = 1 << 1,
	CTL_FACTS = 1 << 2,
	CTL_FOR = 1 << 3,
	CTL_WAIT = 1 << 4, /* --timeout */
	CTL_OUTPUT = 1 << 5,
};

struct ctl {
	FILE *out, *err;
	const char *root; /* "" for the machine, else a directory without a closing slash */
	bool color, utf8; /* for OUT */
	bool tty;	  /* OUT is a terminal */
	bool json;
	const char *module; /* --module, NULL for all */
	const char *facts;  /* --facts, NULL */
	bool wait_local;    /* --for local */
	const char *output; /* --output, NULL */
	bool quiet;	    /* no pass of our own where there is no daemon */
	uint64_t timeout;   /* --timeout, usec; 0: the verb's own */
	char **args;	    /* what follows the verb, NULL-ended */
};

struct ctl_verb {
	const char *name;
	const char *args;    /* "[NAME]", as the usage line shows it */
	const char *summary; /* one line */
	const char *help;    /* paragraphs for --help */
	unsigned options;
	int min_args, max_args;
	/* Returns an exit code. Has said on ctl->err what went wrong. */
	int (*run)(struct ctl *ctl);
};

/* In the order of the help; ended by {}. verbs.c */
extern const struct ctl_verb ctl_verbs[];
const struct ctl_verb *ctl_verb_find(const char *name);

/* All of agentctl: parses ARGV, runs the verb, returns the exit code. cli.c */
int ctl_main(int argc, char **argv, FILE *out, FILE *err);
/* The overview of all verbs, or the page of one (NULL: the overview). */
void ctl_usage(FILE *out, const struct ctl_verb *verb);

int ctl_status(struct ctl *ctl);
int ctl_wait(struct ctl *ctl);
int ctl_plan(struct ctl *ctl);
int ctl_apply(struct ctl *ctl);
int ctl_lb(struct ctl *ctl);
int ctl_net(struct ctl *ctl);
int ctl_restore(struct ctl *ctl);
int ctl_seal(struct ctl *ctl);
int ctl_pause(struct ctl *ctl);
int ctl_resume(struct ctl *ctl);
int ctl_reload(struct ctl *ctl);
int ctl_config(struct ctl *ctl);
int ctl_init(struct ctl *ctl);
int ctl_collect(struct ctl *ctl);
int ctl_doctor(struct ctl *ctl);
int ctl_facts(struct ctl *ctl);
int ctl_explain(struct ctl *ctl);
int ctl_diff(struct ctl *ctl);
int ctl_render(struct ctl *ctl);
int ctl_version(struct ctl *ctl);
int ctl_help(struct ctl *ctl);
