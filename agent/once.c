/* SPDX-License-Identifier: MIT */
/* once.c -- envagentd --once: the events of a pass as lines for people, and the exit code */
#include "agent/once.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void once_identity(const struct fetchline *line)
{
	if (line->found)
		printf("identity: environment %s, VM %s, from %s\n", line->env, line->vm,
		       line->from);
	else
		printf("no identity: %s\n", line->tries);
}

static void change(const struct event *ev)
{
	if (!strcmp(ev->state, "failed"))
		printf("failed: %s\n", ev->reason);
	else if (strcmp(ev->state, "diff") != 0 || geteuid() == 0)
		printf("%s\n", ev->reason);
}

static void module_state(const struct event *ev)
{
	printf("%-10s %-12s %s\n", ev->module, ev->state, ev->reason);
	if (ev->next[0])
		printf("%-10s %-12s next: %s\n", "", "", ev->next);
}

void once_event(const struct event *ev)
{
	if (ev->kind == EVENT_CHANGE)
		change(ev);
	else if (ev->kind == EVENT_STATE)
		module_state(ev);
	fflush(stdout);
}

int once_end(enum state state, const char *reason, const char *next)
{
	static const int codes[_STATE_MAX] = {
		[STATE_READY] = 0,  [STATE_DEGRADED] = 3,    [STATE_CONVERGING] = 4,
		[STATE_FAILED] = 5, [STATE_QUARANTINED] = 8,
	};

	printf("%s%s%s\n", state_name(state), *reason ? ": " : "", reason);
	if (*next)
		printf("next: %s\n", next);
	fflush(stdout);
	return codes[state];
}
