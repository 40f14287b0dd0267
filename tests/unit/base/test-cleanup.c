/* SPDX-License-Identifier: MIT */
/* test-cleanup.c -- vectors of strings, descriptors that close quietly */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/base/cleanup.h"

static void test_a_vector_grows_by_copies(void **state)
{
	_cleanup_strv_ char **v = NULL;
	char word[] = "one";

	assert_int_equal(strv_len(v), 0);
	assert_false(strv_contains(v, "one"));
	assert_int_equal(strv_add(&v, word), 0);
	word[0] = 'X';
	assert_int_equal(strv_add(&v, "two"), 0);
	assert_int_equal(strv_len(v), 2);
	assert_string_equal(v[0], "one");
	assert_null(v[2]);
	assert_true(strv_contains(v, "two"));
	assert_false(strv_contains(v, "Two"));
}

static void test_take_leaves_nothing_behind(void **state)
{
	char *p = strdup("mine");
	_cleanup_free_ char *q = TAKE_PTR(p);
	int fd = 7;

	assert_null(p);
	assert_string_equal(q, "mine");
	assert_int_equal(TAKE_FD(fd), 7);
	assert_int_equal(fd, -1);
}

static void test_closing_keeps_errno(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	errno = ENOSPC;
	safe_close(fd);
	safe_close(fd); /* not open any more */
	safe_close(-1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_vector_grows_by_copies),
		cmocka_unit_test(test_take_leaves_nothing_behind),
		cmocka_unit_test(test_closing_keeps_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
