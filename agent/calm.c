/* SPDX-License-Identifier: MIT */
/* calm.c -- how often the journal is told what comes and goes */
#include "agent/calm.h"

#include <stdio.h>

bool calm_may(struct calm *c, uint64_t now)
{
	uint64_t from = c->from > now ? c->from : now;

	if (from + CALM_USEC > now + CALM_LINES * CALM_USEC)
		return false;
	c->from = from + CALM_USEC;
	return true;
}

const char *calm_untold(struct calm *c, char text[CALM_TEXT_MAX])
{
	text[0] = '\0';
	if (c->untold > 0)
		snprintf(text, CALM_TEXT_MAX, " (%u change%s before it not told)", c->untold,
			 c->untold == 1 ? "" : "s");
	c->untold = 0;
	return text;
}
