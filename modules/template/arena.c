/* SPDX-License-Identifier: MIT */
/* arena.c -- the memory of one rendering */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "modules/template/arena.h"

#define CHUNK_MIN (16u * 1024)
#define CHUNK_MAX (1024u * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	alignas(max_align_t) char data[];
};

void arena_done(struct arena *a)
{
	struct arena_chunk *c = a->chunks;

	while (c) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
	*a = (struct arena){ .max = a->max };
}

/* Chunks grow with what was taken so far, so a small template stays at one. */
static int arena_grow(struct arena *a, size_t size)
{
	size_t want = a->used;
	struct arena_chunk *c;

	if (want < CHUNK_MIN)
		want = CHUNK_MIN;
	if (want > CHUNK_MAX)
		want = CHUNK_MAX;
	if (want < size)
		want = size;

	c = malloc(sizeof(*c) + want);
	if (!c)
		return -ENOMEM;
	c->size = want;
	c->next = a->chunks;
	a->chunks = c;
	a->at = c->data;
	a->left = want;
	return 0;
}

void *arena_raw(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	void *p;
	int r;

	if (size > a->max - a->used) {
		a->error = -E2BIG;
		return NULL;
	}
	/* nothing has an address, too */
	size = size > 0 ? (size + align - 1) & ~(align - 1) : align;
	if (size > a->left) {
		r = arena_grow(a, size);
		if (r < 0) {
			a->error = r;
			return NULL;
		}
	}
	p = a->at;
	a->at += size;
	a->left -= size;
	a->used = size > a->max - a->used ? a->max : a->used + size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_raw(a, size);

	return p ? memset(p, 0, size) : NULL;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total)) {
		a->error = -E2BIG;
		return NULL;
	}
	return arena_alloc(a, total);
}

char *arena_copy(struct arena *a, const void *data, size_t len)
{
	char *p = arena_raw(a, len + 1);

	if (!p)
		return NULL;
	if (len > 0)
		memcpy(p, data, len);
	p[len] = '\0';
	return p;
}

size_t arena_left(const struct arena *a)
{
	return a->max - a->used;
}
