/* SPDX-License-Identifier: MIT */
/* condition.c -- the supervisor's own state in words: what is wrong, why, what to type next */
#include "agent/pause.h"

#include <stdarg.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "agent/sys/sys.h"

#define NEXT_CONFIG "correct the file, then: systemctl reload envagent"
#define NEXT_USER "systemd-sysusers && systemctl reload envagent"
#define NEXT_METADATA "curl -i http://169.254.169.254/skytap"
#define NEXT_NOBODY NEXT_METADATA "; if this is no copy of a template: [Metadata] Provider=none"
#define NEXT_RESUME "agentctl resume"
#define NEXT_NETWORK "ip address; ip route"

void trouble_clear(struct trouble *t)
{
	free(t->reason);
	*t = (struct trouble){};
}

void trouble_set(struct trouble *t, char *reason, const char *next)
{
	free(t->reason);
	*t = (struct trouble){ .reason = reason, .next = next };
}

struct condition {
	enum state state;
	char reason[2048];
	const char *next;
};

static void set(struct condition *c, enum state state, const char *next, const char *fmt, ...)
	_printf_(4, 5);

/* The first that applies is the worst: callers ask in that order. */
static void set(struct condition *c, enum state state, const char *next, const char *fmt, ...)
{
	va_list ap;

	c->state = state;
	c->next = next;
	va_start(ap, fmt);
	if (vsnprintf(c->reason, sizeof(c->reason), fmt, ap) < 0)
		c->reason[0] = '\0';
	va_end(ap);
}

static bool failed(const struct manager *m, struct condition *c)
{
	if (!m->config.loaded)
		set(c, STATE_FAILED, NEXT_CONFIG, "%s", m->config_error ?: "no configuration");
	else if (m->config.user_error)
		set(c, STATE_FAILED, NEXT_USER, "%s", m->config.user_error);
	else if (m->reconcile_trouble.reason)
		set(c, STATE_FAILED, m->reconcile_trouble.next, "%s", m->reconcile_trouble.reason);
	else if (m->fetch_trouble.reason)
		set(c, STATE_FAILED, m->fetch_trouble.next, "%s", m->fetch_trouble.reason);
	else if (m->leader_trouble.reason)
		set(c, STATE_FAILED, m->leader_trouble.next, "%s", m->leader_trouble.reason);
	else
		return false;
	return true;
}

static bool quarantined(const struct manager *m, struct condition *c)
{
	/* A daemon that was started again in a pause is as sure of itself as the one before. */
	bool settled = m->fresh || (pause_on(m) && !m->copy_of);

	if (!manager_skytap(m) || m->resting || (m->confirmed && settled && !m->doubt))
		return false;
	if (m->copy_of)
		set(c, STATE_QUARANTINED, "",
		    "this is a copy: environment %s became %s, and no pass has settled since",
		    m->copy_of, m->identity.env);
	else if (m->doubt)
		set(c, STATE_QUARANTINED, NEXT_METADATA,
		    "the clock was set, as after a suspend or a copy, and the identity is not "
		    "confirmed since%s%s",
		    m->silent ? ": " : "", m->silent ? m->silent_why ?: "" : "");
	else if (m->confirmed)
		set(c, STATE_QUARANTINED, "",
		    "identity is environment %s, but its first pass has not settled yet",
		    m->identity.env);
	else if (m->waiting)
		set(c, STATE_QUARANTINED, NEXT_NETWORK,
		    "waiting for network: no address and default route yet");
	else if (m->silent)
		set(c, STATE_QUARANTINED, NEXT_NOBODY, "no metadata service has answered yet: %s",
		    m->silent_why ?: "");
	else
		set(c, STATE_QUARANTINED, "", "the identity is being read");
	return true;
}

static bool degraded(const struct manager *m, struct condition *c)
{
	char text[PAUSE_TEXT_MAX];

	if (m->resting)
		set(c, STATE_DEGRADED, "agentctl apply", "resting since a restore");
	else if (pause_on(m))
		set(c, STATE_DEGRADED, NEXT_RESUME, "%s", pause_text(m, text));
	else if (m->config_error)
		set(c, STATE_DEGRADED, NEXT_CONFIG, "the former configuration stays in force: %s",
		    m->config_error);
	else if (m->waiting)
		set(c, STATE_DEGRADED, NEXT_NETWORK,
		    "waiting for network: the address or the default route is gone");
	else if (m->silent)
		set(c, STATE_DEGRADED, NEXT_METADATA, "the metadata service is silent: %s",
		    m->silent_why ?: "");
	else
		return false;
	return true;
}

/* What is worse than a pause is told first; but only its end does away with it. */
static void add_pause(const struct manager *m, struct condition *c)
{
	size_t len = strlen(c->reason);
	char text[PAUSE_TEXT_MAX];

	snprintf(c->reason + len, sizeof(c->reason) - len, "; %s", pause_text(m, text));
	if (!c->next[0])
		c->next = NEXT_RESUME;
}

void condition_update(struct manager *m)
{
	struct condition c = { .state = STATE_READY, .next = "" };

	if (failed(m, &c) || quarantined(m, &c)) {
		/* set */
	} else if (!m->fresh && !m->resting && !pause_on(m)) {
		set(&c, STATE_CONVERGING, "", "the first pass has not ended yet");
	} else {
		degraded(m, &c);
	}
	if (pause_on(m) && c.state < STATE_DEGRADED)
		add_pause(m, &c);
	status_own(m->status, c.state, c.reason, c.next);
	status_waiting(m->status, m->waiting ? "network" : "");
	status_identity(m->status, &m->identity);
}

/* What comes and goes is told when its turn comes, if it is still so. */
static bool tells(struct manager *m, enum state state, bool changed)
{
	if (state != m->told && (state == STATE_FAILED || calm_may(&m->calm, sys_now_monotonic())))
		return true;
	m->calm.untold += changed;
	return false;
}

static void tell_state(struct manager *m)
{
	static const int levels[_STATE_MAX] = {
		[STATE_FAILED] = LOG_ERR,	 [STATE_QUARANTINED] = LOG_NOTICE,
		[STATE_CONVERGING] = LOG_NOTICE, [STATE_DEGRADED] = LOG_WARNING,
		[STATE_READY] = LOG_NOTICE,
	};
	const struct status_summary *sum = status_summary(m->status);
	bool changed = sum->state != m->said;
	char untold[CALM_TEXT_MAX];

	if (changed)
		sd_notifyf(false, "STATUS=%s%s%s", state_name(sum->state), *sum->reason ? ": " : "",
			   sum->reason);
	m->said = sum->state;
	if (!tells(m, sum->state, changed))
		return;
	m->told = sum->state;
	journal_event(m->journal, JOURNAL_STATE, levels[sum->state],
		      &(struct journal_fields){
			      .state = state_name(sum->state),
			      .vm = m->identity.vm,
			      .env = m->identity.env,
		      },
		      "State is %s%s%s%s", state_name(sum->state), *sum->reason ? ": " : "",
		      sum->reason, calm_untold(&m->calm, untold));
}

void condition_tell(struct manager *m)
{
	int r;

	tell_state(m);
	r = status_write(m->status);
	if (r < 0)
		log_warning_errno(r, "Cannot write %s: %m", m->status_path);
}

int condition_on_flush(sd_event_source *s, void *userdata)
{
	condition_tell(userdata);
	return 0;
}

void manager_flush(struct manager *m)
{
	if (m->flush)
		sd_event_source_set_enabled(m->flush, SD_EVENT_ONESHOT);
}
