/* SPDX-License-Identifier: MIT */
/* once.c -- envagentd --once: the events of a pass as lines for people, and the exit code */
#include "agent/once.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void once_done(struct once *o)
{
	buf_done(&o->modules);
	strv_free(o->reasons);
	*o = (struct once){};
}

static void on_change(struct once *o, const struct event *ev)
{
	bool failed = !strcmp(ev->state, "failed");

	if (!strcmp(ev->state, "diff")) {
		if (geteuid() == 0)
			printf("    %s\n", ev->reason);
		return;
	}
	/* A pass that does its plan tells what was done. */
	if (!o->plan && !strcmp(ev->state, "planned"))
		return;
	o->changes++;
	o->failed += failed;
	printf("%s: %s%s\n", ev->module, failed ? "failed: " : "", ev->reason);
}

static void add_line(struct once *o, const char *module, const char *state, const char *reason,
		     const char *next)
{
	buf_addf(&o->modules, "%s: %s: %s\n", module, state, reason);
	if (*next)
		buf_addf(&o->modules, "    next: %s\n", next);
}

static void on_state(struct once *o, const struct event *ev)
{
	if (state_from_name(ev->state) >= STATE_READY)
		return;
	add_line(o, ev->module, ev->state, ev->reason, ev->next);
	strv_add(&o->reasons, ev->reason);
}

void once_event(struct once *o, const struct event *ev, const char *line, size_t len)
{
	if (o->json && (strcmp(ev->state, "diff") != 0 || geteuid() == 0))
		printf("%.*s\n", (int)len, line);
	if (o->json)
		return;
	if (ev->kind == EVENT_CHANGE)
		on_change(o, ev);
	else if (ev->kind == EVENT_STATE)
		on_state(o, ev);
	fflush(stdout);
}

static bool told(const struct once *o, const char *reason)
{
	for (char **r = o->reasons; r && *r; r++)
		if (**r && strstr(reason, *r))
			return true;
	return false;
}

int once_end(struct once *o, enum state state, const char *reason, const char *next)
{
	static const int codes[_STATE_MAX] = {
		[STATE_READY] = 0,  [STATE_DEGRADED] = 3,    [STATE_CONVERGING] = 4,
		[STATE_FAILED] = 5, [STATE_QUARANTINED] = 8,
	};

	if (o->json)
		return fflush(stdout) == 0 ? codes[state] : 1;
	if (state < STATE_READY && *reason && !told(o, reason))
		add_line(o, "agent", state_name(state), reason, next);
	fputs(o->modules.data ?: "", stdout);
	if (o->changes > 0 && !o->plan)
		printf("%zu change%s, %zu failed\n", o->changes, o->changes == 1 ? "" : "s",
		       o->failed);
	else if (o->changes == 0)
		puts("nothing to do");
	fflush(stdout);
	return codes[state];
}
