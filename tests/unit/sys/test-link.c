/* SPDX-License-Identifier: MIT */
/* test-link.c -- changing links, addresses and routes, seen with ip(8) */
#include "tests/unit/live.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

static int cable_setup(void **state)
{
	if (!live_reason && system("ip link add eth0 type veth peer name p0 && "
				   "echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad && "
				   "ip link set p0 up && ip link set eth0 up") != 0)
		return -1;
	return live_setup(state);
}

static int cable_teardown(void **state)
{
	if (!live_reason && system("ip link del eth0") != 0)
		return -1;
	return live_teardown(state);
}

#define CABLE_TEST(t) cmocka_unit_test_setup_teardown(t, cable_setup, cable_teardown)

static int eth0(void)
{
	return if_nametoindex("eth0");
}

static struct addr parsed(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

#define SHOW_ADDR "ip -4 -o addr show dev eth0 | sed 's/ *\\\\ */ /;s/^.*inet //'"

static void test_an_address_is_added_for_ever_with_its_broadcast(void **state)
{
	struct addr a = parsed("10.60.0.21/24"), p2p = parsed("10.61.0.1/31");

	live_skip_unless_there();
	assert_int_equal(sys_addr_set(*state, eth0(), &a), 1);
	live_assert_output(SHOW_ADDR, "10.60.0.21/24 brd 10.60.0.255 scope global eth0 "
				      "valid_lft forever preferred_lft forever\n");
	assert_int_equal(sys_addr_set(*state, eth0(), &a), 0);
	assert_int_equal(sys_addr_set(*state, eth0(), &p2p), 1);
	live_assert_output(SHOW_ADDR " | grep ^10.61", "10.61.0.1/31 scope global eth0 valid_lft "
						       "forever preferred_lft forever\n");
}

static void test_a_leased_address_becomes_permanent_in_place(void **state)
{
	struct addr a = parsed("10.60.0.21/24");

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 brd 10.60.0.250 scope site dev eth0 valid_lft 600 "
		 "preferred_lft 300 && ip route add default via 10.60.0.254");
	assert_int_equal(sys_addr_set(*state, eth0(), &a), 1);
	live_assert_output(SHOW_ADDR, "10.60.0.21/24 brd 10.60.0.250 scope site eth0 "
				      "valid_lft forever preferred_lft forever\n");
	live_assert_output("ip route show default | sed 's/ *$//'",
			   "default via 10.60.0.254 dev eth0\n");
	assert_int_equal(sys_addr_set(*state, eth0(), &a), 0);
}

static void test_ipv6_addresses_too(void **state)
{
	struct addr a = parsed("fd00::21/64");

	live_skip_unless_there();
	live_run("ip addr add fd00::21/64 dev eth0 valid_lft 600 preferred_lft 300");
	assert_int_equal(sys_addr_set(*state, eth0(), &a), 1);
	live_run("ip -6 -o addr show dev eth0 | grep -q 'fd00::21/64 scope global.*valid_lft "
		 "forever'");
	assert_int_equal(sys_addr_set(*state, eth0(), &a), 0);
	assert_int_equal(sys_addr_del(*state, eth0(), &a), 1);
	assert_int_equal(sys_addr_del(*state, eth0(), &a), 0);
}

static void test_an_address_is_removed_once(void **state)
{
	struct addr a = parsed("10.60.0.21/24"), other = parsed("10.60.0.21/16");

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0");
	assert_int_equal(sys_addr_del(*state, eth0(), &other), 0);
	assert_int_equal(sys_addr_del(*state, eth0(), &a), 1);
	live_assert_output(SHOW_ADDR, "");
	assert_int_equal(sys_addr_del(*state, eth0(), &a), 0);
}

static void test_a_route_replaces_the_one_of_its_metric(void **state)
{
	struct sys_route route = { .index = eth0(),
				   .dst = parsed("0.0.0.0/0"),
				   .gateway = parsed("10.60.0.253") };

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0 && ip route add default via 10.60.0.254");
	assert_int_equal(sys_route_set(*state, &route), 0);
	live_assert_output("ip route show default | sed 's/ *$//'",
			   "default via 10.60.0.253 dev eth0 proto static\n");
	assert_int_equal(sys_route_set(*state, &route), 0);
	route.metric = 50;
	assert_int_equal(sys_route_set(*state, &route), 0);
	live_assert_output("ip route show default | wc -l", "2\n");
	route.protocol = RTPROT_STATIC;
	assert_int_equal(sys_route_del(*state, &route), 1);
	assert_int_equal(sys_route_del(*state, &route), 0);
	live_assert_output("ip route show default | wc -l", "1\n");
}

static void test_a_host_route_without_a_gateway_is_of_link_scope(void **state)
{
	struct sys_route route = { .index = eth0(), .dst = parsed("169.254.169.254/32") };

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0");
	assert_int_equal(sys_route_set(*state, &route), 0);
	live_assert_output("ip route show 169.254.169.254 | sed 's/ *$//'",
			   "169.254.169.254 dev eth0 proto static scope link\n");
}

static void test_an_ipv6_default_route(void **state)
{
	struct sys_route route = { .index = eth0(),
				   .dst = parsed("::/0"),
				   .gateway = parsed("fd00::1") };

	live_skip_unless_there();
	live_run("ip addr add fd00::21/64 dev eth0");
	assert_int_equal(sys_route_set(*state, &route), 0);
	live_run("ip -6 route show default | grep -q 'via fd00::1 dev eth0 proto static'");
}

static void test_the_kernels_errors_are_told(void **state)
{
	struct addr a = parsed("10.60.0.21/24");
	struct sys_route route = { .index = eth0(),
				   .dst = parsed("0.0.0.0/0"),
				   .gateway = parsed("192.0.2.1") };

	live_skip_unless_there();
	assert_int_equal(sys_addr_set(*state, 9999, &a), -ENODEV);
	assert_int_equal(sys_addr_set(*state, 0, &a), -EINVAL);
	assert_int_equal(sys_route_set(*state, &route), -ENETUNREACH);
	route.gateway = parsed("fd00::1");
	assert_int_equal(sys_route_set(*state, &route), -EINVAL);
	assert_int_equal(sys_link_up(*state, 9999), -ENODEV);
	assert_int_equal(sys_link_mtu(*state, eth0(), 1), -EINVAL);
}

static void test_a_link_goes_up_and_takes_its_mtu(void **state)
{
	live_skip_unless_there();
	live_run("ip link set eth0 down");
	assert_int_equal(sys_link_up(*state, eth0()), 0);
	assert_int_equal(sys_link_mtu(*state, eth0(), 1400), 0);
	live_run("ip link show eth0 | grep -q '<.*[,<]UP[,>].*mtu 1400'");
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		CABLE_TEST(test_an_address_is_added_for_ever_with_its_broadcast),
		CABLE_TEST(test_a_leased_address_becomes_permanent_in_place),
		CABLE_TEST(test_ipv6_addresses_too),
		CABLE_TEST(test_an_address_is_removed_once),
		CABLE_TEST(test_a_route_replaces_the_one_of_its_metric),
		CABLE_TEST(test_a_host_route_without_a_gateway_is_of_link_scope),
		CABLE_TEST(test_an_ipv6_default_route),
		CABLE_TEST(test_the_kernels_errors_are_told),
		CABLE_TEST(test_a_link_goes_up_and_takes_its_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
