/* SPDX-License-Identifier: MIT */
/* config.c -- the verb config: is the configuration right, and what is in force? */
#include <string.h>

#include "tools/agentctl/once.h"
#include "tools/agentctl/show.h"

/* What the two programs end with when something is wrong is not what a state is for scripts. */
static int plain(int r)
{
	return r == CTL_READY || r == CTL_NOT_RUNNING ? r : CTL_ERROR;
}

int ctl_config(struct ctl *ctl)
{
	if (strcmp(ctl->args[0], "check") == 0)
		return plain(once_check(ctl));
	if (strcmp(ctl->args[0], "show") == 0)
		return plain(once_show(ctl));
	show_error(ctl, "agentctl config --help", "config takes check or show, not '%s'",
		   ctl->args[0]);
	return CTL_USAGE;
}
