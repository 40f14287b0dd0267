/* SPDX-License-Identifier: MIT */
/* pass-retry.c -- whether a pass is due, and when the next one or a fetch is, by itself */
#include "agent/pass.h"
#include "agent/pause.h"
#include "agent/sys/sys.h"

/* Without a pause and a rest. */
static bool pass_due(const struct manager *m)
{
	const struct task *t = &m->task;
	struct triggers why = t->triggers;

	if (trigger_by_hand(why))
		return true;
	if (t->found || !manager_skytap(m)) {
		why.bits &= ~(1u << TRIGGER_RETRY);
		return !m->attempted || trigger_wants_pass(why) ||
		       (trigger_has(t->triggers, TRIGGER_RETRY) && m->owed);
	}
	if (trigger_has(why, TRIGGER_FILE) || trigger_has(why, TRIGGER_DUE) ||
	    trigger_has(why, TRIGGER_LIMIT))
		return true;
	/* Without an identity: once, for what needs none. */
	if (m->local_done)
		return false;
	if (m->waiting)
		return trigger_has(why, TRIGGER_LOCAL) ||
		       (m->confirmed && trigger_has(why, TRIGGER_NETWORK));
	return !m->confirmed || trigger_has(why, TRIGGER_NETWORK);
}

bool pass_goes_on(struct manager *m)
{
	if (m->resting)
		return false;
	return pause_on(m) ? pause_renews(m) : pass_due(m);
}

/* A module may want a pass sooner than that. */
static void plan_due(struct manager *m)
{
	uint64_t now = sys_now_monotonic(), at = UINT64_MAX;
	int on = SD_EVENT_OFF;

	if (!m->due || m->resting || pause_on(m))
		return;
	sd_event_source_get_enabled(m->retry, &on);
	if (on != SD_EVENT_OFF)
		sd_event_source_get_time(m->retry, &at);
	if (m->due < at)
		manager_retry(m, TRIGGER_DUE, m->due > now ? m->due - now : 0);
}

/*
 * What somebody asked for by hand tells of the moment: it puts off no try that is due anyway, and
 * makes no later one wait longer. But who said when to come back is not asked before that.
 */
static void retry(struct manager *m, bool tried)
{
	const struct task *t = &m->task;
	bool armed = m->retry_as == TRIGGER_RETRY || m->retry_as == TRIGGER_DUE;
	bool by_hand = t->kind != TASK_AUTO;
	uint64_t delay;

	if (armed && !t->after && (by_hand || !tried))
		return;
	delay = by_hand ? backoff_same(&m->backoff) : backoff_next(&m->backoff);
	manager_retry(m, TRIGGER_RETRY, backoff_after(&m->backoff, delay, t->after));
}

void pass_plan_retry(struct manager *m, bool tried)
{
	bool still = pause_on(m) || m->resting; /* only the identity is asked for */
	bool tries = m->silent || (m->owed && !still);

	if (m->waiting && !m->local_done && !still) {
		if (m->retry_as != TRIGGER_LOCAL)
			manager_retry(m, TRIGGER_LOCAL, m->config.metadata.timeout);
	} else if (!m->waiting && tries) {
		retry(m, tried);
	} else {
		backoff_reset(&m->backoff);
		manager_retry(m, TRIGGER_CHECK, UINT64_MAX);
	}
	plan_due(m);
}

bool pass_backs_off(const struct manager *m)
{
	int on = SD_EVENT_OFF;

	sd_event_source_get_enabled(m->retry, &on);
	return !m->confirmed && m->silent && on != SD_EVENT_OFF && m->retry_as == TRIGGER_RETRY;
}
