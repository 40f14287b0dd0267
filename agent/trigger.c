/* SPDX-License-Identifier: MIT */
/* trigger.c -- what wakes us, merged */
#include "agent/trigger.h"

#include <stdio.h>

static const char *const names[_TRIGGER_MAX] = {
	[TRIGGER_START] = "start",
	[TRIGGER_CHECK] = "identity check",
	[TRIGGER_RETRY] = "retry",
	[TRIGGER_DOCUMENT] = "metadata changed",
	[TRIGGER_IDENTITY] = "new identity",
	[TRIGGER_NETWORK] = "network",
	[TRIGGER_LEASE] = "lease",
	[TRIGGER_FILE] = "file changed",
	[TRIGGER_DUE] = "due",
	[TRIGGER_LIMIT] = "ready limit",
	[TRIGGER_LOCAL] = "no gateway",
	[TRIGGER_RESUME] = "end of a pause",
	[TRIGGER_RELOAD] = "reload",
	[TRIGGER_CONTROL] = "control",
};

void trigger_set(struct triggers *t, enum trigger which)
{
	t->bits |= 1u << which;
}

bool trigger_has(struct triggers t, enum trigger which)
{
	return t.bits & (1u << which);
}

bool trigger_wants_pass(struct triggers t)
{
	return t.bits & ~(1u << TRIGGER_CHECK);
}

bool trigger_by_hand(struct triggers t)
{
	return trigger_has(t, TRIGGER_RELOAD) || trigger_has(t, TRIGGER_RESUME) ||
	       trigger_has(t, TRIGGER_CONTROL);
}

struct triggers trigger_take(struct triggers *t)
{
	struct triggers taken = *t;

	t->bits = 0;
	return taken;
}

const char *trigger_text(struct triggers t, char text[TRIGGER_TEXT_MAX])
{
	size_t len = 0;

	text[0] = '\0';
	for (int i = 0; i < _TRIGGER_MAX; i++)
		if (trigger_has(t, (enum trigger)i))
			len += (size_t)snprintf(text + len, TRIGGER_TEXT_MAX - len, "%s%s",
						len ? ", " : "", names[i]);
	return text;
}
