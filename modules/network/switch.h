/* SPDX-License-Identifier: MIT */
/*
 * switch.h -- a switch of the live network that is confirmed or taken back
 *
 * The changes of the network stand between two steps of the plan: the first asks what answers now,
 * keeps a checkpoint and starts a guard; the last asks again, and commits or takes all back. What
 * shall outlive a reboot is planned after it, and left out if it fails; where a program that runs
 * takes these files, that is a switch of its own.
 */
#pragma once

#include "modules/network/ifaces.h"

struct switching;

/*
 * Plans the first step. WANT is copied; its links are those of PASS. The plan owns *ret. DOOR is
 * who takes the files that are changed between the steps, called by the last one, and once more
 * when they are taken back; borrowed. NULL: no files are part of it.
 */
int switch_plan_begin(struct pass *pass, const struct ifaces *want, uint64_t confirm,
		      const char *door, struct switching **ret);
/* Plans to ask whether the new addresses are free, if there are any: the links are up by then. */
int switch_plan_free(struct switching *sw);
/* Plans the last step. */
int switch_plan_end(struct switching *sw);

/*
 * What another pass left: 1 if there is a switch that is not decided, then nothing else is planned
 * but what is due for it, and it is told by pass_state(). 0 if there is none, or none any more.
 */
int switch_pending(struct pass *pass);

/* After the changes: 1 if there is one still, told by pass_state(). */
int switch_undecided(struct pass *pass);

/* The switch that this pass plans is to be confirmed by a person. */
bool switch_by_person(const struct pass *pass);

/*
 * 1 if the switch to WANT was taken back and is not to be tried again now, told by pass_state(); 0
 * if nothing keeps us.
 */
int switch_held_back(struct pass *pass, const struct ifaces *want);
