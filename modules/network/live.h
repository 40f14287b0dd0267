/* SPDX-License-Identifier: MIT */
/* live.h -- the changes that make a link's addresses and routes the wanted ones */
#pragma once

#include "modules/network/ifaces.h"

/* The links of WANT that are down are set up. 0, 1 or -errno. */
int live_plan_up(struct pass *pass, const struct ifaces *want);
/*
 * Plans all that differs, with the route to the metadata service by TO_METADATA, one of WANT (NULL:
 * none is wanted). 0 or -errno, which was logged.
 */
int live_plan(struct pass *pass, const struct ifaces *want, const struct iface *to_metadata);
/*
 * The route to the metadata service by WI, as it is or as it shall be; 0 if none of WI's is of use,
 * else 1.
 */
int live_metadata(const struct sys_net *net, const struct iface *wi, struct sys_route *ret);
