/* SPDX-License-Identifier: MIT */
/* test-file.c -- whole files, with a limit */
#include "tests/unit/agentctl/fixture.h"
#include "tools/agentctl/file.h"

static void test_all_bytes_come_with_their_number(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct fixture *f = *state;
	uint64_t mtime;
	size_t len;

	write_text(f, "/x", "hello\n");
	assert_int_equal(file_read(f->root, "/x", 100, &text, &len, &mtime), 0);
	assert_int_equal(len, 6);
	assert_string_equal(text, "hello\n");
	assert_true(mtime + 600000000 > usec_now());
}

static void test_an_empty_file_is_an_empty_text(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct fixture *f = *state;
	size_t len = 9;

	write_text(f, "/x", "");
	assert_int_equal(file_read(f->root, "/x", 100, &text, &len, NULL), 0);
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
}

static void test_a_file_over_the_limit_is_refused(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct fixture *f = *state;
	size_t len;

	write_text(f, "/x", "123456");
	assert_int_equal(file_read(f->root, "/x", 5, &text, &len, NULL), -EFBIG);
	assert_null(text);
	assert_int_equal(file_read(f->root, "/x", 6, &text, &len, NULL), 0);
	assert_int_equal(file_read(f->root, "/none", 6, &text, &len, NULL), -ENOENT);
	assert_int_equal(file_read(f->root, "/run", 6, &text, &len, NULL), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_all_bytes_come_with_their_number),
		fixture_test(test_an_empty_file_is_an_empty_text),
		fixture_test(test_a_file_over_the_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
