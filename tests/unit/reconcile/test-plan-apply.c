/* SPDX-License-Identifier: MIT */
/* test-plan-apply.c -- plan-apply.c: the manifest first, then each change; a failure stops its
 * module */
#include "fixture.h"

static void test_all_is_done_in_the_order_added(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/b", "old", 0600);
	assert_int_equal(fixture_plan_text(f, "/etc/b", "new"), 1);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "text"), 1);
	assert_int_equal(fixture_apply(f), 0);
	assert_string_equal(f->told.data, "done write /etc/b\ndone write /etc/a\n");
	fixture_expect(f, "/etc/a", "text");
	fixture_expect(f, "/etc/b", "new");
	assert_true(plan_at(f->plan, 0)->done);
}

static void test_a_second_pass_plans_and_writes_nothing(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	assert_int_equal(fixture_plan_text(f, "/etc/a", "text"), 1);
	assert_int_equal(fixture_apply(f), 0);
	before = fixture_stamp(f);
	fixture_begin(f);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "text"), 0);
	assert_int_equal(plan_count(f->plan), 0);
	assert_int_equal(fixture_apply(f), 0);
	after = fixture_stamp(f);
	assert_string_equal(before, after);
}

static void test_the_entry_is_on_the_disk_before_the_change(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *error = NULL, *path = NULL;
	struct manifest *m;

	/* the change itself cannot be done: what is on the disk then was there before it */
	fixture_put(f, "/etc/a", "old", 0644);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "new"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_begin(f);
	assert_int_equal(fixture_plan_text(f, "/etc/a", "newer"), 1);
	path = str_printf("%s/etc/a", f->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(fixture_apply(f), 1);
	assert_int_equal(manifest_load(f->sys, &m, &error), 0);
	assert_string_not_equal(manifest_file(m, "/etc/a")->next_hash,
				manifest_file(m, "/etc/a")->hash);
	manifest_free(m);
}

static void test_a_failure_leaves_out_the_rest_of_its_module_only(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = str_printf("%s/etc/a", f->dir);

	assert_int_equal(fixture_plan_text(f, "/etc/a", "x"), 1);
	assert_int_equal(fixture_plan_text(f, "/etc/b", "x"), 1);
	plan_module(f->plan, "resolv");
	assert_int_equal(fixture_plan_text(f, "/etc/c", "x"), 1);
	assert_int_equal(mkdir(path, 0755), 0);

	assert_int_equal(fixture_apply(f), 2);
	assert_string_equal(f->told.data,
			    "failed write /etc/a\n"
			    "failed write /etc/b: left out: a change before it failed\n"
			    "done write /etc/c\n");
	fixture_expect(f, "/etc/b", NULL);
	fixture_begin(f);
	assert_null(manifest_file(f->manifest, "/etc/a"));
	assert_null(manifest_file(f->manifest, "/etc/b"));
	assert_non_null(manifest_file(f->manifest, "/etc/c"));
}

static void test_a_file_that_stands_alone_fails_alone_with_what_it_owes(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts app = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.reload = "app.service",
		.alone = true,
	};
	struct plan_file_opts web = app;
	_cleanup_free_ char *path = str_printf("%s/etc/a", f->dir);

	web.reload = "web.service";
	assert_int_equal(plan_file(f->plan, "/etc/a", "x", 1, &app), 1);
	assert_int_equal(plan_file(f->plan, "/etc/b", "x", 1, &web), 1);
	assert_int_equal(fixture_plan_text(f, "/etc/c", "x"), 1);
	assert_int_equal(plan_unit(f->plan, "restart", "own.service"), 1);
	assert_int_equal(mkdir(path, 0755), 0);

	assert_int_equal(fixture_apply(f), 2);
	assert_string_equal(f->told.data, "failed write /etc/a\n"
					  "done write /etc/b\n"
					  "done write /etc/c\n"
					  "failed reload app.service: "
					  "left out: nothing that needs it was done\n"
					  "done reload web.service\n"
					  "done restart own.service\n");
	fixture_begin(f);
	assert_null(manifest_file(f->manifest, "/etc/a"));
	assert_non_null(manifest_file(f->manifest, "/etc/b"));
}

static void test_without_a_manifest_nothing_is_touched(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_plan_text(f, "/etc/a", "x"), 1);
	fixture_put(f, "/var", "a file where a directory should be", 0644);
	assert_int_equal(fixture_apply(f), -ENOTDIR);
	fixture_expect(f, "/etc/a", NULL);
	assert_int_equal(f->told.len, 0);
}

static void test_below_another_root_a_job_has_nothing_to_do(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.reload = "app.service",
	};

	assert_int_equal(plan_file(f->plan, "/etc/a", "x", 1, &opts), 1);
	assert_int_equal(fixture_apply(f), 0);
	assert_string_equal(f->told.data, "done write /etc/a\ndone reload app.service\n");
	fixture_expect(f, "/run/envagent/owed.json", NULL);
}

static void test_a_job_without_its_file_is_left_out(void **state)
{
	struct fixture *f = *state;
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.reload = "app.service",
	};
	_cleanup_free_ char *path = str_printf("%s/etc/a", f->dir);

	assert_int_equal(plan_file(f->plan, "/etc/a", "x", 1, &opts), 1);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(fixture_apply(f), 2);
	assert_string_equal(f->told.data, "failed write /etc/a\nfailed reload app.service: "
					  "left out: nothing that needs it was done\n");
	fixture_expect(f, "/run/envagent/owed.json", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_is_done_in_the_order_added),
		TEST(test_a_second_pass_plans_and_writes_nothing),
		TEST(test_the_entry_is_on_the_disk_before_the_change),
		TEST(test_a_failure_leaves_out_the_rest_of_its_module_only),
		TEST(test_a_file_that_stands_alone_fails_alone_with_what_it_owes),
		TEST(test_without_a_manifest_nothing_is_touched),
		TEST(test_below_another_root_a_job_has_nothing_to_do),
		TEST(test_a_job_without_its_file_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
