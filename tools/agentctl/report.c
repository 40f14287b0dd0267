/* SPDX-License-Identifier: MIT */
/* report.c -- what status and lb status look alike in: a head, a table, and who they have it from
 */
#include "tools/agentctl/report.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/base/protocol.h"

struct report_row *report_add(struct report *t, const char *name, const char *state,
			      const char *reason)
{
	struct report_row *row = &t->rows[t->n < REPORT_ROWS ? t->n++ : REPORT_ROWS - 1];

	*row = (struct report_row){ .name = name, .state = state, .reason = reason, .next = "" };
	return row;
}

bool report_fine(const char *state)
{
	static const char *const fine[] = { "ready", "off", "confirmed", "settled" };

	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		if (strcmp(fine[i], state) == 0)
			return true;
	return false;
}

struct report_row *report_module(struct report *t, struct json_object *m)
{
	const char *state = show_str(m, "state");
	struct report_row *row = report_add(t, show_str(m, "name"), state, show_str(m, "reason"));

	if (!report_fine(state)) {
		row->since = show_num(m, "since");
		row->next = show_str(m, "next");
	}
	return row;
}

void report_print(const struct ctl *ctl, const struct report *t)
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
		const struct report_row *row = &t->rows[i];

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

void report_head(const struct ctl *ctl, struct json_object *status, const char *state)
{
	struct json_object *identity = NULL;
	enum show_color color = show_state_color(state);
	const char *vm, *env, *host = show_str(status, "host");

	json_get_obj(status, "identity", &identity);
	vm = show_str(identity, "vm");
	env = show_str(identity, "env");
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

const char *report_ago(uint64_t when, char text[SHOW_AGE_MAX + 4])
{
	show_since(when, text);
	if (strcmp(text, "now") != 0)
		strcat(text, " ago");
	return text;
}

void report_liveness(const struct ctl *ctl, const struct daemon *d)
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
	fprintf(ctl->out, " (since %s, last sign of life %s)", clock, report_ago(d->seen, age));
	fprintf(ctl->out, "; what follows is of then\n  next: %s\n",
		d->state == DAEMON_STOPPED ? "journalctl -u envagent; systemctl start envagent"
					   : "journalctl -u envagent; systemctl restart envagent");
}

int report_json(struct json_object *obj, const struct daemon *d)
{
	struct json_object *about = json_object_new_object();

	/* OBJ owns it from here on, whatever happens. */
	if (json_set(obj, "daemon", about) < 0)
		return -ENOMEM;
	if (json_set_str(about, "state", daemon_state_name(d->state)) < 0 ||
	    json_set_int(about, "seen", (int64_t)d->seen) < 0)
		return -ENOMEM;
	return 0;
}
