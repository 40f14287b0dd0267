/* SPDX-License-Identifier: MIT */
/*
 * arena.h -- the memory of one rendering: taken piece by piece, given back all at once
 *
 * Tokens, syntax trees and values live here, so nothing in the language owns anything. What a
 * template can make the renderer hold is bounded by the arena's limit.
 */
#pragma once

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	char *at;    /* the free rest of the newest chunk */
	size_t left; /* its bytes */
	size_t used; /* bytes handed out */
	size_t max;  /* what may be handed out */
	int error;   /* why the last NULL was returned: -ENOMEM or -E2BIG */
};
#define ARENA_INIT(limit) ((struct arena){ .max = (limit) })
void arena_done(struct arena *a);

/* SIZE zeroed bytes, aligned for anything; NULL with a->error set. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, but not zeroed. */
void *arena_raw(struct arena *a, size_t size);
/* N zeroed items of SIZE bytes; an overflow is over the limit. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of LEN bytes, with a NUL after them. */
char *arena_copy(struct arena *a, const void *data, size_t len);
/* What may still be handed out. */
size_t arena_left(const struct arena *a);
