/* SPDX-License-Identifier: MIT */
/* cleanup.h -- scope-bound ownership: what a variable owns goes when it leaves its scope */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The pointer's value, with the variable set to NULL: ownership goes to the caller. */
#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})
#define TAKE_FD(fd)                   \
	({                            \
		int _taken_fd = (fd); \
		(fd) = -1;            \
		_taken_fd;            \
	})

/* Makes a cleanup handler NAMEp() out of a free function that takes NULL. */
#define DEFINE_CLEANUP(type, func)          \
	static inline void func##p(type *p) \
	{                                   \
		if (*p)                     \
			func(*p);           \
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(freep)

/* Closes without touching errno. */
void safe_close(int fd);
static inline void closep(int *fd)
{
	if (*fd >= 0)
		safe_close(*fd);
}
#define _cleanup_close_ _cleanup_(closep)

DEFINE_CLEANUP(FILE *, fclose)
#define _cleanup_fclose_ _cleanup_(fclosep)
DEFINE_CLEANUP(DIR *, closedir)
#define _cleanup_closedir_ _cleanup_(closedirp)

static inline void json_putp(struct json_object **o)
{
	json_object_put(*o);
}
#define _cleanup_json_ _cleanup_(json_putp)

/* A NULL-terminated vector of strings and everything in it. NULL is fine. */
void strv_free(char **v);
static inline void strv_freep(char ***v)
{
	strv_free(*v);
}
#define _cleanup_strv_ _cleanup_(strv_freep)
size_t strv_len(char *const *v);
/* Appends a copy of S to *V. -ENOMEM with *V as it was. */
int strv_add(char ***v, const char *s);
int strv_contains(char *const *v, const char *s);
