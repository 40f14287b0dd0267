/* SPDX-License-Identifier: MIT */
/* resolvers.h -- the name servers that this machine had before we wrote its resolv.conf */
#pragma once

#include "agent/reconcile/module.h"

#define RESOLV_CONF "/etc/resolv.conf"
/* How a file of ours starts: what tells it from one that somebody else wrote over it. */
#define RESOLVERS_MARK "# Written by envagent"

/* systemd-resolved: the servers that it asks, and our file for it. */
#define RESOLVED_SERVERS "/run/systemd/resolve/resolv.conf"
#define RESOLVED_DROPINS "/run/systemd/resolved.conf.d"
#define RESOLVED_DROPIN RESOLVED_DROPINS "/90-envagent.conf"

/*
 * Up to MAX name servers: those of the present resolv.conf while it is somebody else's (of a
 * stub of systemd-resolved: those that it asks), else those
 * that this module saw last (pass->state, key "former", which this keeps), else those of the file
 * that the manifest says was there before. Returns how many, or -errno.
 */
int resolvers_former(struct pass *pass, struct addr *ret, size_t max);
