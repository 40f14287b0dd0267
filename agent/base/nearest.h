/* SPDX-License-Identifier: MIT */
/* nearest.h -- "did you mean ...?" */
#pragma once

/* Offer it candidates; BEST is then the nearest one that a typing error can explain, or NULL. */
struct nearest {
	const char *word;
	const char *best; /* borrowed from who offered it */
	unsigned distance;
};
#define NEAREST_INIT(w) ((struct nearest){ .word = (w) })

void nearest_offer(struct nearest *n, const char *candidate);

/*
 * How many characters must be added, dropped, replaced or swapped with their neighbour to make B of
 * A; case does not count. Words of over 63 bytes are infinitely far.
 */
unsigned nearest_distance(const char *a, const char *b);
