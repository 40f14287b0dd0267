/* SPDX-License-Identifier: MIT */
/* test-buf.c -- a growing run of bytes with a limit */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"

static void test_bytes_are_followed_by_a_nul(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(buf_adds(&b, "one"), 0);
	assert_int_equal(buf_addc(&b, ' '), 0);
	assert_int_equal(buf_addf(&b, "%d", 2), 0);
	assert_int_equal(buf_add(&b, "\0x", 2), 0);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "one 2\0x", 8);
}

static void test_it_grows_over_any_size(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_addf(&b, "%04d", i), 0);
	assert_int_equal(b.len, 40000);
	assert_int_equal(strlen(b.data), 40000);
	assert_memory_equal(b.data + 39996, "9999", 5);
}

static void test_the_limit_is_exact_and_sticks(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT_MAX(4);

	assert_int_equal(buf_adds(&b, "abcd"), 0);
	assert_int_equal(buf_addc(&b, 'e'), -E2BIG);
	assert_int_equal(buf_adds(&b, ""), -E2BIG);
	assert_string_equal(b.data, "abcd");
	assert_null(buf_take(&b));

	buf_reset(&b);
	assert_int_equal(buf_addf(&b, "%s", "wxyz"), 0);
	assert_int_equal(buf_addf(&b, "%s", "!"), -E2BIG);
}

static void test_taking_hands_over_and_empties(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *empty = buf_take(&b), *text = NULL;

	assert_string_equal(empty, "");
	buf_adds(&b, "text");
	text = buf_take(&b);
	assert_string_equal(text, "text");
	assert_int_equal(b.len, 0);
	assert_null(b.data);
}

static void test_a_format_makes_an_owned_string(void **state)
{
	_cleanup_free_ char *s = str_printf("%s-%u", "web", 7u);

	assert_string_equal(s, "web-7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_followed_by_a_nul),
		cmocka_unit_test(test_it_grows_over_any_size),
		cmocka_unit_test(test_the_limit_is_exact_and_sticks),
		cmocka_unit_test(test_taking_hands_over_and_empties),
		cmocka_unit_test(test_a_format_makes_an_owned_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
