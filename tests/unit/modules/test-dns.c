/* SPDX-License-Identifier: MIT */
/* test-dns.c -- a real dnsmasq takes what we write, and is asked */
#include "tests/unit/modules/dns.h"

static void test_every_host_answers_forward_and_back(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names served at 10.60.0.10");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
	assert_string_equal(ask(s, "web-1", DNS_A), "10.60.0.21");
	assert_string_equal(ask(s, "21.0.60.10.in-addr.arpa", DNS_PTR), "web-1.cluster.test");
	assert_string_equal(ask(s, "gw", DNS_A), "169.254.169.254");
	assert_string_equal(ask(s, "nobody.cluster.test", DNS_A), "none");
	expect_asked("restart dnsmasq.service\n");

	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, "3 names");
	expect_asked("restart dnsmasq.service\n");
}

static void test_every_name_of_the_base_domain_is_the_mux(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	assert_string_equal(ask(s, "www-4190101.envs.example.internal", DNS_A), "10.9.1.80");
	assert_string_equal(ask(s, "www-4190101.envs.example.internal", DNS_AAAA), "no data");
}

static void test_a_record_comes_moves_and_goes_without_a_restart(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_fact(s, "hosts",
		     "[" DNS "," HOST("web-1", "10.60.0.31") "," HOST("db-1", "10.60.0.40") "]");
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "4 names");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.31");
	assert_string_equal(ask(s, "db-1.cluster.test", DNS_A), "10.60.0.40");
	assert_string_not_equal(ask(s, "21.0.60.10.in-addr.arpa", DNS_PTR), "web-1.cluster.test");

	scratch_fact(s, "hosts", "[" DNS "]");
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "2 names");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "none");
	expect_asked("restart dnsmasq.service\n");
	assert_null(json_object_object_get(s->state, "gone"));
}

static void test_a_name_that_is_none_never_reaches_dnsmasq(void **state)
{
	static const char *const bad[] = {
		"[" DNS ",{\"name\":\"a\\n10.0.0.1 bank.test\",\"address\":\"10.60.0.2\"}]",
		"[" DNS ",{\"name\":\"a b\",\"address\":\"10.60.0.2\"}]",
		"[" DNS ",{\"name\":\"a\",\"address\":\"10.60.0\"}]",
		"[" DNS ",{\"name\":\"a\",\"address\":\"10.60.0.2 bank.test\"}]",
		"[" DNS ",{\"name\":\"a\",\"address\":\"10.60.0.2\",\"aliases\":[\"b\\nc\"]}]",
	};
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scratch_fact(s, "hosts", bad[i]);
		assert_int_equal(scratch_plan(s, CONF), -EINVAL);
		scratch_expect_plan(s, "");
		assert_string_equal(ask(s, "bank.test", DNS_A), "none");
		assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
	}
	expect_asked("restart dnsmasq.service\n");
}

static void test_a_dead_server_is_restarted_once(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	stop_dnsmasq();
	assert_string_equal(ask(s, "web-1", DNS_A), strerror(ECONNREFUSED));
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names");
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_server_that_stays_dead_is_told_with_the_next_step(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	stop_dnsmasq();
	scratch_file(s, "/run/broken", "");
	pass(s, CONF);
	scratch_expect_state(s, STATE_DEGRADED, "does not answer at 10.60.0.10");
	scratch_expect_state(s, STATE_DEGRADED, "no such luck");
	assert_string_equal(s->result.next, "systemctl status dnsmasq.service");
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_server_that_went_blind_is_told_to_read(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	live_run("mv /var/lib/envagent/hosts.d /var/lib/envagent/old");
	scratch_fact(s, "hosts", "[" DNS "," HOST("db-1", "10.60.0.40") "]");
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names");
	assert_string_equal(ask(s, "db-1.cluster.test", DNS_A), "10.60.0.40");
	expect_asked("restart dnsmasq.service\nreload dnsmasq.service\n");
}

static void test_without_dnsmasq_it_says_so(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_true(scratch_plan(s, CONF "[Dns]\nProgram=/usr/sbin/no-dnsmasq\n") < 0);
	scratch_expect_state(s, STATE_FAILED, "/usr/sbin/no-dnsmasq is not there");
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_every_host_answers_forward_and_back),
		T(test_every_name_of_the_base_domain_is_the_mux),
		T(test_a_record_comes_moves_and_goes_without_a_restart),
		T(test_a_name_that_is_none_never_reaches_dnsmasq),
		T(test_a_dead_server_is_restarted_once),
		T(test_a_server_that_stays_dead_is_told_with_the_next_step),
		T(test_a_server_that_went_blind_is_told_to_read),
		T(test_without_dnsmasq_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
