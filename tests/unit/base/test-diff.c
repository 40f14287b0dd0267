/* SPDX-License-Identifier: MIT */
/* test-diff.c -- the lines that differ between two texts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/diff.h"

static char *diff(const char *before, const char *after, unsigned context)
{
	struct buf out = BUF_INIT;

	assert_int_equal(diff_lines(before, strlen(before), after, strlen(after), context, &out),
			 0);
	return buf_take(&out);
}

static void assert_diff(const char *before, const char *after, unsigned context,
			const char *expected)
{
	_cleanup_free_ char *got = diff(before, after, context);

	assert_string_equal(got, expected);
}

static void test_equal_texts_give_nothing(void **state)
{
	assert_diff("a\nb\n", "a\nb\n", 3, "");
	assert_diff("", "", 3, "");
}

static void test_a_changed_line_with_its_neighbours(void **state)
{
	assert_diff("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nX\n5\n6\n7\n", 1,
		    "@@ -3 +3 @@\n 3\n-4\n+X\n 5\n");
	assert_diff("a\n", "b\n", 0, "@@ -1 +1 @@\n-a\n+b\n");
}

static void test_whole_files(void **state)
{
	assert_diff("", "a\nb\n", 3, "@@ -1 +1 @@\n+a\n+b\n");
	assert_diff("a\nb\n", "", 3, "@@ -1 +1 @@\n-a\n-b\n");
}

static void test_far_changes_are_groups_of_their_own(void **state)
{
	assert_diff("a\n1\n2\n3\n4\n5\nz\n", "A\n1\n2\n3\n4\n5\nZ\n", 2,
		    "@@ -1 +1 @@\n-a\n+A\n 1\n 2\n@@ -5 +5 @@\n 4\n 5\n-z\n+Z\n");
	assert_diff("a\n1\n2\n3\n4\nz\n", "A\n1\n2\n3\n4\nZ\n", 2,
		    "@@ -1 +1 @@\n-a\n+A\n 1\n 2\n 3\n 4\n-z\n+Z\n");
}

static void test_a_missing_last_newline_is_shown(void **state)
{
	assert_diff("a\nb", "a\nb\n", 1, "@@ -1 +1 @@\n a\n-b\n\\ no newline at the end\n+b\n");
}

static void test_it_is_the_shortest(void **state)
{
	assert_diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", 0,
		    "@@ -1 +1 @@\n-a\n-b\n@@ -4 +2 @@\n+b\n@@ -6 +5 @@\n-b\n@@ -8 +6 @@\n+c\n");
}

/* Applies a diff with full context to nothing: rebuilds both texts out of it. */
static void assert_rebuilds(const char *before, const char *after)
{
	_cleanup_free_ char *text = diff(before, after, 100000);
	_cleanup_buf_ struct buf old = BUF_INIT, new = BUF_INIT;
	unsigned groups = 0;

	for (char *line = text; *line;) {
		size_t len = strcspn(line, "\n") + 1;

		if (line[0] == '@')
			groups++;
		else if (line[0] != '+')
			buf_add(&old, line + 1, len - 1);
		if (line[0] == ' ' || line[0] == '+')
			buf_add(&new, line + 1, len - 1);
		line += len;
	}
	if (groups == 0)
		return;
	assert_int_equal(groups, 1);
	assert_string_equal(old.data ?: "", before);
	assert_string_equal(new.data ?: "", after);
}

static void test_any_two_texts_can_be_rebuilt(void **state)
{
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		char a[64] = "", b[64] = "";

		for (char *p = a; p < a + 2 * (round % 20);
		     p += 2, seed = seed * 1103515245 + 12345)
			memcpy(p, (char[]){ 'a' + (seed >> 16) % 3, '\n', '\0' }, 3);
		for (char *p = b; p < b + 2 * (round % 17);
		     p += 2, seed = seed * 1103515245 + 12345)
			memcpy(p, (char[]){ 'a' + (seed >> 16) % 3, '\n', '\0' }, 3);
		assert_rebuilds(a, b);
	}
}

static void test_what_is_no_text_is_not_shown(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(diff_lines("a\n", 2, "a\0b\xff", 4, 3, &out), 0);
	assert_string_equal(out.data, "(binary, 4 bytes)\n");
	assert_diff("a\x1b[0m\n", "a\n", 3, "(binary, 2 bytes)\n");
	assert_diff("a\tb\r\n", "a\tc\r\n", 0, "@@ -1 +1 @@\n-a\tb\r\n+a\tc\r\n");
}

static void test_large_texts_are_shown_as_replaced(void **state)
{
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT, out = BUF_INIT;

	for (int i = 0; i < 3000; i++) {
		buf_addf(&a, "%d\n", i);
		buf_addf(&b, "%d\n", i % 2 ? i : -i - 1);
	}
	assert_int_equal(diff_lines(a.data, a.len, b.data, b.len, 0, &out), 0);
	assert_true(!strncmp(out.data, "@@ -1 +1 @@\n-0\n-1\n-2\n", 21));

	for (int i = 0; i < 20000; i++)
		buf_adds(&a, "x\n");
	buf_reset(&out);
	assert_int_equal(diff_lines(a.data, a.len, a.data, a.len - 2, 0, &out), 0);
	assert_true(out.len > a.len);
}

static void test_the_limit_of_the_output_is_told(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(10);

	assert_int_equal(diff_lines("a\n", 2, "b\n", 2, 0, &out), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_texts_give_nothing),
		cmocka_unit_test(test_a_changed_line_with_its_neighbours),
		cmocka_unit_test(test_whole_files),
		cmocka_unit_test(test_far_changes_are_groups_of_their_own),
		cmocka_unit_test(test_a_missing_last_newline_is_shown),
		cmocka_unit_test(test_it_is_the_shortest),
		cmocka_unit_test(test_any_two_texts_can_be_rebuilt),
		cmocka_unit_test(test_what_is_no_text_is_not_shown),
		cmocka_unit_test(test_large_texts_are_shown_as_replaced),
		cmocka_unit_test(test_the_limit_of_the_output_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
