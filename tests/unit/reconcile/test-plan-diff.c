/* SPDX-License-Identifier: MIT */
/* test-plan-diff.c -- plan-diff.c: what people see of a change */
#include "fixture.h"

static void expect_diff(struct fixture *f, const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_adds(&b, "");
	assert_int_equal(plan_diff(f->plan, plan_at(f->plan, 0), &b), 0);
	assert_string_equal(b.data, text);
}

static void test_a_changed_line_is_shown_with_its_neighbours(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/a", "1\n2\n3\n4\n5\n", 0644);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "1\n2\nthree\n4\n5\n"), 1);
	expect_diff(f, "@@ -2 +2 @@\n 2\n-3\n+three\n 4\n");
}

static void test_a_new_file_is_all_new(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_plan_text(f, "/etc/a", "1\n2\n"), 1);
	expect_diff(f, "@@ -1 +1 @@\n+1\n+2\n");
}

static void test_lines_before_a_kept_last_line_are_shown(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/a", "last\n", 0644);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "1\n2\nlast\n"), 1);
	expect_diff(f, "@@ -1 +1 @@\n+1\n+2\n last\n");
}

static void test_a_mode_and_a_link_are_told_in_words(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/a", "1\n", 0600);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "1\n"), 1);
	expect_diff(f, "(mode 0600 becomes 0644)\n");
	plan_drop(f->plan, "host");
	assert_int_equal(sys_symlink(f->sys, "a", "/etc/link"), 1);
	assert_int_equal(fixture_plan_text(f, "/etc/link", "1\n"), 1);
	expect_diff(f, "(a file in place of a link to a)\n");
}

static void test_a_secret_is_not_shown(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts opts = {
		.write = { .mode = 0600, .uid = -1, .gid = -1 },
		.secret = true,
	};

	assert_int_equal(plan_file(f->plan, "/etc/a", "pass\n", 5, &opts), 1);
	expect_diff(f, "(secret)\n");
	assert_string_equal(plan_at(f->plan, 0)->summary, "write /etc/a");
}

static void test_other_kinds_have_no_diff(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_unit(f->plan, "reload", "app.service"), 1);
	expect_diff(f, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_changed_line_is_shown_with_its_neighbours),
		TEST(test_a_new_file_is_all_new),
		TEST(test_lines_before_a_kept_last_line_are_shown),
		TEST(test_a_mode_and_a_link_are_told_in_words),
		TEST(test_a_secret_is_not_shown),
		TEST(test_other_kinds_have_no_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
