/* SPDX-License-Identifier: MIT */
/* lease.h -- who may write to the partition of this environment, and until when */
#pragma once

#include "modules/balancer/session.h"

#define LEASE_TEXT_MAX 160

/*
 * By what S has read of the stamp: 1 if we may write, 0 if not and the state of PASS says why,
 * -errno. A stamp that is to be made, or renewed as half of its time is over, is the first change
 * of S afterwards. The end of the lease, in the mux's time, is kept in the state of PASS.
 */
int lease_claim(struct pass *pass, struct session *s);

/* "owner Ada Lovelace, leased until 2026-11-22 10:15:00 UTC", as lease_claim() kept it; TEXT. */
const char *lease_text(const struct pass *pass, char text[LEASE_TEXT_MAX]);
