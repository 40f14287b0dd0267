/* SPDX-License-Identifier: MIT */
/* test-bus.c -- a machine whose systemd cannot be reached */
#include "tests/unit/live.h"

#include "agent/sys/bus.h"

static void test_no_bus_is_told_at_once(void **state)
{
	_cleanup_bus_ struct bus b = {};

	live_skip_unless_there();
	assert_int_equal(bus_open(&b, 1000000), -ENOENT);
}

static void test_a_unit_job_without_a_bus_says_so(void **state)
{
	_cleanup_free_ char *words = NULL;

	live_skip_unless_there();
	live_run("mkdir -p /run/systemd/system");
	sys_set_unit_command(*state, "/bin/true");
	assert_int_equal(sys_unit(*state, "start", "x.service", 1000000, &words), -EIO);
	assert_string_equal(words,
			    "no connection to systemd over D-Bus: No such file or directory");
}

static void test_a_users_command_without_a_bus_is_not_run_elsewhere(void **state)
{
	struct sys_run_opts opts = { .timeout = 1000000 };

	live_skip_unless_there();
	live_run("mkdir -p /run/systemd/system");
	assert_int_equal(sys_run_user(*state, "touch /run/done", &opts, NULL), -ENOTCONN);
	assert_int_equal(access("/run/done", F_OK), -1);
	opts.user = "no-such-user";
	assert_int_equal(sys_run_user(*state, "true", &opts, NULL), -ESRCH);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_no_bus_is_told_at_once),
		LIVE_TEST(test_a_unit_job_without_a_bus_says_so),
		LIVE_TEST(test_a_users_command_without_a_bus_is_not_run_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
