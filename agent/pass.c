/* SPDX-License-Identifier: MIT */
/* pass.c -- one task from begin to end: fetch, perhaps reconcile, and what follows from it */
#include "agent/pass.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/pause.h"
#include "agent/rest.h"
#include "agent/sys/sys.h"

#define LEASE_LOOKS 3 /* in one lease: it is renewed when half of it is left */
#define NEXT_INSTALL "install the package envagent again"

/* What a person must know if there is no document, in the words of the child's --why. */
static void no_document(struct manager *m, const char *why)
{
	snprintf(m->task.why, sizeof(m->task.why), "%s", why);
	pass_silent(m, why);
}

static bool settles(const struct task *t)
{
	return t->ended && strcmp(t->result, "failed") != 0;
}

/* A whole pass, read with the identity or by a host that has none, makes us sure of ourselves. */
static void note_whole_pass(struct manager *m)
{
	const struct task *t = &m->task;
	bool knows = t->found || !manager_skytap(m);
	struct status_pass p = {
		.number = ++m->passes,
		.ended = sys_now_realtime(),
		.changes = t->changes,
	};

	trigger_text(t->triggers, p.trigger);
	snprintf(p.result, sizeof(p.result), "%s", t->ended ? t->result : "failed");
	status_pass(m->status, &p);

	m->owed = !settles(t) || strcmp(t->result, "settled") != 0 ||
		  status_worst_module(m->status) != STATE_READY;
	m->local_done = true;
	m->attempted |= knows;
	if (knows && settles(t)) {
		m->fresh = true;
		free(m->copy_of);
		m->copy_of = NULL;
	}
}

static void answer_client(struct manager *m)
{
	struct task *t = &m->task;
	struct client *client = TAKE_PTR(t->client);

	if (!client)
		return;
	if (t->ended)
		client_result(client, t->result, t->changes);
	else
		client_error(client, "Failed",
			     m->reconcile_trouble.reason ?: "the pass did not end");
}

static void finish(struct manager *m, bool tried)
{
	answer_client(m);
	if (m->task.document >= 0)
		safe_close(m->task.document);
	if (m->task.facts >= 0)
		safe_close(m->task.facts);
	if (m->task.brought >= 0)
		safe_close(m->task.brought);
	m->task.document = m->task.facts = m->task.brought = -1;
	m->busy = false;
	if (m->config.loaded)
		pass_plan_retry(m, tried);
	condition_update(m);
	manager_flush(m);
	if (m->stopping || manager_once(m))
		pass_stop(m);
	else
		pass_next(m);
}

static void stop_done(void *userdata, const struct child_result *result)
{
	struct manager *m = userdata;

	m->child = NULL;
	sd_event_exit(m->event, 0);
}

void pass_stop(struct manager *m)
{
	/* After a single pass the next one is glad of what this one has left. */
	if (manager_once(m) || !pass_start_leave(m, stop_done))
		sd_event_exit(m->event, 0);
}

/* What the pass, or somebody else meanwhile, has made of the network. */
static void after_network(struct manager *m)
{
	const struct task *t = &m->task;
	bool changed = netwatch_resume(m->net), ready = netwatch_ready(m->net);

	if (changed && (!t->changes || t->kind == TASK_PLAN || t->kind == TASK_RENEW)) {
		m->local_done = false; /* not our doing */
		trigger_set(&m->triggers, TRIGGER_NETWORK);
	} else if ((changed && !t->found) || (m->waiting && ready)) {
		/* Our own changes were looked at by the pass; but now there may be a gateway. */
		trigger_set(&m->triggers, TRIGGER_NETWORK);
	}
	m->waiting &= !ready;
}

static void end_pass(struct manager *m)
{
	struct task *t = &m->task;
	bool whole = !t->module[0] && (t->kind == TASK_AUTO || t->kind == TASK_APPLY);

	if (whole || t->kind == TASK_RESTORE)
		status_modules_end(m->status);
	if (whole || manager_once(m))
		note_whole_pass(m);
	if (t->kind == TASK_RESTORE && settles(t))
		rest_begin(m);
	if (whole && !t->leading && !m->leads)
		sys_unlink(m->sys, LEADER_FACTS_PATH); /* it led before, perhaps */
	after_network(m);
	watch_end(m->watch, whole);
	malloc_trim(0); /* what reading the network and talking took: we are here for long */
	finish(m, true);
}

static void leader_done(void *userdata, const struct child_result *result)
{
	struct manager *m = userdata;

	m->child = NULL;
	pass_judge_leader(m, result);
	m->lease_due = sys_now_monotonic() + pause_lease(m, m->config.leader.lease / LEASE_LOOKS);
	end_pass(m);
}

static void start_leader(struct manager *m)
{
	int r;

	m->task.leading = true;
	m->task.ended = false;
	r = pass_start_leader(m, leader_done);
	if (r >= 0)
		return;
	m->task.ended = true;
	snprintf(m->task.result, sizeof(m->task.result), "failed");
	if (r == -ESRCH)
		trouble_set(&m->leader_trouble,
			    str_printf("There is no user %s to run envagent-leader as",
				       m->config.system.leader_user),
			    "systemd-sysusers && systemctl reload envagent");
	else
		trouble_set(&m->leader_trouble,
			    str_printf("Cannot start envagent-leader: %s", strerror(-r)),
			    NEXT_INSTALL);
	end_pass(m);
}

static void reconcile_done(void *userdata, const struct child_result *result)
{
	struct manager *m = userdata;

	m->child = NULL;
	pass_judge(m, result);
	ready_pass(m);
	if (m->task.ended && !m->stopping && pass_leader_due(m))
		start_leader(m);
	else
		end_pass(m);
}

static void start_reconcile(struct manager *m)
{
	struct task *t = &m->task;
	int r;

	if (!t->module[0] && t->kind != TASK_PLAN)
		status_modules_begin(m->status);
	netwatch_pause(m->net);
	watch_begin(m->watch);
	r = pass_start_reconcile(m, reconcile_done);
	if (r < 0) {
		netwatch_resume(m->net);
		watch_end(m->watch, false);
		trouble_set(&m->reconcile_trouble,
			    str_printf("Cannot start envagent-reconcile: %s", strerror(-r)),
			    NEXT_INSTALL);
		finish(m, true);
	}
}

static void restore_left(void *userdata, const struct child_result *result)
{
	struct manager *m = userdata;

	m->child = NULL;
	if (m->stopping)
		finish(m, false);
	else
		start_reconcile(m);
}

/* First what the leader holds elsewhere, while the network is as it has been. */
static void start_restore(struct manager *m)
{
	if (!pass_start_leave(m, restore_left))
		start_reconcile(m);
}

static void after_fetch(struct manager *m, bool tried)
{
	bool goes_on = m->task.kind != TASK_AUTO || pass_goes_on(m);

	condition_update(m);
	manager_flush(m);
	if (m->stopping || !goes_on)
		finish(m, tried);
	else
		start_reconcile(m);
}

static void fetch_done(void *userdata, const struct child_result *result)
{
	struct manager *m = userdata;
	char why[FETCH_LINE_MAX];
	struct fetchline line;
	int r;

	m->child = NULL;
	r = pass_read_fetch(m, result, &line, why);
	if (r == 0) {
		pass_identity(m, &line);
		rest_check(m);
	} else {
		no_document(m, why);
	}
	after_fetch(m, !m->task.found || trigger_has(m->task.triggers, TRIGGER_RETRY));
}

/* A person says whether a switch of the network holds. */
static bool decides_switch(const struct task *t)
{
	return strcmp(t->module, "network") == 0 &&
	       (strcmp(t->verb, "confirm") == 0 || strcmp(t->verb, "rollback") == 0);
}

static void begin(struct manager *m)
{
	struct task *t = &m->task;
	int r;

	m->busy = true;
	t->document = t->facts = t->brought = -1;
	if (t->kind == TASK_RESTORE) {
		start_restore(m);
		return;
	}
	if (decides_switch(t) && m->document >= 0) {
		/* there is no time to ask, perhaps nobody to answer: the last document will do */
		t->found = true;
		start_reconcile(m);
		return;
	}
	if (m->opts.mode == MANAGER_ONCE_CHECK) {
		snprintf(t->why, sizeof(t->why), "only the configuration is checked");
		start_reconcile(m);
		return;
	}
	if (t->kind == TASK_APPLY)
		rest_end(m);
	if (t->kind == TASK_APPLY && t->client && pause_on(m))
		pause_tell(m, t->client);
	if (!manager_skytap(m)) {
		after_fetch(m, false);
		return;
	}

	m->waiting = !netwatch_ready(m->net) && !manager_once(m);
	if (m->waiting) {
		snprintf(t->why, sizeof(t->why),
			 "waiting for network: no address and default route");
		after_fetch(m, false);
		return;
	}
	if (trigger_has(t->triggers, TRIGGER_LIMIT) && m->silent && m->silent_why) {
		/* It was asked until now. */
		snprintf(t->why, sizeof(t->why), "%s", m->silent_why);
		after_fetch(m, false);
		return;
	}
	r = m->config.user_error ? -ESRCH : pass_start_fetch(m, fetch_done);
	if (r < 0) {
		no_document(m, m->config.user_error ?: "envagent-fetch cannot be started");
		if (!m->config.user_error)
			trouble_set(&m->fetch_trouble,
				    str_printf("Cannot start envagent-fetch: %s", strerror(-r)),
				    NEXT_INSTALL);
		after_fetch(m, true);
	}
}

static bool next_of_client(struct manager *m, bool root_only)
{
	struct control_call call;
	struct client *client = m->control ? control_next(m->control, root_only, &call) : NULL;
	static const enum task_kind kinds[] = {
		[CONTROL_PLAN] = TASK_PLAN,
		[CONTROL_APPLY] = TASK_APPLY,
		[CONTROL_RESTORE] = TASK_RESTORE,
	};

	if (!client)
		return false;
	m->task = (struct task){ .kind = kinds[call.verb], .client = client };
	snprintf(m->task.module, sizeof(m->task.module), "%s", call.module);
	snprintf(m->task.verb, sizeof(m->task.verb), "%s", call.leader_verb);
	trigger_set(&m->task.triggers, TRIGGER_CONTROL);
	return true;
}

void pass_next(struct manager *m)
{
	while (!m->busy && !m->stopping) {
		/* what others ask for must not keep us from our own work */
		if (next_of_client(m, m->triggers.bits != 0)) {
			if (m->config.loaded) {
				begin(m);
				return;
			}
			client_error(TAKE_PTR(m->task.client), "ConfigError", m->config_error);
			continue;
		}
		if (!m->triggers.bits)
			return;
		m->task = (struct task){ .triggers = trigger_take(&m->triggers) };
		if (m->config.loaded)
			begin(m);
	}
}

void pass_once(struct manager *m)
{
	static const enum task_kind kinds[] = {
		[MANAGER_ONCE_APPLY] = TASK_APPLY,
		[MANAGER_ONCE_PLAN] = TASK_PLAN,
		[MANAGER_ONCE_CHECK] = TASK_PLAN,
		[MANAGER_ONCE_RESTORE] = TASK_RESTORE,
	};

	m->task = (struct task){ .kind = kinds[m->opts.mode] };
	m->once.plan = m->task.kind == TASK_PLAN;
	m->once.json = m->opts.json;
	snprintf(m->task.module, sizeof(m->task.module), "%s", m->opts.module ?: "");
	trigger_set(&m->task.triggers, TRIGGER_CONTROL);
	begin(m);
}
