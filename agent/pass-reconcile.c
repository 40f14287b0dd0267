/* SPDX-License-Identifier: MIT */
/* pass-reconcile.c -- how envagent-reconcile is started, and what its events mean */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/document.h"
#include "agent/pass.h"
#include "agent/sys/sys.h"

/* What we do ourselves with a line: states, changes and the name of the host. */

static void on_state(struct manager *m, const struct event *ev)
{
	/* A plan tells what would be; only a one-time run has nothing else to go by. */
	if (m->task.kind == TASK_RESTORE || (m->task.kind == TASK_PLAN && !manager_once(m)) ||
	    (m->task.kind == TASK_RENEW && !m->task.leading))
		return;
	status_module(m->status, ev);
	manager_flush(m);
}

static void on_change(struct manager *m, const struct event *ev)
{
	bool failed = !strcmp(ev->state, "failed");

	if (manager_once(m) || (!failed && strcmp(ev->state, "done") != 0))
		return;
	journal_event(m->journal, JOURNAL_CHANGE, failed ? LOG_ERR : LOG_NOTICE,
		      &(struct journal_fields){
			      .module = ev->module,
			      .state = ev->state,
			      .vm = m->identity.vm,
			      .env = m->identity.env,
		      },
		      "%s: %s%s", ev->module, failed ? "failed: " : "", ev->reason);
}

/* "NAME=value" of a fact with that name; NULL for others. */
static const char *value_of(const struct event *ev, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(ev->reason, name, len) && ev->reason[len] == '=' ? ev->reason + len + 1
									 : NULL;
}

/* Where a file stands for the metadata service the pass itself reads the identity. */
static void on_file_identity(struct manager *m, const struct event *ev)
{
	struct status_identity *id = &m->identity;
	const char *v;

	if (m->task.kind == TASK_PLAN && !manager_once(m))
		return;
	if (strcmp(ev->state, "value") != 0) {
		if (!strncmp(ev->reason, "config_id:", strlen("config_id:")))
			id->state = "unconfirmed";
		return;
	}
	v = value_of(ev, "vm_id");
	if (v && id_valid(v))
		memcpy(id->vm, v, strlen(v) + 1);
	v = value_of(ev, "config_id");
	if (!v || !id_valid(v))
		return;
	if (strcmp(id->state, "confirmed") != 0 || strcmp(id->env, v) != 0)
		id->confirmed = sys_now_realtime();
	memcpy(id->env, v, strlen(v) + 1);
	snprintf(id->from, sizeof(id->from), "%s", m->config.metadata.path ?: "");
	id->state = "confirmed";
}

static void on_fact(struct manager *m, const struct event *ev)
{
	const char *v;

	if (m->config.metadata.provider == PROVIDER_FILE)
		on_file_identity(m, ev);
	if (strcmp(ev->state, "value") != 0)
		return;
	v = value_of(ev, "fqdn");
	if (v)
		status_host(m->status, v);
	v = value_of(ev, "leader");
	if (v)
		m->leads = !strcmp(v, "true");
}

/* What shall make the next pass due; nothing that a caller is told. */
static int on_wish(struct manager *m, const struct event *ev)
{
	unsigned msec;
	uint64_t at;
	int r;

	if (ev->kind == EVENT_WATCH) {
		r = watch_add(m->watch, ev);
		return r == -ENOSPC || r == -ENOMEM ? 0 : r;
	}
	if (sscanf(ev->reason, "msec=%u", &msec) != 1)
		return -EBADMSG;
	at = sys_now_monotonic() + UINT64_C(1000) * msec;
	if (!m->due || at < m->due)
		m->due = at;
	return 0;
}

static int on_done(struct manager *m, const struct event *ev)
{
	struct task *t = &m->task;
	unsigned after = 0;
	int changes;

	if (t->ended || sscanf(ev->reason, "changes=%d after=%5u", &changes, &after) < 1)
		return -EBADMSG;
	t->ended = true;
	t->changes += changes;
	if (after * UINT64_C(1000000) > t->after)
		t->after = after * UINT64_C(1000000);
	/* "settled" is what is left when neither of the two has anything else to say. */
	if (!t->leading || !strcmp(t->result, "settled") || !strcmp(ev->state, "failed"))
		snprintf(t->result, sizeof(t->result), "%s", ev->state);
	return 0;
}

/* The pass that could not start says so as a module of this name. */
static void on_check(struct manager *m, const struct event *ev)
{
	if (ev->kind != EVENT_STATE || strcmp(ev->module, "config") != 0)
		return;
	log_error("%s", ev->reason);
	m->refused = true;
}

int pass_line(void *userdata, const char *line, size_t len)
{
	struct manager *m = userdata;
	struct event ev;

	if (m->task.ended || event_parse(line, len, &ev) < 0)
		return -EBADMSG;

	switch (ev.kind) {
	case EVENT_STATE:
		on_state(m, &ev);
		break;
	case EVENT_CHANGE:
		on_change(m, &ev);
		break;
	case EVENT_FACT:
		on_fact(m, &ev);
		break;
	case EVENT_WATCH:
	case EVENT_AGAIN:
		return on_wish(m, &ev);
	case EVENT_LOG:
		log_full(ev.state[0] - '0', 0, "%s: %s", ev.module, ev.reason);
		break;
	default:
		return on_done(m, &ev);
	}
	if (m->task.client)
		client_event(m->task.client, &ev);
	if (m->opts.mode == MANAGER_ONCE_CHECK)
		on_check(m, &ev);
	else if (manager_once(m))
		once_event(&m->once, &ev, line, len);
	return 0;
}

int pass_start_reconcile(struct manager *m, pass_done done)
{
	struct task *t = &m->task;
	_cleanup_free_ char *path = str_printf("%s/envagent-reconcile", m->opts.libexec);
	const char *argv[16] = { "envagent-reconcile", "--protocol", PROTOCOL_VERSION };
	bool identity = manager_skytap(m) && t->kind != TASK_RESTORE;
	size_t n = 3;

	if (!path)
		return -ENOMEM;
	t->facts = document_facts();
	if (t->facts < 0)
		return t->facts;
	if (strcmp(m->opts.root, "/") != 0) {
		argv[n++] = "--root";
		argv[n++] = m->opts.root;
	}
	if (t->kind == TASK_PLAN || t->kind == TASK_RENEW)
		argv[n++] = "--plan";
	else
		m->due = 0;
	if (t->kind == TASK_RESTORE)
		argv[n++] = "--restore";
	if (m->opts.mode == MANAGER_ONCE_CHECK)
		argv[n++] = "--check";
	if (t->kind == TASK_APPLY)
		argv[n++] = "--by-hand";
	if (ready_limit_over(m))
		argv[n++] = "--ready-limit";
	if (t->module[0]) {
		argv[n++] = "--module";
		/* Of a module of the leader only the facts are asked for here. */
		argv[n++] = pass_leader_has(t->module) ? "metadata" : t->module;
	}
	if (strcmp(t->module, "network") == 0 && t->verb[0]) {
		argv[n++] = "--verb";
		argv[n++] = t->verb;
	}
	if (identity) {
		argv[n++] = t->found ? "--from" : "--why";
		argv[n++] = t->found ? m->identity.from : t->why;
	}
	if (t->found)
		lseek(m->document, 0, SEEK_SET); /* the children share its offset */

	struct child_opts opts = {
		.path = path,
		.argv = (char *const *)argv,
		.document = t->found ? m->document : -1,
		.extra = t->facts,
		.limit = m->config.system.pass_limit,
		.line = pass_line,
		.done = done,
		.userdata = m,
	};
	return child_start(m->event, &opts, &m->child);
}

void pass_judge(struct manager *m, const struct child_result *result)
{
	const char *next;
	char *crash = pass_crash("envagent-reconcile", result, m->config.system.pass_limit, &next);

	if (!crash && !m->task.ended)
		crash = strdup("protocol: envagent-reconcile ended without its last line");
	if (!crash) {
		trouble_clear(&m->reconcile_trouble);
		return;
	}
	m->task.ended = false;
	journal_event(m->journal, JOURNAL_CHILD, LOG_ERR, &(struct journal_fields){}, "%s", crash);
	trouble_set(&m->reconcile_trouble, crash, next);
}
