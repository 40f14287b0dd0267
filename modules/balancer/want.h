/* SPDX-License-Identifier: MIT */
/* want.h -- which pools this environment should have */
#pragma once

#include "agent/reconcile/module.h"
#include "modules/balancer/driver.h"

struct want {
	struct mux_pool *pools; /* sorted by name */
	size_t n;
};
void want_done(struct want *w);

/*
 * The pools of all public [Service] sections, their members by the fact "nat" (host name -> address
 * towards the mux). -EAGAIN with a sentence in *ret_why (owned) while an address is unknown: half a
 * pool is not registered.
 */
int want_pools(const struct pass *pass, struct want *ret, char **ret_why);
/* All of W as one word: two that differ in anything have others. */
void want_hash(const struct want *w, char ret[65]);
