/* SPDX-License-Identifier: MIT */
/* test-host.c -- the live host name */
#include "tests/unit/live.h"

static void test_the_name_is_set_and_read(void **state)
{
	_cleanup_free_ char *name = NULL;

	live_skip_unless_there();
	assert_int_equal(sys_hostname_set(*state, "web-1.cluster.test"), 0);
	live_assert_output("hostname", "web-1.cluster.test\n");
	assert_int_equal(sys_hostname_get(*state, &name), 0);
	assert_string_equal(name, "web-1.cluster.test");
}

static void test_what_is_no_name_is_not_set(void **state)
{
	live_skip_unless_there();
	live_run("hostname before");
	assert_int_equal(sys_hostname_set(*state, "web 1"), -EINVAL);
	assert_int_equal(sys_hostname_set(*state, ""), -EINVAL);
	live_assert_output("hostname", "before\n");
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_the_name_is_set_and_read),
		LIVE_TEST(test_what_is_no_name_is_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
