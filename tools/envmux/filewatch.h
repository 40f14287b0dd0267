/* SPDX-License-Identifier: MIT */
/* filewatch.h -- has a file, or what is in a folder, become another? */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Starts zeroed: what is there at the first look is what was known before. */
struct filewatch {
	uint64_t looked_at; /* monotonic ms */
	uint64_t had, seen; /* what it was, as one number */
};

/*
 * True once after PATH has become another. Seen from outside, by size, number and times: two looks,
 * a second apart, must agree, so who writes a file in pieces is given a second to end. NOW is
 * monotonic, in ms.
 */
bool filewatch_changed(struct filewatch *w, const char *path, uint64_t now);
/* One number for a file, or for all in a folder in whatever order; 0 if it cannot be seen. */
uint64_t filewatch_signature(const char *path);
