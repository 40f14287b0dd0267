/* SPDX-License-Identifier: MIT */
/* status.c -- the verb status: what state this host is in, and what to do about it */
#include <string.h>
#include <time.h>

#include "agent/base/protocol.h"
#include "tools/agentctl/daemon.h"
#include "tools/agentctl/show.h"

#define ROWS_MAX 64

/* A line of the table; all strings are borrowed, or lie in TEXT. */
struct row {
	const char *name, *state, *reason, *next;
	uint64_t since;
	char text[192];
};

struct table {
	struct row rows[ROWS_MAX];
	size_t n;
};

static struct row *table_add(struct table *t, const char *name, const char *state,
			     const char *reason)
{
	struct row *row = &t->rows[t->n < ROWS_MAX ? t->n++ : ROWS_MAX - 1];

	*row = (struct row){ .name = name, .state = state, .reason = reason, .next = "" };
	return row;
}

static bool is_fine(const char *state)
{
	static const char *const fine[] = { "ready", "off", "confirmed", "settled" };

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		if (strcmp(fine[i], state) == 0)
			return true;
	return false;
}

/* "12 s ago", "now" */
static const char *ago(uint64_t when, char text[SHOW_AGE_MAX + 4])
{
	show_since(when, text);
	if (strcmp(text, "now") != 0)
		strcat(text, " ago");
	return text;
}

static void add_identity(struct table *t, struct json_object *identity)
{
	const char *state = show_str(identity, "state"), *from = show_str(identity, "from");
	uint64_t confirmed = show_num(identity, "confirmed");
	struct row *row = table_add(t, "identity", state[0] ? state : "unknown", "");
	char age[SHOW_AGE_MAX + 4];

	row->reason = row->text;
	if (confirmed > 0)
		snprintf(row->text, sizeof(row->text), "%s%s%s%s",
			 is_fine(state) ? "" : "last confirmed ", ago(confirmed, age),
			 from[0] ? " by " : "", from);
	else if (strcmp(state, "none") != 0)
		snprintf(row->text, sizeof(row->text), "no metadata service has answered yet");
	if (!is_fine(state) && strcmp(state, "none") != 0)
		row->next = "agentctl facts";
}

static void add_modules(struct table *t, struct json_object *modules)
{
	for (size_t i = 0; modules && i < json_object_array_length(modules); i++) {
		struct json_object *m = json_object_array_get_idx(modules, i);
		const char *state = show_str(m, "state");
		struct row *row = table_add(t, show_str(m, "name"), state, show_str(m, "reason"));

		if (is_fine(state))
			continue;
		row->since = show_num(m, "since");
		row->next = show_str(m, "next");
	}
}

/* What is wrong that no module says: with the agent itself, or with the host as a whole. */
static void add_agent(struct table *t, struct json_object *status)
{
	const char *state = show_str(status, "state"), *reason = show_str(status, "reason");
	struct row *row;

	if (is_fine(state) || !reason[0])
		return;
	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].reason[0] && strstr(reason, t->rows[i].reason))
			return;
	row = table_add(t, "agent", state, reason);
	row->since = show_num(status, "since");
	row->next = show_str(status, "next");
}

static void add_pass(struct table *t, struct json_object *status)
{
	const char *waiting = show_str(status, "waiting");
	uint64_t next = show_num(status, "next_pass"), now = show_now(), changes, ended;
	struct json_object *pass;
	char age[SHOW_AGE_MAX + 4];
	struct row *row;

	if (json_get_obj(status, "pass", &pass) == 0 && (ended = show_num(pass, "ended")) > 0) {
		row = table_add(t, "last pass", show_str(pass, "result"), "");
		changes = show_num(pass, "changes");
		snprintf(row->text, sizeof(row->text), "%s, %llu change%s, started by %s",
			 ago(ended, age), (unsigned long long)changes, changes == 1 ? "" : "s",
			 show_str(pass, "trigger"));
		row->reason = row->text;
	}
	if (waiting[0]) {
		row = table_add(t, "next pass", "waits", "");
		snprintf(row->text, sizeof(row->text), "for %s", waiting);
		row->reason = row->text;
	} else if (next > now) {
		row = table_add(t, "next pass", "planned", "");
		show_age(next - now, age);
		snprintf(row->text, sizeof(row->text), "%s%s", strcmp(age, "now") ? "in " : "",
			 age);
		row->reason = row->text;
	}
	if (strcmp(show_str(status, "version"), VERSION) != 0) {
		row = table_add(t, "version", "differs", "");
		snprintf(row->text, sizeof(row->text), "the daemon is %s, agentctl is %s",
			 show_str(status, "version"), VERSION);
		row->reason = row->text;
		row->next = "systemctl restart envagent";
	}
}

/* Columns are as wide as what stands in them; what is not fine gets a second line. */
static void table_print(const struct ctl *ctl, const struct table *t)
{
	int name = 0, state = 0, w;
	char age[SHOW_AGE_MAX];

	for (size_t i = 0; i < t->n; i++) {
		w = show_width(t->rows[i].name);
		name = w > name ? w : name;
		w = show_width(t->rows[i].state);
		state = w > state ? w : state;
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct row *row = &t->rows[i];

		fputs("  ", ctl->out);
		show_cell(ctl, SHOW_PLAIN, row->name, name + 2);
		show_cell(ctl, show_state_color(row->state), row->state,
			  row->reason[0] ? state + 2 : 0);
		show_text(ctl->out, row->reason);
		fputc('\n', ctl->out);
		if (row->since == 0 && !row->next[0])
			continue;
		fprintf(ctl->out, "%*s", 2 + name + 2 + state + 2, "");
		if (row->since > 0)
			fprintf(ctl->out, "since %s%s", show_since(row->since, age),
				row->next[0] ? "; " : "");
		if (row->next[0]) {
			fputs("next: ", ctl->out);
			show_text(ctl->out, row->next);
		}
		fputc('\n', ctl->out);
	}
}

static void show_head(const struct ctl *ctl, struct json_object *status,
		      struct json_object *identity)
{
	const char *state = show_str(status, "state");
	const char *vm = show_str(identity, "vm"), *env = show_str(identity, "env");
	const char *host = show_str(status, "host");
	enum show_color color = show_state_color(state);

	show_cell(ctl, color, ctl->utf8 ? "●" : "*", 1);
	fputc(' ', ctl->out);
	show_cell(ctl, color, state[0] ? state : "no state yet", 0);
	if (env[0] || vm[0] || strcmp(show_str(identity, "state"), "none") != 0) {
		fputs("   env ", ctl->out);
		show_text(ctl->out, env[0] ? env : "unknown");
		fputs("   vm ", ctl->out);
		show_text(ctl->out, vm[0] ? vm : "unknown");
	}
	fputs(host[0] ? "   " : "", ctl->out);
	show_text(ctl->out, host);
	fputc('\n', ctl->out);
}

/* The line above all else when the rest is not of now. */
static void show_liveness(const struct ctl *ctl, const struct daemon *d)
{
	char clock[32], age[SHOW_AGE_MAX + 4];
	time_t seen = (time_t)(d->seen / 1000000);
	struct tm tm;

	if (d->state == DAEMON_RUNNING)
		return;
	if (d->state == DAEMON_NEVER) {
		show_cell(ctl, SHOW_BAD, "the daemon has not run since this machine started", 0);
		fprintf(ctl->out, ": there is no %s%s\n  next: systemctl start envagent\n",
			ctl->root, STATUS_PATH);
		return;
	}
	localtime_r(&seen, &tm);
	strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &tm);
	if (d->state == DAEMON_STOPPED)
		show_cell(ctl, SHOW_BAD, "the daemon is not running", 0);
	else
		show_cell(ctl, SHOW_BAD, "the daemon does not answer", 0);
	fprintf(ctl->out, " (since %s, last sign of life %s)", clock, ago(d->seen, age));
	fprintf(ctl->out, "; what follows is of then\n  next: %s\n",
		d->state == DAEMON_STOPPED ? "journalctl -u envagent; systemctl start envagent"
					   : "journalctl -u envagent; systemctl restart envagent");
}

static int status_json(struct ctl *ctl, const struct daemon *d)
{
	_cleanup_json_ struct json_object *obj = json_object_get(d->status), *about = NULL;
	int r;

	if (!obj)
		obj = json_object_new_object();
	about = json_object_new_object();
	if (!obj || !about)
		return CTL_ERROR;
	r = json_set_str(about, "state", daemon_state_name(d->state));
	if (r == 0)
		r = json_set_int(about, "seen", (int64_t)d->seen);
	if (r == 0)
		r = json_set(obj, "daemon", TAKE_PTR(about));
	if (r < 0)
		return CTL_ERROR;
	show_json(ctl, obj);
	return daemon_exit_code(d);
}

int ctl_status(struct ctl *ctl)
{
	_cleanup_daemon_ struct daemon d = {};
	struct json_object *identity = NULL, *modules = NULL;
	struct table t = {};
	int r;

	r = daemon_read(ctl, &d);
	if (r < 0)
		return CTL_ERROR;
	if (ctl->json)
		return status_json(ctl, &d);

	show_liveness(ctl, &d);
	if (d.status) {
		json_get_obj(d.status, "identity", &identity);
		json_get_arr(d.status, "modules", &modules);
		show_head(ctl, d.status, identity);
		add_identity(&t, identity);
		add_modules(&t, modules);
		add_agent(&t, d.status);
		add_pass(&t, d.status);
		table_print(ctl, &t);
	}
	return daemon_exit_code(&d);
}
