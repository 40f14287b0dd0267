/* SPDX-License-Identifier: MIT */
/*
 * backoff.h -- how long to wait before trying again
 *
 * Doubles from BACKOFF_MIN to BACKOFF_MAX. A quarter of each delay is left to chance, seeded by the
 * VM's id: 4,000 VMs that lost the same gateway at once do not come back at once, and a copy does
 * not walk in step with its original once it has another id.
 */
#pragma once

#include <stdint.h>

#define BACKOFF_MIN UINT64_C(1000000) /* usec */
#define BACKOFF_MAX UINT64_C(300000000)

struct backoff {
	uint64_t delay; /* the last full delay; 0: none yet */
	uint64_t seed;
};

/* Starts the dice anew from TEXT. */
void backoff_seed(struct backoff *b, const char *text);
/* The next delay in usec: over three quarters of the doubled one, never over BACKOFF_MAX. */
uint64_t backoff_next(struct backoff *b);
/* The last full delay again; the first one if there was none. */
uint64_t backoff_same(struct backoff *b);
/*
 * DELAY, but not before AFTER (usec, 0: nobody asked) has passed: that and up to a quarter more, as
 * all who were told the same would come back together. Never over BACKOFF_MAX.
 */
uint64_t backoff_after(struct backoff *b, uint64_t delay, uint64_t after);
/* The world changed, or it worked: the next delay is the first again. */
void backoff_reset(struct backoff *b);
