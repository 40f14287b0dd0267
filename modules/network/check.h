/* SPDX-License-Identifier: MIT */
/* check.h -- whether the machine has the addresses and routes that it shall have */
#pragma once

#include "modules/network/ifaces.h"

bool check_same(const struct addr *a, const struct addr *b); /* prefix included */
/* The address of the link with INDEX that is A, prefix included; or NULL. */
const struct sys_addr *check_addr(const struct sys_net *net, int index, const struct addr *a);
/* There is a route like W: same link, metric, gateway and protocol. */
bool check_route(const struct sys_net *net, const struct sys_route *w);

/*
 * Tells by pass_state() how WANT stands in NET, link by link. With CLIENTS it also looks for DHCP
 * clients that are still there.
 */
int check_ifaces(struct pass *pass, const struct sys_net *net, const struct ifaces *want,
		 bool clients);
