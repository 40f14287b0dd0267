/* SPDX-License-Identifier: MIT */
/* test-spans.c -- spans.c: names of files of spans, and the hash in them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/spans.h"

static void expect_name(const char *path, const char *wanted)
{
	_cleanup_free_ char *name = spans_name(path);

	assert_string_equal(name, wanted);
}

static void test_no_two_paths_have_one_name(void **state)
{
	expect_name("/etc/app.yml", "etc%app.yml.json");
	expect_name("/etc%app.yml", "etc%25app.yml.json");
	expect_name("/etc/.app", "etc%.app.json");
}

static void test_a_path_that_is_too_long_for_a_name_has_none(void **state)
{
	char path[300];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	expect_name(path, "");
}

/* The values of the authors' own test suite. */
static void test_the_hash_is_fnv_1a(void **state)
{
	char text[SPANS_HASH_TEXT];

	assert_string_equal(spans_hash_text("", 0, text), "cbf29ce484222325");
	assert_string_equal(spans_hash_text("a", 1, text), "af63dc4c8601ec8c");
	assert_string_equal(spans_hash_text("foobar", 6, text), "85944171f73967e8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_two_paths_have_one_name),
		cmocka_unit_test(test_a_path_that_is_too_long_for_a_name_has_none),
		cmocka_unit_test(test_the_hash_is_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
