/* SPDX-License-Identifier: MIT */
/* test-host.c -- the host module: /etc/hostname and the own line of /etc/hosts */
#include "tests/unit/modules/scratch.h"

#include <errno.h>

extern const struct module module_host;

#define CONF "[Host web-1]\nAddress=10.60.0.99\n"
#define INTERFACES "[{\"mac\":\"00:50:56:2a:10:02\",\"ip\":\"10.60.0.21\"}]"

static int setup(void **state)
{
	struct scratch *s = scratch_new(&module_host, NULL);

	scratch_fact(s, "hostname", "\"web-1\"");
	scratch_fact(s, "fqdn", "\"web-1.cluster.test\"");
	scratch_fact(s, "interfaces", INTERFACES);
	scratch_file(s, "/etc/hostname", "web-1\n");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

static void expect_hosts(struct scratch *s, const char *before, const char *after)
{
	scratch_file(s, "/etc/hosts", before);
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/hosts", after);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_READY, "web-1.cluster.test");
}

#define LINE "10.60.0.21\tweb-1.cluster.test web-1 # envagent\n"

static void test_the_own_line_is_added_and_the_others_stay_to_the_byte(void **state)
{
	expect_hosts(*state, "127.0.0.1\tlocalhost\n\n# a comment \r\n::1  ip6-localhost\n",
		     "127.0.0.1\tlocalhost\n\n# a comment \r\n::1  ip6-localhost\n" LINE);
}

static void test_an_older_line_of_ours_is_replaced(void **state)
{
	expect_hosts(*state,
		     "127.0.0.1 localhost\n10.1.1.1\told.cluster.test old # envagent\n::1 l\n",
		     "127.0.0.1 localhost\n::1 l\n" LINE);
}

static void test_it_stands_before_a_line_that_would_hide_it(void **state)
{
	expect_hosts(*state, "127.0.0.1 localhost\n127.0.1.1 WEB-1\n::1 l\n",
		     "127.0.0.1 localhost\n" LINE "127.0.1.1 WEB-1\n::1 l\n");
	expect_hosts(*state,
		     "127.0.0.1 localhost # web-1\n10.60.0.21 web-10 # not ours: envagent\n",
		     "127.0.0.1 localhost # web-1\n10.60.0.21 web-10 # not ours: envagent\n" LINE);
}

static void test_a_last_line_without_its_newline_gets_one(void **state)
{
	expect_hosts(*state, "127.0.0.1 localhost", "127.0.0.1 localhost\n" LINE);
	expect_hosts(*state, "", LINE);
}

static void test_without_a_domain_the_line_has_the_name_alone(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(facts_set_absent(s->facts, "fqdn", "no domain"), 0);
	scratch_file(s, "/etc/hosts", "");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/hosts", "10.60.0.21\tweb-1 # envagent\n");
}

static void test_the_host_name_file_is_written(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/hostname", "debian\n");
	scratch_file(s, "/etc/hosts", LINE);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /etc/hostname\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/hostname", "web-1\n");
}

static void test_without_metadata_the_own_rows_address_counts(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(facts_set_absent(s->facts, "interfaces", "Provider=none"), 0);
	scratch_file(s, "/etc/hosts", "");
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/hosts", "10.60.0.99\tweb-1.cluster.test web-1 # envagent\n");
}

static void test_what_is_unknown_changes_nothing(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/hosts", "x\n");
	assert_int_equal(facts_set_unknown(s->facts, "interfaces", "nobody answers"), 0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	assert_int_equal(facts_set_unknown(s->facts, "hostname", "nobody answers"), 0);
	scratch_file(s, "/etc/hostname", "debian\n");
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "nobody answers");
}

static void test_a_linked_hosts_file_stays_a_link(void **state)
{
	struct scratch *s = *state;
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	scratch_file(s, "/etc/real", "127.0.0.1 localhost\n");
	assert_int_equal(sys_symlink(s->sys, "real", "/etc/hosts"), 1);
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/real", "127.0.0.1 localhost\n" LINE);
	assert_int_equal(sys_lstat(s->sys, "/etc/hosts", &st), 0);
	assert_int_equal(st.kind, SYS_LINK);
}

static void test_what_cannot_be_written_is_degraded_and_named(void **state)
{
	struct scratch *s = *state;

	assert_true(sys_mkdir(s->sys, "/etc/hosts", 0755) >= 0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_state(s, STATE_DEGRADED, "/etc/hosts cannot be read: Is a directory");
}

#define HOST_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_the_own_line_is_added_and_the_others_stay_to_the_byte),
		HOST_TEST(test_an_older_line_of_ours_is_replaced),
		HOST_TEST(test_it_stands_before_a_line_that_would_hide_it),
		HOST_TEST(test_a_last_line_without_its_newline_gets_one),
		HOST_TEST(test_without_a_domain_the_line_has_the_name_alone),
		HOST_TEST(test_the_host_name_file_is_written),
		HOST_TEST(test_without_metadata_the_own_rows_address_counts),
		HOST_TEST(test_what_is_unknown_changes_nothing),
		HOST_TEST(test_a_linked_hosts_file_stays_a_link),
		HOST_TEST(test_what_cannot_be_written_is_degraded_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
