/* SPDX-License-Identifier: MIT */
/* plan-private.h -- what the files plan*.c share; for nobody else */
#pragma once

#include "agent/reconcile/plan.h"

#define PLAN_OWED_PATH "/run/envagent/owed.json"

/* A change with what applying it needs to remember. */
struct planned {
	struct change c; /* first: plan_at() hands out its address */
	char *acl;	 /* of its write options */
	int error;	 /* it cannot be done: found before anything was touched */
	bool was_ours;	 /* PATH was in the manifest before this pass */
	/* what was at PATH before this pass, kept if a unit job may want it back */
	bool has_former;
	struct sys_stat former;
	char *former_data;
	size_t former_len;
	bool back;   /* it is there again: a job failed */
	char *words; /* what that job said, also when it is over */
};

/* Why a unit job is owed: by a file that changes, or by the module itself (cause NULL). */
struct owner {
	const char *module;
	struct planned *cause;
};

struct job {
	struct planned p; /* CHANGE_UNIT */
	struct owner *owners;
	size_t n_owners;
	bool owed; /* still, after it was tried */
};

/* A job that a former pass of this boot left undone. */
struct owed {
	char *module, *verb, *unit;
	bool taken; /* it is among the jobs of this plan */
};

struct plan {
	struct sys *sys;
	struct manifest *manifest;
	const char *module;
	struct planned **changes;
	size_t n_changes;
	struct job **jobs;
	size_t n_jobs;
	char **named; /* paths of plan_file_in() */
	struct owed *owed;
	size_t n_owed;
};

/* plan.c: a new change of the present module at the end; SUMMARY is taken over, NULL: -ENOMEM. */
int plan_add(struct plan *p, enum change_kind kind, char *summary, struct planned **ret);
/* VERB on UNIT is owed because of CAUSE, which may be NULL. 1 or -ENOMEM. */
int plan_job(struct plan *p, const char *verb, const char *unit, struct planned *cause);
/* Did any change of MODULE fail that others of it may depend on? */
bool plan_failed(const struct plan *p, const char *module);

/* plan-file.c: W asks for another owner than ST has. */
bool plan_owner_differs(const struct sys_write_opts *w, const struct sys_stat *st);
/* The same for the ACL of the file at PATH. */
bool plan_acl_differs(struct plan *p, const char *path, const struct sys_write_opts *w);

/* plan-owed.c */
int plan_owed_load(struct plan *p);
/* What was not taken into this plan, and of this plan's jobs those still owed. */
int plan_owed_save(struct plan *p);

/* plan-live.c: brings what C is about to change into the manifest, and changes it. */
int plan_live_begin(struct plan *p, const struct sys_net *net, const struct change *c);
int plan_live_do(struct plan *p, const struct change *c);
/* What was set for a moment, and is gone: the manifest need not know of it. */
void plan_live_over(struct plan *p);

/*
 * plan-remote.c: does the remote change AT and those that are done with it, reports them and adds
 * the failed ones to *failed. Returns how many they are.
 */
size_t plan_remote_do(struct plan *p, size_t at,
		      void (*report)(void *userdata, const struct change *c, int r,
				     const char *words),
		      void *userdata, int *failed);

/* plan-job.c: runs all jobs. Returns how many failed or were left out. */
int plan_jobs_do(struct plan *p,
		 void (*report)(void *userdata, const struct change *c, int r, const char *words),
		 void *userdata);
