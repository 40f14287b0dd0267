/* SPDX-License-Identifier: MIT */
/* reload.c -- the verb reload: let the daemon read its configuration again */
#include "tools/agentctl/ask.h"

int ctl_reload(struct ctl *ctl)
{
	_cleanup_(client_freep) struct client *client = NULL;
	_cleanup_reply_ struct client_reply reply = {};
	int r;

	r = ask_open(ctl, &client);
	if (r == 0)
		r = client_call(client, "Reload", NULL, false);
	if (r == 0)
		r = client_next(client, &reply);
	if (r < 0)
		return ask_failed(ctl, "reload", r);
	return reply.error ? ask_refused(ctl, "reload", &reply) : CTL_READY;
}
