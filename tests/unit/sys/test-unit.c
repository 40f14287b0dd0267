/* SPDX-License-Identifier: MIT */
/* test-unit.c -- one unit job by the unit command */
#include "tests/unit/live.h"

/* A runner that writes down what it was told. */
static void make_runner(const char *body)
{
	_cleanup_fclose_ FILE *f = fopen("/run/runner", "we");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\necho \"$*\" >>/run/told\n%s\n", body);
	fchmod(fileno(f), 0755);
	unlink("/run/told");
}

static void test_verb_and_unit_follow_the_command(void **state)
{
	char *words = (char *)"";

	live_skip_unless_there();
	make_runner("exit 0");
	sys_set_unit_command(*state, "  /run/runner  --quiet ");
	assert_int_equal(sys_unit(*state, "reload", "dnsmasq.service", 10000000, &words), 0);
	assert_null(words);
	live_assert_output("cat /run/told", "--quiet reload dnsmasq.service\n");
}

static void test_a_failed_job_comes_with_its_words(void **state)
{
	_cleanup_free_ char *words = NULL;

	live_skip_unless_there();
	make_runner("echo; echo 'bad option at line 5' >&2; exit 1");
	sys_set_unit_command(*state, "/run/runner");
	assert_int_equal(sys_unit(*state, "restart", "dnsmasq.service", 10000000, &words), -EIO);
	assert_string_equal(words, "bad option at line 5");
	assert_int_equal(sys_unit(*state, "restart", "dnsmasq.service", 10000000, NULL), -EIO);
}

static void test_an_unknown_unit_is_told_by_the_exit_code(void **state)
{
	live_skip_unless_there();
	make_runner("exit 5");
	sys_set_unit_command(*state, "/run/runner");
	assert_int_equal(sys_unit(*state, "start", "gone.service", 10000000, NULL), -ENOENT);
	make_runner("exit 4");
	assert_int_equal(sys_unit(*state, "start", "gone.service", 10000000, NULL), -ENOENT);
}

static void test_a_job_that_hangs_is_given_up(void **state)
{
	live_skip_unless_there();
	make_runner("sleep 100");
	sys_set_unit_command(*state, "/run/runner");
	assert_int_equal(sys_unit(*state, "stop", "slow.service", 300000, NULL), -ETIMEDOUT);
}

static void test_without_a_way_there_is_no_job(void **state)
{
	_cleanup_free_ char *words = NULL;

	live_skip_unless_there();
	assert_int_equal(sys_unit(*state, "start", "x.service", 1000000, NULL), -EOPNOTSUPP);
	sys_set_unit_command(*state, "   ");
	assert_int_equal(sys_unit(*state, "start", "x.service", 1000000, NULL), -EOPNOTSUPP);
	sys_set_unit_command(*state, "/nonexistent/runner");
	assert_int_equal(sys_unit(*state, "start", "x.service", 1000000, &words), -EIO);
	assert_string_equal(words, "/nonexistent/runner: No such file or directory");
}

static void test_odd_verbs_and_names_are_refused(void **state)
{
	live_skip_unless_there();
	make_runner("exit 0");
	sys_set_unit_command(*state, "/run/runner");
	assert_int_equal(sys_unit(*state, "mask", "x.service", 1000000, NULL), -EINVAL);
	assert_int_equal(sys_unit(*state, "start", "--now", 1000000, NULL), -EINVAL);
	assert_int_equal(sys_unit(*state, "start", "a b", 1000000, NULL), -EINVAL);
	assert_int_equal(sys_unit(*state, "start", "../x", 1000000, NULL), -EINVAL);
	assert_int_equal(sys_unit(*state, "start", "", 1000000, NULL), -EINVAL);
	assert_int_equal(access("/run/told", F_OK), -1);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_verb_and_unit_follow_the_command),
		LIVE_TEST(test_a_failed_job_comes_with_its_words),
		LIVE_TEST(test_an_unknown_unit_is_told_by_the_exit_code),
		LIVE_TEST(test_a_job_that_hangs_is_given_up),
		LIVE_TEST(test_without_a_way_there_is_no_job),
		LIVE_TEST(test_odd_verbs_and_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
