/* SPDX-License-Identifier: MIT */
/*
 * ready.c -- how far this host alone is, for what waits for rendered files and nothing else
 *
 * "settled" once a pass has brought about all that is local; "limit" if ReadyTimeoutSec= ends
 * before. Without any identity then, a pass with that knowledge comes first.
 */
#include "agent/pause.h"

#include <string.h>

#include "agent/sys/sys.h"

#define LIMIT_DEFAULT UINT64_C(30000000)

static void tell(struct manager *m, const char *how)
{
	m->local = how;
	status_local(m->status, how);
	manager_flush(m);
}

static bool settled(const struct manager *m)
{
	return strcmp(m->local, "settled") == 0;
}

bool ready_limit_over(const struct manager *m)
{
	return m->limit_over && m->task.kind != TASK_RESTORE &&
	       strcmp(m->identity.state, "unconfirmed") == 0;
}

uint64_t ready_left(const struct manager *m)
{
	uint64_t at, now = sys_now_monotonic();

	if (m->limit_over || settled(m) || !m->limit || sd_event_source_get_time(m->limit, &at) < 0)
		return UINT64_MAX;
	return at > now ? at - now : 0;
}

static int on_limit(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	m->limit_over = true;
	if (settled(m))
		return 0;
	if (!ready_limit_over(m) || !m->config.loaded || m->resting || pause_on(m)) {
		tell(m, "limit");
		return 0;
	}
	trigger_set(&m->triggers, TRIGGER_LIMIT);
	pass_next(m);
	return 0;
}

void ready_start(struct manager *m)
{
	uint64_t delay = m->config.loaded ? m->config.ready_timeout : LIMIT_DEFAULT;
	int r;

	r = sd_event_add_time_relative(m->event, &m->limit, CLOCK_MONOTONIC, delay, 0, on_limit, m);
	if (r < 0)
		log_warning_errno(r, "Cannot arm ReadyTimeoutSec=: %m");
}

void ready_pass(struct manager *m)
{
	const struct task *t = &m->task;
	bool whole = !t->module[0] && (t->kind == TASK_AUTO || t->kind == TASK_APPLY);

	if (settled(m) || !whole)
		return;
	if (t->ended && strcmp(t->result, "settled") == 0 && (t->found || !manager_skytap(m)))
		tell(m, "settled");
	else if (trigger_has(t->triggers, TRIGGER_LIMIT) || (m->limit_over && !ready_limit_over(m)))
		tell(m, "limit");
}
