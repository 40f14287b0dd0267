/* SPDX-License-Identifier: MIT */
/* resolv.h -- a root with an /etc/resolv.conf for the module resolv */
#pragma once

#include "tests/unit/modules/scratch.h"

#include "modules/resolv/resolv.h"

extern const struct module module_resolv;

#define CONF                                                        \
	"[Agent]\nDomain=cluster.test\n"                            \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\n"             \
	"Mac=02:00:00:00:00:01\n[Host web-1]\nAddress=10.60.0.21\n" \
	"Mac=02:00:00:00:00:02\n"
#define FORMER "search old.test\nnameserver 10.9.0.53\n"

static inline int setup(void **state)
{
	*state = scratch_new(&module_resolv, NULL);
	return 0;
}

static inline int teardown(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *command = str_printf("rm -rf %s.before", s->dir);

	assert_int_equal(system(command), 0);
	scratch_free(s);
	return 0;
}

static inline void put(struct scratch *s, const char *path, const char *text)
{
	_cleanup_free_ char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));

	assert_true(sys_mkdir(s->sys, dir, 0755) >= 0);
	scratch_file(s, path, text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
