/* SPDX-License-Identifier: MIT */
/*
 * live.h -- live things in the manifest: how they are written down, and how they are put back
 *
 *   key                            before
 *   hostname                       the former name
 *   addr IF ADDRESS/PREFIX         absent | permanent | lease
 *   route IF default|NET METRIC    absent | link | the former gateway
 *   mtu IF                         the former number
 *   dhcp IF PROGRAM                the client's argv, a JSON array
 */
#pragma once

#include "agent/reconcile/plan.h"

/* "default" or "10.0.0.0/8"; returns TEXT. */
const char *live_dst(const struct addr *dst, char text[ADDR_TEXT_MAX]);

/* What of the manifest C is about; *ret owned, NULL if it is about nothing of it. 0 or -ENOMEM. */
int live_key(const struct change *c, char **ret);
/*
 * What C is about to change, as it is in NET. 1 with both owned, 0 if there is nothing to keep: a
 * lease that goes is its client's to bring again.
 */
int live_record(struct sys *sys, const struct sys_net *net, const struct change *c, char **ret_key,
		char **ret_before);

/*
 * Makes L as it was. Where a DHCP client of M is going to run again, its addresses and routes are
 * taken away only, so that it can bring its own. 1; 0 if it was so; -errno; -ENODEV if the link is
 * gone.
 */
int live_restore(struct sys *sys, const struct manifest *m, const struct manifest_live *l);
