/* SPDX-License-Identifier: MIT */
/* test-plan-file.c -- plan-file.c: what is a change, and what can never be one */
#include "fixture.h"

static void test_a_file_that_is_so_is_no_change(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/a", "text", 0644);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "text"), 0);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "test"), 1);
	fixture_expect_plan(f, "write /etc/a\n");
}

static void test_another_mode_is_a_change_unless_it_is_kept(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1, .keep_mode = true },
	};

	fixture_put(f, "/etc/a", "text", 0600);
	assert_int_equal(plan_file(f->plan, "/etc/a", "text", 4, &opts), 0);
	opts.write.keep_mode = false;
	assert_int_equal(plan_file(f->plan, "/etc/a", "text", 4, &opts), 1);
}

static void test_another_owner_is_a_change(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts opts = { .write = { .mode = 0644, .uid = -1, .gid = 12345 } };

	fixture_put(f, "/etc/a", "text", 0644);
	assert_int_equal(plan_file(f->plan, "/etc/a", "text", 4, &opts), 1);
}

static void test_a_link_is_replaced_or_followed(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts opts = { .write = { .mode = 0644, .uid = -1, .gid = -1 } };

	assert_true(sys_mkdir(f->sys, "/srv", 0755) > 0);
	fixture_put(f, "/srv/real", "text", 0644);
	assert_int_equal(sys_symlink(f->sys, "/srv/real", "/etc/link"), 1);
	assert_int_equal(plan_file(f->plan, "/etc/link", "text", 4, &opts), 1);
	plan_drop(f->plan, "host");

	opts.write.follow = true;
	assert_int_equal(plan_file(f->plan, "/etc/link", "text", 4, &opts), 0);
	assert_int_equal(plan_file(f->plan, "/etc/link", "new!", 4, &opts), 1);
	assert_string_equal(plan_at(f->plan, 0)->path, "/srv/real");
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, "/srv/real", "new!");
	assert_non_null(manifest_file(f->manifest, "/srv/real"));
}

static void test_what_can_never_be_written_is_told_at_once(void **state)
{
	struct fixture *f = *state;

	assert_true(sys_mkdir(f->sys, "/etc/dir", 0755) > 0);
	fixture_put(f, "/etc/file", "", 0644);
	assert_int_equal(fixture_plan_text(f, "/etc/dir", "x"), -EISDIR);
	assert_int_equal(fixture_plan_text(f, "/etc/none/a", "x"), -ENOENT);
	assert_int_equal(fixture_plan_text(f, "/etc/file/a", "x"), -ENOTDIR);
	assert_int_equal(fixture_plan_text(f, "etc/a", "x"), -EINVAL);
	assert_int_equal(plan_count(f->plan), 0);
}

static void test_the_same_path_twice_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_plan_text(f, "/etc/a", "x"), 1);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "y"), -EEXIST);
}

static void test_a_directory_is_made_for_its_files(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_dir(f->plan, "/etc", 0755), 0);
	assert_int_equal(plan_dir(f->plan, "/srv/x", 0750), 1);
	assert_int_equal(plan_dir(f->plan, "/srv/x", 0750), 0);
	assert_int_equal(fixture_plan_text(f, "/srv/x/a", "x"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, "/srv/x/a", "x");
	fixture_put(f, "/etc/file", "", 0644);
	assert_int_equal(plan_dir(f->plan, "/etc/file", 0755), -ENOTDIR);
}

static void test_only_what_is_ours_is_unlinked(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/foreign", "x", 0644);
	assert_int_equal(plan_unlink(f->plan, "/etc/foreign"), -EPERM);
	assert_int_equal(plan_unlink(f->plan, "/etc/none"), 0);
	assert_int_equal(fixture_plan_text(f, "/etc/ours", "x"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_begin(f);
	assert_int_equal(plan_unlink(f->plan, "/etc/ours"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, "/etc/ours", NULL);
	fixture_begin(f);
	assert_null(manifest_file(f->manifest, "/etc/ours"));
}

static void test_others_of_ours_in_a_directory_go(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_file_in(f->plan, "/srv/d", "a", "1", 0644), 1);
	assert_int_equal(plan_file_in(f->plan, "/srv/d", "b", "2", 0644), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_put(f, "/srv/d/foreign", "x", 0644);

	fixture_begin(f);
	assert_int_equal(plan_file_in(f->plan, "/srv/d", "b", "2", 0644), 0);
	assert_int_equal(plan_unlink_others(f->plan, "/srv/d"), 1);
	fixture_expect_plan(f, "unlink /srv/d/a\n");
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, "/srv/d/a", NULL);
	fixture_expect(f, "/srv/d/foreign", "x");
}

static void test_a_name_that_is_a_path_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_file_in(f->plan, "/srv/d", "../a", "1", 0644), -EINVAL);
	assert_int_equal(plan_file_in(f->plan, "/srv/d", "..", "1", 0644), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_file_that_is_so_is_no_change),
		TEST(test_another_mode_is_a_change_unless_it_is_kept),
		TEST(test_another_owner_is_a_change),
		TEST(test_a_link_is_replaced_or_followed),
		TEST(test_what_can_never_be_written_is_told_at_once),
		TEST(test_the_same_path_twice_is_refused),
		TEST(test_a_directory_is_made_for_its_files),
		TEST(test_only_what_is_ours_is_unlinked),
		TEST(test_others_of_ours_in_a_directory_go),
		TEST(test_a_name_that_is_a_path_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
