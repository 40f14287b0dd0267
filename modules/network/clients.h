/* SPDX-License-Identifier: MIT */
/* clients.h -- the DHCP clients of a link are ended, unless they work for others too */
#pragma once

#include "modules/network/ifaces.h"

/*
 * Plans to end each DHCP client of the link of WI; *RET tells whether there is one. 1 if nothing
 * may be done to that link, for one of them leases for a link that is not in WANT as well: told by
 * pass_state(). 0, or -errno.
 */
int clients_plan_stop(struct pass *pass, const struct ifaces *want, const struct iface *wi,
		      bool *ret);
