/* SPDX-License-Identifier: MIT */
/*
 * template.h -- one template on its way through a pass, for the files template*.c
 *
 * All are rendered first; what differs is staged and checked; then what was accepted goes into the
 * plan. At each step a template can be *held*: its target stays as it is, the others go on.
 */
#pragma once

#include "agent/reconcile/module.h"
#include "modules/template/erb.h"

/* ---- template-conf.c ---- */

enum template_unknown { UNKNOWN_NEUTRAL, UNKNOWN_KEEP, UNKNOWN_ERROR };
enum template_drift { ON_DRIFT_REPAIR, ON_DRIFT_KEEP };

struct template_conf { /* [Template NAME] */
	char *source;
	char *target;
	char *owner, *group;
	unsigned mode;
	char *user; /* of Check= and of backticks; NULL: each its own */
	char *check, *check_tree;
	uint64_t check_timeout; /* usec; of each backtick, too */
	char *reload, *restart;
	bool allow_shell;
	int on_unknown, on_drift;
};

struct template_quiet { /* [Template]: usec */
	uint64_t quiet, quiet_max, splay;
};

extern const struct conf_item template_items[];
extern const struct conf_section template_sections[];

enum template_step {
	TEMPLATE_LIVE,	/* it is rendered and may go live */
	TEMPLATE_SAME,	/* the target has these bytes already */
	TEMPLATE_KEPT,	/* the target stays as it is, and that is no fault of the template */
	TEMPLATE_WAITS, /* for the quiet time, or for the next repair */
	TEMPLATE_HELD,	/* why and next say what is wrong */
};

struct template
{
	struct pass *pass;
	const char *name;
	struct template_conf conf;
	enum template_step step;
	bool unknown;  /* held, for a fact is not known yet */
	bool neutral;  /* rendered with an id that is none */
	bool drifted;  /* somebody else changed the target, which is put back */
	bool as_found; /* somebody else's mode, owner or ACL of the target stays */
	bool checked;  /* and accepted */
	char why[1024], next[512];
	char *real; /* the target, links followed */
	char *source_text;
	size_t source_len;
	struct erb_result text;
	struct sys_write_opts write;
};
void template_done(struct template *t);

/* Says why T is held, and what to type next. Returns 1: no error of the module. */
int template_hold(struct template *t, const char *next, const char *fmt, ...) _printf_(3, 4);

/* What T's section must say, and may not. 0, 1 held. */
int template_conf_check(struct template *t);
/* The same of all sections, and what two of them have in common: a line each. 0 or -ENOMEM. */
int template_conf_check_all(const struct conf *conf, struct buf *faults);
/* How the target is written: its own mode and owner stay unless the section says otherwise. */
int template_write_opts(struct template *t);

/* ---- template-render.c: 0, 1 held, -errno ---- */
int template_render(struct template *t);

/* ---- template-target.c ---- */

/* Whether the target is as it shall be, or somebody else's, or can never be written. 0, 1, -errno
 */
int template_look(struct template *t);
/*
 * Holds back what would reload a unit, until for some time nothing has changed any more. 0 or
 * -ENOMEM.
 */
int template_wait(struct pass *pass, const struct template_quiet *c, struct template *all,
		  size_t n);
/* Remembers what units did not take; the same text is held then, until a person asks. */
void template_applied(struct pass *pass);
/* Puts T into the plan. 0, 1, -errno. */
int template_target(struct template *t);

/* ---- template-check.c ---- */

/* Stages all that goes live and runs the checks; what one refuses is held. 0 or -errno. */
int template_check_all(struct template *all, size_t n);

/* ---- template-tree.c ---- */

/*
 * Copies the directory FROM to TO, which must not be there: files, links, directories with their
 * modes and owners; links into FROM lead into TO then, those out of it where they led. -E2BIG if it
 * is no tree of configuration files but something larger.
 */
int template_tree_copy(struct sys *sys, const char *from, const char *to);
/* Removes PATH and all below it; 0 too if there is none. */
int template_tree_remove(struct sys *sys, const char *path);
