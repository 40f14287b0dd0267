/* SPDX-License-Identifier: MIT */
/* wake.c -- what wakes the manager: timers, signals, the network, callers */
#include "agent/wake.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include <systemd/sd-daemon.h>

#include "agent/base/protocol.h"
#include "agent/pass.h"
#include "agent/pause.h"
#include "agent/sys/sys.h"

#define INTERVAL_DEFAULT UINT64_C(30000000)
#define STOP_USEC UINT64_C(5000000)
#define STALE_AFTER 3 /* intervals */

/* The check also feeds systemd's watchdog, so it may not be rarer than that allows. */
static uint64_t interval(const struct manager *m)
{
	uint64_t usec = m->config.loaded ? m->config.metadata.interval : INTERVAL_DEFAULT;

	return m->watchdog && usec > m->watchdog / 2 ? m->watchdog / 2 : usec;
}

/* The file that stands for the metadata service, where there is none. */
static bool file_changed(struct manager *m)
{
	const struct metadata_conf *c = m->config.loaded ? &m->config.metadata : NULL;
	_cleanup_free_ char *path = NULL;
	struct stat st = {};
	uint64_t stamp;
	bool changed;

	if (!c || c->provider != PROVIDER_FILE || !c->path)
		return false;
	path = manager_path(m, c->path);
	if (!path)
		return false;
	if (stat(path, &st) < 0)
		st = (struct stat){};
	stamp = (uint64_t)st.st_ino * 31 + (uint64_t)st.st_size * 7 +
		(uint64_t)st.st_mtim.tv_sec * UINT64_C(1000000000) + (uint64_t)st.st_mtim.tv_nsec;
	changed = stamp != m->file_stamp;
	m->file_stamp = stamp;
	return changed;
}

static int on_check(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	sd_notify(false, "WATCHDOG=1");
	status_touch(m->status);
	manager_flush(m); /* perhaps a line is still to be told */
	if (m->control)
		control_sweep(m->control, usec);
	pause_check(m);
	if (file_changed(m))
		trigger_set(&m->triggers, TRIGGER_DOCUMENT);
	if (m->leads && m->lease_due > 0 && sys_now_monotonic() >= m->lease_due)
		trigger_set(&m->triggers, TRIGGER_LEASE);
	if (manager_skytap(m) && !m->busy && !pass_backs_off(m))
		trigger_set(&m->triggers, TRIGGER_CHECK);
	sd_event_source_set_time_relative(s, interval(m));
	sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	pass_next(m);
	return 0;
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;

	trigger_set(&m->triggers, m->retry_as);
	m->retry_as = TRIGGER_CHECK;
	status_next_pass(m->status, 0);
	pass_next(m);
	return 0;
}

void manager_retry(struct manager *m, enum trigger which, uint64_t delay)
{
	uint64_t when = 0;

	m->retry_as = which;
	if (delay == UINT64_MAX) {
		sd_event_source_set_enabled(m->retry, SD_EVENT_OFF);
	} else {
		sd_event_source_set_time_relative(m->retry, delay);
		sd_event_source_set_enabled(m->retry, SD_EVENT_ONESHOT);
		when = sys_now_realtime() + delay;
	}
	status_next_pass(m->status, when);
}

void wake_network(void *userdata)
{
	struct manager *m = userdata;

	backoff_reset(&m->backoff);
	m->local_done = false;
	trigger_set(&m->triggers, TRIGGER_NETWORK);
	pass_next(m);
}

/* Perhaps this is a copy that has just woken up: whose, is asked at once. */
void wake_clock(void *userdata)
{
	struct manager *m = userdata;

	if (!manager_skytap(m))
		return;
	m->doubt = m->confirmed;
	backoff_reset(&m->backoff);
	trigger_set(&m->triggers, TRIGGER_CHECK);
	condition_update(m);
	manager_flush(m);
	pass_next(m);
}

void wake_watch(void *userdata, enum watch_what what)
{
	struct manager *m = userdata;

	if (what == WATCH_CONFIG) {
		wake_reload(m, NULL);
		return;
	}
	m->local_done = false;
	trigger_set(&m->triggers, TRIGGER_FILE);
	pass_next(m);
}

void wake_call(void *userdata)
{
	pass_next(userdata);
}

void wake_client_gone(void *userdata, struct client *client)
{
	struct manager *m = userdata;

	if (m->task.client == client)
		m->task.client = NULL;
}

int wake_pause(void *userdata, int64_t seconds, const char *by, uint64_t *ret_until, bool *ret_busy)
{
	struct manager *m = userdata;
	int r;

	r = pause_begin(m, seconds, by);
	if (r < 0)
		return r;
	*ret_until = m->pause.until;
	*ret_busy = m->busy;
	return 0;
}

bool wake_resume(void *userdata)
{
	return pause_end(userdata, "agentctl resume");
}

static void adopt(struct manager *m, struct config *c)
{
	config_done(&m->config);
	m->config = *c;
	free(m->config_error);
	m->config_error = NULL;
	trouble_clear(&m->fetch_trouble);
	m->local_done = false;
	if (m->identity.from[0] == '/')
		m->identity.from[0] = '\0'; /* a file of the former configuration */
	if (m->config.metadata.provider == PROVIDER_NONE)
		m->identity.state = "none";
	else if (m->config.metadata.provider == PROVIDER_FILE)
		m->identity.state = "unconfirmed"; /* until the next pass has read it */
	else
		m->identity.state = m->confirmed ? "confirmed" : "unconfirmed";
	log_set_level(m->config.system.log_level);
	file_changed(m);
}

/* Reads the configuration; the former one stays if it is refused. */
int wake_load(struct manager *m)
{
	_cleanup_free_ char *error = NULL;
	struct config c;
	int r;

	watch_config(m->watch);
	r = config_read(m->opts.root, &c, &error);
	if (r == 0) {
		adopt(m, &c);
	} else {
		free(m->config_error);
		m->config_error = error ? TAKE_PTR(error) : strdup(strerror(-r));
		journal_event(m->journal, JOURNAL_CONFIG, LOG_ERR, &(struct journal_fields){},
			      "Configuration refused: %s", m->config_error ?: "");
	}
	status_fresh(m->status, (unsigned)(interval(m) * STALE_AFTER / 1000000) + 1);
	condition_update(m);
	manager_flush(m);
	return r;
}

int wake_reload(void *userdata, char **ret_error)
{
	struct manager *m = userdata;
	int r;

	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, sys_now_monotonic());
	r = wake_load(m);
	if (r < 0 && m->config_error && ret_error)
		*ret_error = strdup(m->config_error);
	if (r == 0) {
		journal_event(m->journal, JOURNAL_CONFIG, LOG_NOTICE, &(struct journal_fields){},
			      "Configuration read again");
		trigger_set(&m->triggers, TRIGGER_RELOAD);
		sd_event_source_set_time_relative(m->check, interval(m));
	}
	sd_notify(false, "READY=1");
	pass_next(m);
	return r;
}

static int on_hup(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	wake_reload(userdata, NULL);
	return 0;
}

static int on_term(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;

	if (m->stopping && !m->busy)
		return sd_event_exit(m->event, 0); /* asked twice */
	m->stopping = true;
	sd_notify(false, "STOPPING=1\nSTATUS=stopping");
	/* A pass that is changing the machine gets a moment to come to its end. */
	if (m->child)
		child_limit(m->child, STOP_USEC);
	else
		pass_stop(m);
	return 0;
}

static int add_signal(struct manager *m, int sig, sd_event_signal_handler_t handler)
{
	return sd_event_add_signal(m->event, NULL, sig, handler, m);
}

static int add_timer(struct manager *m, sd_event_source **ret, uint64_t delay,
		     sd_event_time_handler_t handler, int enabled)
{
	int r;

	r = sd_event_add_time_relative(m->event, ret, CLOCK_MONOTONIC, delay, 0, handler, m);
	return r < 0 ? r : sd_event_source_set_enabled(*ret, enabled);
}

int wake_add_sources(struct manager *m)
{
	int r;

	r = add_timer(m, &m->retry, 0, on_retry, SD_EVENT_OFF);
	if (r < 0 || manager_once(m))
		return r;
	r = add_timer(m, &m->check, interval(m), on_check, SD_EVENT_ONESHOT);
	if (r < 0)
		return r;
	r = sd_event_add_defer(m->event, &m->flush, condition_on_flush, m);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(m->flush, SD_EVENT_PRIORITY_IDLE);
	return r < 0 ? r : add_signal(m, SIGHUP, on_hup);
}

int wake_prepare(struct manager *m)
{
	sigset_t block;
	int r;

	sd_watchdog_enabled(false, &m->watchdog);
	sigemptyset(&block);
	for (const int *s = (const int[]){ SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0 }; *s; s++)
		sigaddset(&block, *s);
	if (sigprocmask(SIG_BLOCK, &block, NULL) < 0)
		return -errno;
	r = sd_event_default(&m->event);
	if (r < 0)
		return r;
	r = add_signal(m, SIGTERM, on_term);
	return r < 0 ? r : add_signal(m, SIGINT, on_term);
}
