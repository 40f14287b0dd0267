/* SPDX-License-Identifier: MIT */
/* diff.h -- from what is registered to what should be: a list of changes, in their order */
#pragma once

#include "modules/balancer/want.h"

struct diff {
	struct mux_change *changes;
	size_t n;
	char **texts;		 /* a line for people for each of them */
	unsigned leaving;	 /* members that were disabled and go with a later pass */
	struct mux_pool *merged; /* wanted pools with members that are on their way out */
	size_t n_merged;
};
void diff_done(struct diff *d);

/* The changes of pools, monitors and nodes; HAVE must be full. WANT must outlive *ret. */
int diff_pools(const struct want *want, const struct mux_state *have, struct diff *ret);
/* One more change at the front. TEXT and NAME are copied, POOL is none. */
int diff_first(struct diff *d, enum mux_change_kind kind, const char *name, const char *text);
