/* SPDX-License-Identifier: MIT */
/* scratch.h -- a root of its own for each test */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/sys/sys.h"

struct scratch {
	char root[32];
	struct sys *sys;
};

static inline int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	*state = s;
	strcpy(s->root, "/tmp/envagent-test.XXXXXX");
	return mkdtemp(s->root) ? sys_open(s->root, &s->sys) : -1;
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *remove = str_printf("rm -rf '%s'", s->root);

	sys_free(s->sys);
	free(s);
	return system(remove);
}

#define SCRATCH_TEST(t) cmocka_unit_test_setup_teardown(t, scratch_setup, scratch_teardown)

/* The path as the test's own calls see it; owned. */
static inline char *scratch_path(struct scratch *s, const char *path)
{
	return str_printf("%s%s", s->root, path);
}

/* Makes a file, and its folders. */
static inline void scratch_put(struct scratch *s, const char *path, const char *text)
{
	_cleanup_free_ char *full = scratch_path(s, path);
	_cleanup_fclose_ FILE *file = NULL;

	for (char *p = full + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	file = fopen(full, "we");
	assert_non_null(file);
	fputs(text, file);
}

static inline void scratch_link(struct scratch *s, const char *target, const char *path)
{
	_cleanup_free_ char *full = scratch_path(s, path);

	assert_int_equal(symlink(target, full), 0);
}

static inline void assert_content(struct scratch *s, const char *path, const char *text)
{
	_cleanup_free_ char *got = NULL;

	assert_int_equal(sys_read(s->sys, path, &got, NULL), 0);
	assert_string_equal(got, text);
}
