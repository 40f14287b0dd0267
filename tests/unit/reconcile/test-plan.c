/* SPDX-License-Identifier: MIT */
/* test-plan.c -- plan.c: the list, and one job for each unit */
#include "fixture.h"

static int owe(struct fixture *f, const char *path, const char *reload, const char *restart)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 },
		.reload = reload,
		.restart = restart,
	};

	return plan_file(f->plan, path, "x", 1, &opts);
}

static void test_jobs_come_last_and_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(owe(f, "/etc/a", "app.service", NULL), 1);
	assert_int_equal(owe(f, "/etc/b", "app.service", NULL), 1);
	assert_int_equal(owe(f, "/etc/c", "web.service", NULL), 1);
	fixture_expect_plan(f, "write /etc/a\nwrite /etc/b\nwrite /etc/c\n"
			       "reload app.service\nreload web.service\n");
	assert_int_equal(plan_count(f->plan), 5);
	assert_null(plan_at(f->plan, 5));
}

static void test_restart_wins_over_reload(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(owe(f, "/etc/a", "app.service", NULL), 1);
	assert_int_equal(owe(f, "/etc/b", NULL, "app.service"), 1);
	assert_int_equal(plan_unit(f->plan, "reload", "app.service"), 1);
	fixture_expect_plan(f, "write /etc/a\nwrite /etc/b\nrestart app.service\n");
}

static void test_a_unit_to_start_and_to_reload_is_restarted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_unit(f->plan, "start", "app.service"), 1);
	assert_int_equal(plan_unit(f->plan, "reload", "app.service"), 1);
	fixture_expect_plan(f, "restart app.service\n");
}

static void test_an_unknown_verb_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(plan_unit(f->plan, "mask", "app.service"), -EINVAL);
	assert_int_equal(plan_count(f->plan), 0);
}

static void test_a_dropped_module_leaves_nothing_but_the_others_jobs(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(owe(f, "/etc/a", "app.service", NULL), 1);
	plan_module(f->plan, "template");
	assert_int_equal(owe(f, "/etc/b", "app.service", NULL), 1);
	assert_int_equal(owe(f, "/etc/c", "web.service", NULL), 1);
	assert_int_equal(plan_count_of(f->plan, "host"), 2);
	assert_int_equal(plan_count_of(f->plan, "template"), 3);

	plan_drop(f->plan, "template");
	fixture_expect_plan(f, "write /etc/a\nreload app.service\n");
	plan_drop(f->plan, "host");
	fixture_expect_plan(f, "");
}

static void test_a_job_goes_to_the_module_that_is_left(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(owe(f, "/etc/a", "app.service", NULL), 1);
	plan_module(f->plan, "template");
	assert_int_equal(owe(f, "/etc/b", "app.service", NULL), 1);
	plan_drop(f->plan, "host");
	fixture_expect_plan(f, "write /etc/b\nreload app.service\n");
	assert_int_equal(plan_count_of(f->plan, "template"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_jobs_come_last_and_once),
		TEST(test_restart_wins_over_reload),
		TEST(test_a_unit_to_start_and_to_reload_is_restarted),
		TEST(test_an_unknown_verb_is_refused),
		TEST(test_a_dropped_module_leaves_nothing_but_the_others_jobs),
		TEST(test_a_job_goes_to_the_module_that_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
