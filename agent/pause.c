/* SPDX-License-Identifier: MIT */
/* pause.c -- the host left alone for a while, for a person who debugs it by hand */
#include "agent/pause.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "agent/sys/sys.h"
#include "agent/varlink.h"

#define USEC UINT64_C(1000000)
#define PAUSE_MAX (PAUSE_SEC_MAX * USEC)
#define LEASE_AGAIN (60 * USEC) /* it could not be renewed: no pass will say so */

bool pause_on(const struct manager *m)
{
	return m->pause.until > 0;
}

const char *pause_text(const struct manager *m, char text[PAUSE_TEXT_MAX])
{
	time_t until = (time_t)(m->pause.until / USEC), now = (time_t)(sys_now_realtime() / USEC);
	char clock[24], day[16], today[16];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(today, sizeof(today), "%Y-%m-%d", &tm);
	localtime_r(&until, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	strftime(clock, sizeof(clock), strcmp(day, today) ? "%Y-%m-%d %H:%M" : "%H:%M", &tm);
	snprintf(text, PAUSE_TEXT_MAX, "paused until %s by %s", clock, m->pause.by);
	return text;
}

static int on_over(sd_event_source *s, uint64_t usec, void *userdata)
{
	pause_end(userdata, "its time is over");
	return 0;
}

/* By the clock that the person has read the time on. */
static int arm(struct manager *m)
{
	int r;

	if (m->pause.timer) {
		r = sd_event_source_set_time(m->pause.timer, m->pause.until);
		return r < 0 ? r : sd_event_source_set_enabled(m->pause.timer, SD_EVENT_ONESHOT);
	}
	return sd_event_add_time(m->event, &m->pause.timer, CLOCK_REALTIME, m->pause.until, USEC,
				 on_over, m);
}

static void tell(struct manager *m)
{
	status_paused(m->status, m->pause.until, m->pause.by);
	condition_update(m);
	manager_flush(m);
}

static void forget(struct manager *m)
{
	m->pause.until = 0;
	m->pause.by[0] = '\0';
	if (m->pause.timer)
		sd_event_source_set_enabled(m->pause.timer, SD_EVENT_OFF);
	sys_unlink(m->sys, PAUSE_PATH);
}

static int adopt(struct manager *m, uint64_t until, const char *by)
{
	int r;

	m->pause.until = until;
	snprintf(m->pause.by, sizeof(m->pause.by), "%s", by);
	r = arm(m);
	if (r < 0)
		forget(m);
	return r;
}

void pause_load(struct manager *m)
{
	_cleanup_free_ char *text = NULL;
	uint64_t until, now = sys_now_realtime();
	char by[PAUSE_BY_MAX + 1], end;
	size_t len;
	int r;

	if (manager_once(m) || sys_read(m->sys, PAUSE_PATH, &text, &len) < 0)
		return;
	if (sscanf(text, "1 %" SCNu64 " %32[^ \n]%c", &until, by, &end) != 3 || end != '\n' ||
	    !varlink_name_valid(by)) {
		log_warning("%s says nothing of use, and is removed", PAUSE_PATH);
		forget(m);
	} else if (until <= now || until > now + PAUSE_MAX) {
		forget(m);
	} else if ((r = adopt(m, until, by)) < 0) {
		log_warning_errno(r, "Cannot go on with the pause: %m");
	} else {
		status_paused(m->status, until, by);
		(void)status_recall(m->status); /* there is none, or it is of no use */
	}
}

int pause_begin(struct manager *m, int64_t sec, const char *by)
{
	const struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	_cleanup_free_ char *line = NULL;
	char text[PAUSE_TEXT_MAX];
	uint64_t until = sys_now_realtime() + (uint64_t)sec * USEC;
	int r;

	line = str_printf("1 %" PRIu64 " %s\n", until, by);
	if (!line)
		return -ENOMEM;
	r = sys_write(m->sys, PAUSE_PATH, line, strlen(line), &opts);
	if (r < 0)
		return log_error_errno(r, "Cannot keep the pause in %s: %m", PAUSE_PATH);
	r = adopt(m, until, by);
	if (r < 0)
		return log_error_errno(r, "Cannot keep the time of a pause: %m");
	log_notice("No pass by itself any more: %s", pause_text(m, text));
	tell(m);
	return 0;
}

bool pause_end(struct manager *m, const char *why)
{
	if (!pause_on(m))
		return false;
	log_notice("The pause of %s has ended: %s", m->pause.by, why);
	forget(m);
	m->pause.looked = false;
	m->local_done = false;
	trigger_set(&m->triggers, TRIGGER_RESUME);
	tell(m);
	pass_next(m);
	return true;
}

void pause_check(struct manager *m)
{
	if (pause_on(m) && m->pause.until > sys_now_realtime() + PAUSE_MAX)
		pause_end(m, "the clock was set back");
}

bool pause_renews(struct manager *m)
{
	struct task *t = &m->task;
	bool knows = t->found || !manager_skytap(m);

	if (!m->config.leader.wanted || !knows || m->copy_of)
		return false;
	/* After a restart no pass has said yet whether this is the leader. */
	if (!trigger_has(t->triggers, TRIGGER_LEASE) && (m->passes > 0 || m->pause.looked))
		return false;
	m->pause.looked = true;
	t->kind = TASK_RENEW;
	snprintf(t->module, sizeof(t->module), "balancer");
	snprintf(t->verb, sizeof(t->verb), "renew");
	return true;
}

uint64_t pause_lease(const struct manager *m, uint64_t planned)
{
	bool again = pause_on(m) && strcmp(m->task.result, "settled") != 0;

	return again && planned > LEASE_AGAIN ? LEASE_AGAIN : planned;
}

void pause_tell(const struct manager *m, struct client *client)
{
	char text[PAUSE_TEXT_MAX];
	struct event ev = { .kind = EVENT_LOG, .t = sys_now_realtime() };

	snprintf(ev.module, sizeof(ev.module), "agent");
	snprintf(ev.state, sizeof(ev.state), "%d", LOG_WARNING);
	snprintf(ev.reason, sizeof(ev.reason),
		 "%s, and stays so; this pass is done as you ask for it", pause_text(m, text));
	client_event(client, &ev);
}
