/* SPDX-License-Identifier: MIT */
/* test-plan-owed.c -- plan-owed.c: a job left undone comes back in the next plan of its module */
#include "fixture.h"

#define OWED "/run/envagent/owed.json"

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_true(sys_mkdir(f->sys, "/run/envagent", 0755) >= 0);
	fixture_put(
		f, OWED,
		"{\"jobs\":[{\"module\":\"template\",\"verb\":\"reload\",\"unit\":\"a.service\"},"
		"{\"module\":\"dns\",\"verb\":\"restart\",\"unit\":\"d.service\"}],"
		"\"version\":1}",
		0600);
	fixture_begin(f);
	return 0;
}

static void test_it_comes_back_with_its_module_only(void **state)
{
	struct fixture *f = *state;

	fixture_expect_plan(f, "");
	plan_module(f->plan, "template");
	fixture_expect_plan(f, "reload a.service\n");
	assert_int_equal(fixture_apply(f), 0);
	fixture_begin(f);
	plan_module(f->plan, "template");
	fixture_expect_plan(f, "");
	plan_module(f->plan, "dns");
	fixture_expect_plan(f, "restart d.service\n");
}

static void test_the_last_one_done_takes_the_file_along(void **state)
{
	struct fixture *f = *state;

	plan_module(f->plan, "template");
	plan_module(f->plan, "dns");
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, OWED, NULL);
}

static void test_what_a_dropped_plan_took_stays_owed(void **state)
{
	struct fixture *f = *state;

	plan_module(f->plan, "template");
	plan_drop(f->plan, "template");
	plan_module(f->plan, "dns");
	assert_int_equal(fixture_apply(f), 0);
	fixture_begin(f);
	plan_module(f->plan, "template");
	fixture_expect_plan(f, "reload a.service\n");
}

static void test_what_is_left_out_for_a_failure_stays_owed(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = str_printf("%s/etc/a", f->dir);

	plan_module(f->plan, "template");
	assert_int_equal(fixture_plan_text(f, "/etc/a", "x"), 1);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(fixture_apply(f), 2);
	fixture_begin(f);
	plan_module(f->plan, "template");
	fixture_expect_plan(f, "reload a.service\n");
}

static void test_a_damaged_file_owes_nothing(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, OWED, "{\"jobs\":[{\"module\":5", 0600);
	fixture_begin(f);
	plan_module(f->plan, "template");
	fixture_expect_plan(f, "");
	fixture_put(f, OWED, "{\"jobs\":[{\"module\":\"dns\"},7],\"version\":1}", 0600);
	fixture_begin(f);
	plan_module(f->plan, "dns");
	fixture_expect_plan(f, "");
}

#define OWED_TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWED_TEST(test_it_comes_back_with_its_module_only),
		OWED_TEST(test_the_last_one_done_takes_the_file_along),
		OWED_TEST(test_what_a_dropped_plan_took_stays_owed),
		OWED_TEST(test_what_is_left_out_for_a_failure_stays_owed),
		OWED_TEST(test_a_damaged_file_owes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
