/* SPDX-License-Identifier: MIT */
/* test-plan-job.c -- plan-job.c: a real unit command, and the former files where it fails */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

#include "fixture.h"

#define OWED "/run/envagent/owed.json"

/* Refuses a configuration with the word "bad" in it, and logs each call. */
static const char script[] = "#!/bin/sh\n"
			     "echo \"$1 $2\" >>/run/jobs\n"
			     "[ \"$2\" != none.service ] || exit 5\n"
			     "[ \"$2\" != lenient.service ] || exit 0\n"
			     "cat /etc/app.conf /etc/app.d 2>/dev/null | grep bad || exit 0\n"
			     "exit 1\n";

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*state = f;
	if (live_reason)
		return 0;
	live_run("rm -rf /run/jobs /run/envagent /var/lib/envagent /etc/app.conf /etc/app.d");
	assert_int_equal(sys_open("/", &f->sys), 0);
	fixture_put(f, "/run/unit-command", script, 0755);
	sys_set_unit_command(f->sys, "/run/unit-command");
	fixture_begin(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fixture_end(f);
	buf_done(&f->told);
	sys_free(f->sys);
	free(f);
	return 0;
}

static int owe(struct fixture *f, const char *path, const char *text, const char *unit)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.reload = unit,
	};

	return plan_file(f->plan, path, text, strlen(text), &opts);
}

static void test_a_job_runs_once_after_all_files(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	assert_int_equal(owe(f, "/etc/app.conf", "good\n", "app.service"), 1);
	assert_int_equal(owe(f, "/etc/app.d", "good\n", "app.service"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, "/run/jobs", "reload app.service\n");
	fixture_expect(f, OWED, NULL);
}

static void test_a_failed_job_puts_the_former_files_back_and_runs_again(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	fixture_put(f, "/etc/app.conf", "good\n", 0640);
	assert_int_equal(owe(f, "/etc/app.conf", "bad line\n", "app.service"), 1);
	assert_int_equal(owe(f, "/etc/app.d", "new\n", "app.service"), 1);
	assert_int_equal(fixture_apply(f), 1);
	assert_string_equal(f->told.data, "done write /etc/app.conf\ndone write /etc/app.d\n"
					  "failed reload app.service: bad line; "
					  "the former files are back and in force\n");
	fixture_expect(f, "/etc/app.conf", "good\n");
	fixture_expect(f, "/etc/app.d", NULL);
	fixture_expect(f, "/run/jobs", "reload app.service\nreload app.service\n");
	fixture_expect(f, OWED, NULL);
	assert_false(plan_at(f->plan, 2)->down);
	assert_true(plan_at(f->plan, 0)->failed);

	fixture_begin(f);
	assert_null(manifest_file(f->manifest, "/etc/app.conf"));
	assert_int_equal(owe(f, "/etc/app.conf", "bad line\n", "app.service"), 1);
}

static void test_a_unit_that_took_the_new_file_takes_the_former_one_again(void **state)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.restart = "lenient.service",
		.reload = "app.service",
	};
	struct fixture *f = *state;

	live_skip_unless_there();
	fixture_put(f, "/etc/app.conf", "good\n", 0644);
	assert_int_equal(plan_file(f->plan, "/etc/app.conf", "bad\n", 4, &opts), 1);
	assert_int_equal(fixture_apply(f), 1);
	fixture_expect(f, "/etc/app.conf", "good\n");
	fixture_expect(f, "/run/jobs",
		       "restart lenient.service\nreload app.service\nreload app.service\n"
		       "restart lenient.service\n");
	fixture_expect(f, OWED, NULL);
}

static void test_a_unit_that_fails_with_the_former_file_stays_owed(void **state)
{
	const struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.restart = "first.service",
		.reload = "app.service",
	};
	struct fixture *f = *state;

	live_skip_unless_there();
	/* the first unit can take the new file only, the second one the former one only */
	fixture_put(f, "/run/unit-command",
		    "#!/bin/sh\n"
		    "case $2 in first*) grep -q new /etc/app.conf;; *) ! grep new /etc/app.conf;; "
		    "esac\n",
		    0755);
	fixture_put(f, "/etc/app.conf", "former\n", 0644);
	assert_int_equal(plan_file(f->plan, "/etc/app.conf", "new\n", 4, &opts), 1);
	assert_int_equal(fixture_apply(f), 2);
	fixture_expect(f, "/etc/app.conf", "former\n");
	assert_true(plan_at(f->plan, 1)->down);
	fixture_begin(f);
	fixture_expect_plan(f, "restart first.service\n");
}

static void test_a_file_that_was_ours_goes_back_to_what_we_wrote_last(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	fixture_put(f, "/etc/app.conf", "foreign\n", 0644);
	assert_int_equal(owe(f, "/etc/app.conf", "good\n", "app.service"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_begin(f);
	assert_int_equal(owe(f, "/etc/app.conf", "bad\n", "app.service"), 1);
	assert_int_equal(fixture_apply(f), 1);
	fixture_expect(f, "/etc/app.conf", "good\n");
	fixture_begin(f);
	assert_int_equal(manifest_file(f->manifest, "/etc/app.conf")->before, SYS_FILE);
	assert_int_equal(owe(f, "/etc/app.conf", "good\n", "app.service"), 0);
}

static void test_a_job_that_fails_both_times_stays_owed(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	fixture_put(f, "/etc/app.conf", "bad from the start\n", 0644);
	assert_int_equal(owe(f, "/etc/app.conf", "bad still\n", "app.service"), 1);
	assert_int_equal(fixture_apply(f), 1);
	assert_true(plan_at(f->plan, 1)->down);
	fixture_expect(f, "/etc/app.conf", "bad from the start\n");

	fixture_put(f, "/etc/app.conf", "repaired by hand\n", 0644);
	fixture_begin(f);
	fixture_expect_plan(f, "reload app.service\n");
	assert_int_equal(fixture_apply(f), 0);
	fixture_begin(f);
	fixture_expect_plan(f, "");
	fixture_expect(f, OWED, NULL);
}

static void test_a_unit_that_does_not_exist_is_not_owed_for_ever(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	assert_int_equal(owe(f, "/etc/app.conf", "good\n", "none.service"), 1);
	assert_int_equal(fixture_apply(f), 1);
	fixture_expect(f, "/etc/app.conf", NULL);
	fixture_expect(f, OWED, NULL);
}

static void test_a_job_is_on_the_disk_before_its_file(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	/* the unit command kills us: what it leaves behind is what a killed pass leaves behind */
	fixture_put(f, "/run/unit-command", "#!/bin/sh\ncp " OWED " /run/seen\n", 0755);
	assert_int_equal(owe(f, "/etc/app.conf", "good\n", "app.service"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_expect(f, "/run/seen",
		       "{\"jobs\":[{\"module\":\"host\",\"verb\":\"reload\","
		       "\"unit\":\"app.service\"}],\"version\":1}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_job_runs_once_after_all_files),
		T(test_a_failed_job_puts_the_former_files_back_and_runs_again),
		T(test_a_unit_that_took_the_new_file_takes_the_former_one_again),
		T(test_a_unit_that_fails_with_the_former_file_stays_owed),
		T(test_a_file_that_was_ours_goes_back_to_what_we_wrote_last),
		T(test_a_job_that_fails_both_times_stays_owed),
		T(test_a_unit_that_does_not_exist_is_not_owed_for_ever),
		T(test_a_job_is_on_the_disk_before_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
