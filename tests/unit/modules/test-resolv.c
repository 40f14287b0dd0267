/* SPDX-License-Identifier: MIT */
/* test-resolv.c -- what becomes of /etc/resolv.conf */
#include "tests/unit/modules/scratch.h"

extern const struct module module_resolv;

#define HEAD                                                                       \
	"# Written by envagent and put back when it is changed; [Resolv] in\n"     \
	"# /etc/envagent/envagent.conf says what is here, Manage=no there leaves " \
	"it alone.\n"
#define CONF                                                        \
	"[Agent]\nDomain=cluster.test\n"                            \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\n"             \
	"Mac=02:00:00:00:00:01\n[Host web-1]\nAddress=10.60.0.21\n" \
	"Mac=02:00:00:00:00:02\n"

static int setup(void **state)
{
	*state = scratch_new(&module_resolv, NULL);
	return 0;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

static void answered(struct scratch *s)
{
	assert_int_equal(json_set_str(s->state, "answered", "10.60.0.10"), 0);
}

static void test_dns_host_first_and_former_second_until_it_answers(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf", "search old.test\nnameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /etc/resolv.conf\n");
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.53 stays second");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/resolv.conf",
			    HEAD "search cluster.test\nnameserver 10.60.0.10\n"
				 "nameserver 10.9.0.53\n");

	answered(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_READY, "10.60.0.10 (dns-1)");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/resolv.conf",
			    HEAD "search cluster.test\nnameserver 10.60.0.10\n");
}

static void test_second_pass_plans_nothing(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
}

static void test_former_server_is_found_again_after_a_reboot(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	json_object_put(s->state);
	s->state = json_object_new_object();
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.53 stays second");
}

static void test_what_somebody_wrote_over_it_is_taken_as_former(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_file(s, "/etc/resolv.conf", "nameserver 10.9.0.54\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /etc/resolv.conf\n");
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.54 stays second");
}

static void test_a_link_becomes_a_file_and_is_remembered(void **state)
{
	struct scratch *s = *state;
	struct sys_stat st;

	assert_true(sys_mkdir(s->sys, "/run/resolver", 0755) >= 0);
	scratch_file(s, "/run/resolver/resolv.conf", "nameserver 127.0.0.53\n");
	assert_true(sys_symlink(s->sys, "../run/resolver/resolv.conf", "/etc/resolv.conf") >= 0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(sys_lstat(s->sys, "/etc/resolv.conf", &st), 0);
	assert_int_equal(st.kind, SYS_FILE);
	sys_stat_done(&st);
	scratch_expect_file(s, "/run/resolver/resolv.conf", "nameserver 127.0.0.53\n");
	assert_int_equal(manifest_file(s->manifest, "/etc/resolv.conf")->before, SYS_LINK);

	/* after a reboot the target, which its manager renews, tells */
	json_object_put(s->state);
	s->state = json_object_new_object();
	scratch_file(s, "/run/resolver/resolv.conf", "nameserver 10.9.0.55\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.55 stays second");
}

static void test_no_dns_host_leaves_it_as_it_is(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf", "nameserver 10.9.0.53\n");
	assert_int_equal(scratch_plan(s, "[Agent]\nDomain=cluster.test\n"), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_READY, "left as it is");
}

static void test_options_of_the_user_are_taken(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, CONF "[Resolv]\nNameservers=10.1.1.1 fd00::1\n"
					      "Search=a.test b.test\nOptions=ndots:2 rotate\n"),
			 0);
	scratch_expect_state(s, STATE_READY, "by Nameservers=");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/resolv.conf",
			    HEAD "search a.test b.test\nnameserver 10.1.1.1\n"
				 "nameserver fd00::1\noptions ndots:2 rotate\n");
}

static void test_never_more_than_three_servers(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/resolv.conf",
		     "nameserver 10.60.0.10\nnameserver 10.9.0.1\nnameserver 10.9.0.2\n"
		     "nameserver 10.9.0.3\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/resolv.conf",
			    HEAD "search cluster.test\nnameserver 10.60.0.10\n"
				 "nameserver 10.9.0.1\nnameserver 10.9.0.2\n");

	assert_true(scratch_plan(s, "[Resolv]\nNameservers=1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4\n") < 0);
	scratch_expect_state(s, STATE_FAILED, "test.conf:2:");
}

static void test_a_bad_option_writes_nothing(void **state)
{
	struct scratch *s = *state;

	assert_true(scratch_plan(s, CONF "[Resolv]\nOptions=ndots:2;rm\n") < 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_FAILED,
			     "test.conf:11:9: 'ndots:2;rm' in Options= is nothing that");
}

static void test_a_directory_in_its_place_is_a_clear_error(void **state)
{
	struct scratch *s = *state;

	assert_true(sys_mkdir(s->sys, "/etc/resolv.conf", 0755) >= 0);
	assert_true(scratch_plan(s, CONF) < 0);
	scratch_expect_state(s, STATE_FAILED, "/etc/resolv.conf cannot be read: Is a directory");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_dns_host_first_and_former_second_until_it_answers),
		T(test_second_pass_plans_nothing),
		T(test_former_server_is_found_again_after_a_reboot),
		T(test_what_somebody_wrote_over_it_is_taken_as_former),
		T(test_a_link_becomes_a_file_and_is_remembered),
		T(test_no_dns_host_leaves_it_as_it_is),
		T(test_options_of_the_user_are_taken),
		T(test_never_more_than_three_servers),
		T(test_a_bad_option_writes_nothing),
		T(test_a_directory_in_its_place_is_a_clear_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
