/* SPDX-License-Identifier: MIT */
/* status.c -- the verb status: what state this host is in, and what to do about it */
#include <string.h>
#include <time.h>

#include "tools/agentctl/report.h"

static void add_identity(struct report *t, struct json_object *identity)
{
	const char *state = show_str(identity, "state"), *from = show_str(identity, "from");
	uint64_t confirmed = show_num(identity, "confirmed");
	struct report_row *row = report_add(t, "identity", state[0] ? state : "unknown", "");
	char age[SHOW_AGE_MAX + 4];

	row->reason = row->text;
	if (confirmed > 0)
		snprintf(row->text, sizeof(row->text), "%s%s%s%s",
			 report_fine(state) ? "" : "last confirmed ", report_ago(confirmed, age),
			 from[0] ? " by " : "", from);
	else if (strcmp(state, "none") != 0)
		snprintf(row->text, sizeof(row->text), "no metadata has been read yet");
	if (!report_fine(state) && strcmp(state, "none") != 0)
		row->next = "agentctl facts";
}

static void add_modules(struct report *t, struct json_object *modules)
{
	for (size_t i = 0; modules && i < json_object_array_length(modules); i++)
		report_module(t, json_object_array_get_idx(modules, i));
}

/* A daemon that was started again in a pause knows what the one before it saw. */
static void add_as_of(struct report *t, struct json_object *modules)
{
	char age[SHOW_AGE_MAX + 4];
	struct report_row *row;
	uint64_t as_of = 0;

	for (size_t i = 0; modules && !as_of && i < json_object_array_length(modules); i++)
		as_of = show_num(json_object_array_get_idx(modules, i), "as_of");
	if (!as_of)
		return;
	row = report_add(t, "modules", "former", "");
	snprintf(row->text, sizeof(row->text),
		 "as of %s: no pass since the agent was started again", report_ago(as_of, age));
	row->reason = row->text;
}

/* What is wrong that no module says: with the agent itself, or with the host as a whole. */
static void add_agent(struct report *t, struct json_object *status)
{
	const char *state = show_str(status, "state"), *reason = show_str(status, "reason");
	struct report_row *row;

	if (report_fine(state) || !reason[0])
		return;
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].reason[0] && strstr(reason, t->rows[i].reason))
			return;
	row = report_add(t, "agent", state, reason);
	row->since = show_num(status, "since");
	row->next = show_str(status, "next");
}

static void add_pass(struct report *t, struct json_object *status)
{
	const char *waiting = show_str(status, "waiting");
	uint64_t next = show_num(status, "next_pass"), now = show_now(), changes, ended;
	struct json_object *pass;
	char age[SHOW_AGE_MAX + 4], clock[32];
	struct report_row *row;
	struct tm tm;
	time_t until;

	if (json_get_obj(status, "pass", &pass) == 0 && (ended = show_num(pass, "ended")) > 0) {
		row = report_add(t, "last pass", show_str(pass, "result"), "");
		changes = show_num(pass, "changes");
		snprintf(row->text, sizeof(row->text), "%s, %llu change%s, started by %s",
			 report_ago(ended, age), (unsigned long long)changes,
			 changes == 1 ? "" : "s", show_str(pass, "trigger"));
		row->reason = row->text;
	}
	if (json_get_obj(status, "paused", &pass) == 0) {
		row = report_add(t, "next pass", "paused", "");
		until = (time_t)(show_num(pass, "until") / 1000000);
		localtime_r(&until, &tm);
		strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M", &tm);
		snprintf(row->text, sizeof(row->text), "until %s by %s", clock,
			 show_str(pass, "by"));
		row->reason = row->text;
		row->next = "agentctl resume";
	} else if (waiting[0]) {
		row = report_add(t, "next pass", "waits", "");
		snprintf(row->text, sizeof(row->text), "for %s", waiting);
		row->reason = row->text;
	} else if (next > now) {
		row = report_add(t, "next pass", "planned", "");
		show_age(next - now, age);
		snprintf(row->text, sizeof(row->text), "%s%s", strcmp(age, "now") ? "in " : "",
			 age);
		row->reason = row->text;
	}
	if (strcmp(show_str(status, "version"), VERSION) != 0) {
		row = report_add(t, "version", "differs", "");
		snprintf(row->text, sizeof(row->text), "the daemon is %s, agentctl is %s",
			 show_str(status, "version"), VERSION);
		row->reason = row->text;
		row->next = "systemctl restart envagent";
	}
}

static int status_json(struct ctl *ctl, const struct daemon *d)
{
	_cleanup_json_ struct json_object *obj =
		d->status ? json_object_get(d->status) : json_object_new_object();

	if (!obj || report_json(obj, d) < 0)
		return CTL_ERROR;
	show_json(ctl, obj);
	return daemon_exit_code(d);
}

int ctl_status(struct ctl *ctl)
{
	_cleanup_daemon_ struct daemon d = {};
	struct json_object *identity = NULL, *modules = NULL;
	struct report t = {};
	int r;

	r = daemon_read(ctl, &d);
	if (r < 0)
		return CTL_ERROR;
	if (ctl->json)
		return status_json(ctl, &d);

	report_liveness(ctl, &d);
	if (d.status) {
		json_get_obj(d.status, "identity", &identity);
		json_get_arr(d.status, "modules", &modules);
		report_head(ctl, d.status, show_str(d.status, "state"));
		add_identity(&t, identity);
		add_modules(&t, modules);
		add_as_of(&t, modules);
		add_agent(&t, d.status);
		add_pass(&t, d.status);
		report_print(ctl, &t);
	}
	return daemon_exit_code(&d);
}
