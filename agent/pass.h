/* SPDX-License-Identifier: MIT */
/*
 * pass.h -- the inside of a pass, for pass.c and its two halves
 *
 * pass-fetch.c knows how envagent-fetch is started and what its line means for the identity;
 * pass-reconcile.c the same for envagent-reconcile and its events, pass-leader.c for
 * envagent-leader, pass-retry.c when to try again. pass.c decides.
 */
#pragma once

#include "agent/manager.h"

typedef void (*pass_done)(void *userdata, const struct child_result *result);

/* Starts the task of a one-time run. */
void pass_once(struct manager *m);

int pass_start_fetch(struct manager *m, pass_done done);
/*
 * 0 if somebody answered; -ENOMSG if nobody did; another -errno if fetch itself failed. All but 0
 * with the reason in WHY.
 */
int pass_read_fetch(struct manager *m, const struct child_result *result, struct fetchline *ret,
		    char why[FETCH_LINE_MAX]);
/* The identity was read: adopts it and the document of the task. */
void pass_identity(struct manager *m, const struct fetchline *line);
/* Nobody answered. */
void pass_silent(struct manager *m, const char *why);

int pass_start_reconcile(struct manager *m, pass_done done);
/* True if envagent-leader has a part in the present task. */
bool pass_leader_due(const struct manager *m);
/* True if MODULE is one of envagent-leader's. */
bool pass_leader_has(const char *module);
int pass_start_leader(struct manager *m, pass_done done);
/*
 * Starts envagent-leader to give back what it holds elsewhere, its login at the load balancer: a
 * few seconds at most, then DONE. 0 if there is nothing to give back, or nobody to do it.
 */
bool pass_start_leave(struct manager *m, pass_done done);
void pass_judge_leader(struct manager *m, const struct child_result *result);

/* Whether a task that nobody in particular asked for goes on to a pass. */
bool pass_goes_on(struct manager *m);
/* A task has ended; TRIED: it met something that may come out otherwise next time. */
void pass_plan_retry(struct manager *m, bool tried);
/*
 * Nobody has answered since the start: perhaps this is no copy of anything, and there is nobody.
 * Then the identity check comes with the retries, each later than the one before, up to 5 min.
 */
bool pass_backs_off(const struct manager *m);

/* One line of a pass, of either program. */
int pass_line(void *userdata, const char *line, size_t len);

/* After its end: notes the trouble, if there was any. */
void pass_judge(struct manager *m, const struct child_result *result);

/* What the exit of PROGRAM says if it is no orderly end; NULL if it is one. Owned. */
char *pass_crash(const char *program, const struct child_result *result, uint64_t limit,
		 const char **ret_next);
