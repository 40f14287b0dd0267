/* SPDX-License-Identifier: MIT */
/* manager.c -- the one long-lived object of the supervisor: how it is made, run and freed */
#include "agent/manager.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "agent/base/protocol.h"
#include "agent/pass.h"
#include "agent/pause.h"
#include "agent/rest.h"
#include "agent/sys/sys.h"
#include "agent/wake.h"

bool manager_once(const struct manager *m)
{
	return m->opts.mode != MANAGER_RUN;
}

bool manager_skytap(const struct manager *m)
{
	return m->config.loaded && m->config.metadata.provider == PROVIDER_SKYTAP;
}

char *manager_path(const struct manager *m, const char *path)
{
	size_t len = strlen(m->opts.root);

	while (len && m->opts.root[len - 1] == '/')
		len--;
	return str_printf("%.*s%s", (int)len, m->opts.root, path);
}

static int open_control(struct manager *m)
{
	const struct control_ops ops = { wake_call,   wake_reload,	wake_pause,
					 wake_resume, wake_client_gone, m };
	int r;

	r = sys_mkdir(m->sys, RUN_DIR, 0755);
	if (r < 0)
		return log_error_errno(r, "Cannot make %s: %m", RUN_DIR);
	r = sys_mkdir(m->sys, STATE_DIR, 0755);
	if (r < 0)
		log_warning_errno(r, "Cannot make %s: %m", STATE_DIR);

	r = control_open(m->event, m->control_path, &ops, &m->control);
	if (r == -EADDRINUSE)
		return log_error_errno(r, "envagentd runs already, at %s", m->control_path);
	return r < 0 ? log_error_errno(r, "Cannot listen at %s: %m", m->control_path) : 0;
}

/* Two that change one machine at the same time would be one too many. */
static int stand_back(struct manager *m)
{
	if (m->opts.mode != MANAGER_ONCE_APPLY && m->opts.mode != MANAGER_ONCE_RESTORE)
		return 0;
	if (control_alive(m->control_path) <= 0)
		return 0;
	return log_error_errno(-EADDRINUSE, "envagentd runs; ask it: agentctl %s",
			       m->opts.mode == MANAGER_ONCE_APPLY ? "apply" : "restore");
}

static int make(struct manager *m)
{
	int r;

	m->status_path = manager_path(m, STATUS_PATH);
	m->control_path = manager_path(m, CONTROL_PATH);
	if (!m->status_path || !m->control_path)
		return -ENOMEM;
	r = sys_open(m->opts.root, &m->sys);
	if (r < 0)
		return log_error_errno(r, "Cannot open %s: %m", m->opts.root);
	r = status_new(m->status_path, &m->status);
	if (r < 0)
		return r;
	r = wake_prepare(m);
	if (r < 0)
		return log_error_errno(r, "Cannot make an event loop: %m");
	r = manager_once(m) ? stand_back(m) : open_control(m);
	if (r < 0)
		return r;
	rest_load(m);
	pause_load(m);
	r = wake_load(m);
	if (r < 0 && manager_once(m))
		return r;
	r = wake_add_sources(m);
	if (r < 0)
		return log_error_errno(r, "Cannot watch timers and signals: %m");
	if (manager_once(m))
		return 0; /* it takes the world as it is */
	ready_start(m);
	r = watch_new(m->event, m->sys, wake_watch, m, &m->watch);
	if (r < 0)
		log_warning_errno(r, "Cannot watch files: %m");
	r = netwatch_new(m->event, m->sys, wake_network, m, &m->net);
	if (r < 0)
		return log_error_errno(r, "Cannot watch the network: %m");
	r = clockwatch_new(m->event, wake_clock, m, &m->clock);
	return r < 0 ? log_error_errno(r, "Cannot watch the clock: %m") : 0;
}

int manager_new(const struct manager_opts *opts, struct manager **ret)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->opts = *opts;
	m->journal = journal_open();
	m->document = m->task.document = -1;
	m->identity.state = "unconfirmed";
	m->said = m->told = _STATE_MAX;
	m->local = "pending";
	m->retry_as = TRIGGER_CHECK;
	backoff_seed(&m->backoff, "");
	r = make(m);
	if (r < 0) {
		manager_free(m);
		return r;
	}
	*ret = m;
	return 0;
}

void manager_free(struct manager *m)
{
	if (!m)
		return;
	child_free(m->child);
	control_free(m->control);
	netwatch_free(m->net);
	clockwatch_free(m->clock);
	watch_free(m->watch);
	sd_event_source_disable_unref(m->limit);
	sd_event_source_disable_unref(m->pause.timer);
	sd_event_source_disable_unref(m->check);
	sd_event_source_disable_unref(m->retry);
	sd_event_source_disable_unref(m->flush);
	sd_event_unref(m->event);
	status_free(m->status);
	once_done(&m->once);
	config_done(&m->config);
	trouble_clear(&m->fetch_trouble);
	trouble_clear(&m->reconcile_trouble);
	trouble_clear(&m->leader_trouble);
	sys_free(m->sys);
	if (m->document >= 0)
		safe_close(m->document);
	if (m->task.document >= 0)
		safe_close(m->task.document);
	free(m->config_error);
	free(m->silent_why);
	free(m->copy_of);
	free(m->status_path);
	free(m->control_path);
	free(m);
}

static int restore_result(struct manager *m)
{
	enum state state = STATE_FAILED;

	if (m->task.ended && !strcmp(m->task.result, "settled"))
		state = STATE_READY;
	else if (m->task.ended && !strcmp(m->task.result, "degraded"))
		state = STATE_DEGRADED;
	return once_end(&m->once, state, m->reconcile_trouble.reason ?: "", "");
}

static int once_result(struct manager *m)
{
	const struct status_summary *sum;

	if (m->opts.mode == MANAGER_ONCE_CHECK)
		return m->refused || !m->task.ended;
	if (m->opts.mode == MANAGER_ONCE_RESTORE)
		return restore_result(m);
	condition_update(m);
	sum = status_summary(m->status);
	return once_end(&m->once, sum->state, sum->reason, sum->next);
}

int manager_run(struct manager *m)
{
	int r;

	if (manager_once(m)) {
		pass_once(m);
	} else {
		trigger_set(&m->triggers, TRIGGER_START);
		pass_next(m);
		condition_update(m);
		condition_tell(m);
		sd_notify(false, "READY=1");
	}
	r = sd_event_loop(m->event);
	if (r < 0)
		return log_error_errno(r, "The event loop failed: %m");
	return manager_once(m) ? once_result(m) : 0;
}
