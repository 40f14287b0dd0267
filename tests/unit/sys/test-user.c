/* SPDX-License-Identifier: MIT */
/* test-user.c -- a command line that a user wrote, where systemd does not run */
#include "tests/unit/live.h"

static void test_a_shell_reads_the_command(void **state)
{
	struct sys_run_opts opts = { .timeout = 10000000, .output_max = 100, .stdin_text = "in" };
	_cleanup_buf_ struct buf out = BUF_INIT;

	live_skip_unless_there();
	assert_int_equal(
		sys_run_user(*state, "x='$a' && cat && echo \" $x\" | tr a b; exit 4", &opts, &out),
		4);
	assert_string_equal(out.data, "in $b\n");
}

static void test_it_runs_as_the_user_and_not_for_ever(void **state)
{
	struct sys_run_opts opts = { .timeout = 10000000, .output_max = 100, .user = "nobody" };
	_cleanup_buf_ struct buf out = BUF_INIT;

	live_skip_unless_there();
	assert_int_equal(sys_run_user(*state, "id -un", &opts, &out), 0);
	assert_string_equal(out.data, "nobody\n");
	opts.timeout = 300000;
	assert_int_equal(sys_run_user(*state, "sleep 100", &opts, NULL), -ETIMEDOUT);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_a_shell_reads_the_command),
		LIVE_TEST(test_it_runs_as_the_user_and_not_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
