/* SPDX-License-Identifier: MIT */
/*
 * calm.h -- how often the journal is told what comes and goes
 *
 * A gateway that answers every other time would make lines for ever. CALM_LINES are told as they
 * come, then one in CALM_USEC; each that was not told is counted, and the next one says so. The
 * status has everything at any time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CALM_LINES 8
#define CALM_USEC UINT64_C(3600000000)

struct calm {
	uint64_t from; /* usec monotonic: as of then, a line in CALM_USEC has been told; 0: none */
	unsigned untold; /* since the last that was told; the caller counts */
};

/* Whether a line may be told NOW (usec monotonic). If so, it has been. */
bool calm_may(struct calm *c, uint64_t now);

#define CALM_TEXT_MAX 64
/* " (3 changes before it not told)", "" if there are none; there are none then. TEXT. */
const char *calm_untold(struct calm *c, char text[CALM_TEXT_MAX]);
