/* SPDX-License-Identifier: MIT */
/* test-source.c -- places in a template */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "modules/template/source.h"

static void expect_place(const char *text, size_t pos, unsigned line, unsigned column)
{
	unsigned got_line, got_column;

	source_place(text, strlen(text), pos, &got_line, &got_column);
	assert_int_equal(got_line, line);
	assert_int_equal(got_column, column);
}

static void test_lines_and_columns_count_from_one_in_bytes(void **state)
{
	expect_place("", 0, 1, 1);
	expect_place("ab\ncd", 0, 1, 1);
	expect_place("ab\ncd", 2, 1, 3);
	expect_place("ab\ncd", 3, 2, 1);
	expect_place("ab\ncd", 5, 2, 3);
	expect_place("ab\n", 99, 2, 1);
	expect_place("é x", 3, 1, 4);
}

static void test_an_error_is_one_line_whatever_goes_into_it(void **state)
{
	struct erb_error error = { .fact = "left over", .unknown = true };
	const struct source src = { "a\nb", 3, &error };

	assert_int_equal(source_fail(&src, 2, "no '%s'", "x\n\033[1m"), -EINVAL);
	assert_string_equal(error.text, "no 'x??[1m'");
	assert_int_equal(error.line, 2);
	assert_int_equal(error.column, 1);
	assert_string_equal(error.fact, "");
	assert_false(error.unknown);
	assert_int_equal(source_spent(&src, 0, "spent"), -E2BIG);
	assert_int_equal(source_memory(&src, 0, -ENOMEM), -ENOMEM);
	assert_int_equal(source_memory(&src, 0, -E2BIG), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_and_columns_count_from_one_in_bytes),
		cmocka_unit_test(test_an_error_is_one_line_whatever_goes_into_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
