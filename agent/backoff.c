/* SPDX-License-Identifier: MIT */
/* backoff.c -- how long to wait before trying again */
#include "agent/backoff.h"

void backoff_seed(struct backoff *b, const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	b->seed = h;
}

/* splitmix64 */
static uint64_t dice(struct backoff *b)
{
	uint64_t z = (b->seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t backoff_next(struct backoff *b)
{
	b->delay = b->delay ? b->delay * 2 : BACKOFF_MIN;
	if (b->delay > BACKOFF_MAX)
		b->delay = BACKOFF_MAX;
	return b->delay - dice(b) % (b->delay / 4);
}

uint64_t backoff_same(struct backoff *b)
{
	return b->delay ?: backoff_next(b);
}

uint64_t backoff_after(struct backoff *b, uint64_t delay, uint64_t after)
{
	if (after > BACKOFF_MAX)
		after = BACKOFF_MAX;
	if (after > 0)
		after += dice(b) % (after / 4 + 1);
	if (after > BACKOFF_MAX)
		after = BACKOFF_MAX;
	return after > delay ? after : delay;
}

void backoff_reset(struct backoff *b)
{
	b->delay = 0;
}
