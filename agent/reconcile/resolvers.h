/* SPDX-License-Identifier: MIT */
/* resolvers.h -- the name servers that this machine had before we wrote its resolv.conf */
#pragma once

#include "agent/reconcile/module.h"

#define RESOLV_CONF "/etc/resolv.conf"
/* How a file of ours starts: what tells it from one that somebody else wrote over it. */
#define RESOLVERS_MARK "# Written by envagent"

/*
 * Up to MAX name servers: those of the present resolv.conf while it is somebody else's, else those
 * that this module saw last (pass->state, key "former", which this keeps), else those of the file
 * that the manifest says was there before. Returns how many, or -errno.
 */
int resolvers_former(struct pass *pass, struct addr *ret, size_t max);
