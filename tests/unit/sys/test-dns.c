/* SPDX-License-Identifier: MIT */
/* test-dns.c -- asking a real dnsmasq */
#include "tests/unit/live.h"

static const struct addr local4 = { .family = AF_INET, .bytes = { 127, 0, 0, 1 } };
static const struct addr local6 = { .family = AF_INET6, .bytes = { [15] = 1 } };

static int server_setup(void **state)
{
	if (!live_reason && system("command -v dnsmasq >/dev/null") != 0)
		live_reason = "no dnsmasq here";
	if (live_reason)
		return 0;
	return system("dnsmasq --user=root --conf-file=/dev/null --no-resolv --no-hosts "
		      "--pid-file=/run/dnsmasq.pid --host-record=web-1.test,10.60.0.21,fd00::21 "
		      "--cname=www.test,web-1.test --local=/test/ --address=/gw/10.60.0.1");
}

static void test_names_and_addresses_both_ways(void **state)
{
	struct dnsmsg_answer a;
	char text[ADDR_TEXT_MAX];

	live_skip_unless_there();
	assert_int_equal(sys_dns_ask(*state, &local4, "web-1.test", DNS_A, 10000000, &a), 0);
	assert_int_equal(a.n, 1);
	assert_string_equal(addr_format(&a.addrs[0], false, text), "10.60.0.21");
	assert_int_equal(sys_dns_ask(*state, &local6, "WEB-1.test", DNS_AAAA, 10000000, &a), 0);
	assert_string_equal(addr_format(&a.addrs[0], false, text), "fd00::21");
	assert_int_equal(
		sys_dns_ask(*state, &local4, "21.0.60.10.in-addr.arpa", DNS_PTR, 10000000, &a), 0);
	assert_string_equal(a.names[0], "web-1.test");
	assert_int_equal(sys_dns_ask(*state, &local4, "gw", DNS_A, 10000000, &a), 0);
	assert_string_equal(addr_format(&a.addrs[0], false, text), "10.60.0.1");
}

static void test_an_alias_leads_to_the_address(void **state)
{
	struct dnsmsg_answer a;
	char text[ADDR_TEXT_MAX];

	live_skip_unless_there();
	assert_int_equal(sys_dns_ask(*state, &local4, "www.test", DNS_A, 10000000, &a), 0);
	assert_int_equal(a.n, 1);
	assert_string_equal(addr_format(&a.addrs[0], false, text), "10.60.0.21");
}

static void test_a_name_that_is_not_there_is_an_answer(void **state)
{
	struct dnsmsg_answer a;

	live_skip_unless_there();
	assert_int_equal(sys_dns_ask(*state, &local4, "gone.test", DNS_A, 10000000, &a), 0);
	assert_int_equal(a.rcode, 3);
	assert_int_equal(a.n, 0);
	assert_int_equal(sys_dns_ask(*state, &local4, "no good", DNS_A, 10000000, &a), -EINVAL);
	assert_int_equal(sys_dns_ask(*state, &local4, "a..b", DNS_A, 10000000, &a), -EINVAL);
}

static void test_a_silent_server_costs_the_time_limit(void **state)
{
	uint64_t start = sys_now_monotonic(), took;
	struct dnsmsg_answer a;

	live_skip_unless_there();
	live_run("kill -STOP $(cat /run/dnsmasq.pid)");
	assert_int_equal(sys_dns_ask(*state, &local4, "gw", DNS_A, 300000, &a), -ETIMEDOUT);
	took = sys_now_monotonic() - start;
	assert_true(took >= 300000 && took < 10000000);
	live_run("kill -CONT $(cat /run/dnsmasq.pid)");
	/* the three questions asked meanwhile are answered to a socket that is closed */
	assert_int_equal(sys_dns_ask(*state, &local4, "gw", DNS_A, 10000000, &a), 0);
}

static void test_a_refusal_comes_at_once(void **state)
{
	struct dnsmsg_answer a;

	live_skip_unless_there();
	live_run("kill $(cat /run/dnsmasq.pid)");
	live_wait("! kill -0 $(cat /run/dnsmasq.pid) 2>/dev/null");
	assert_int_equal(sys_dns_ask(*state, &local4, "gw", DNS_A, 10000000, &a), -ECONNREFUSED);
}

static void test_no_way_to_the_server_is_told(void **state)
{
	struct addr far = { .family = AF_INET, .bytes = { 192, 0, 2, 1 } };
	struct dnsmsg_answer a;

	live_skip_unless_there();
	assert_int_equal(sys_dns_ask(*state, &far, "gw", DNS_A, 1000000, &a), -ENETUNREACH);
	far.family = 0;
	assert_int_equal(sys_dns_ask(*state, &far, "gw", DNS_A, 1000000, &a), -EINVAL);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_names_and_addresses_both_ways),
		LIVE_TEST(test_an_alias_leads_to_the_address),
		LIVE_TEST(test_a_name_that_is_not_there_is_an_answer),
		LIVE_TEST(test_a_silent_server_costs_the_time_limit),
		LIVE_TEST(test_a_refusal_comes_at_once),
		LIVE_TEST(test_no_way_to_the_server_is_told),
	};

	return cmocka_run_group_tests(tests, server_setup, NULL);
}

int main(void)
{
	return live_main(run);
}
