/* SPDX-License-Identifier: MIT */
/* leader.h -- what the agent's files say of the load balancer, and who may speak to it */
#pragma once

#include "tools/agentctl/daemon.h"
#include "tools/agentctl/factsfile.h"

enum { LEADER_PLATFORM, LEADER_BALANCER, LEADER_MODULES };

struct leader {
	struct daemon daemon;
	struct factsfile *facts; /* owned; NULL: there are none yet */

	/* Borrowed from the two above. */
	struct json_object *modules[LEADER_MODULES]; /* of the status; NULL: did not report */
	struct json_object *services;		     /* an array, or NULL */
};
void leader_done(struct leader *l);
#define _cleanup_leader_ _cleanup_(leader_done)

/* 0, also if there are no files; -errno having said on ctl->err why. *ret is to be emptied. */
int leader_read(struct ctl *ctl, struct leader *ret);

/* Has this host the role leader? 1, 0, or -ENOMSG if that is not known, with the reason. */
int leader_is_here(const struct leader *l, const char **ret_why);
/* True if the balancer did not report, or that it is off. */
bool leader_absent(const struct leader *l);
/*
 * Says on ctl->err why nothing is registered from here, and what to do. REASON is the balancer's
 * own, or "".
 */
void leader_say_why(struct ctl *ctl, const struct leader *l, const char *reason);
