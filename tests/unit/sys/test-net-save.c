/* SPDX-License-Identifier: MIT */
/* test-net-save.c -- what a link had is kept and put back, whatever happens to it in between */
#include "tests/unit/live.h"

#include <net/if.h>

struct cable {
	struct sys *sys;
	struct buf saved;
};

static int cable_setup(void **state)
{
	struct cable *c = calloc(1, sizeof(*c));

	*state = c;
	if (!live_reason &&
	    system("for i in 0 1; do ip link add eth$i type veth peer name p$i && "
		   "echo 0 >/proc/sys/net/ipv6/conf/eth$i/accept_dad && "
		   "ip link set p$i up && ip link set eth$i up || exit 1; done") != 0)
		return -1;
	return sys_open("/", &c->sys);
}

static int cable_teardown(void **state)
{
	struct cable *c = *state;
	int status = live_reason ? 0 : system("ip link del eth0 && ip link del eth1");

	buf_done(&c->saved);
	sys_free(c->sys);
	free(c);
	return status;
}

#define CABLE_TEST(t) cmocka_unit_test_setup_teardown(t, cable_setup, cable_teardown)

/* Lifetimes run down: what is shown of them is whether there is one. */
static const char all[] =
	"ip -d addr show dev eth0 | grep -A1 inet | grep -v ' fe80' | "
	"sed 's/[0-9]\\{2,\\}sec/SOME/g'; for f in 4 6; do ip -$f -d route show table all | "
	"grep -v 'table local\\|fe80::\\|ff00::\\|anycast\\|multicast\\|eth1'; done";

static void save(struct cable *c)
{
	buf_reset(&c->saved);
	assert_int_equal(sys_net_save(c->sys, (int)if_nametoindex("eth0"), &c->saved), 0);
}

static int put_back(struct cable *c)
{
	return sys_net_put_back(c->sys, (int)if_nametoindex("eth0"), c->saved.data, c->saved.len);
}

/* BEFORE is what the link has; MEANWHILE is undone. */
static void expect_back(struct cable *c, const char *before, const char *meanwhile)
{
	_cleanup_free_ char *former = NULL, *changed = NULL;

	live_run(before);
	former = live_output(all);
	save(c);
	live_run(meanwhile);
	changed = live_output(all);
	assert_string_not_equal(former, changed);
	assert_int_equal(put_back(c), 0);
	live_assert_output(all, former);
	/* once more: it is so already */
	assert_int_equal(put_back(c), 0);
	live_assert_output(all, former);
}

#define FLUSH "ip addr flush dev eth0 scope global"

static void test_addresses_come_back_with_all_they_say(void **state)
{
	live_skip_unless_there();
	expect_back(*state,
		    "ip addr add 10.60.0.21/24 brd 10.60.0.250 dev eth0 label eth0:dhcp valid_lft "
		    "6000 preferred_lft 3000 && ip addr add 10.61.0.1 peer 10.61.0.2/32 dev eth0 "
		    "&& ip addr add 10.62.0.1/16 dev eth0 scope site noprefixroute && "
		    "ip addr add fd00::21/64 dev eth0 nodad valid_lft 6000 preferred_lft 0",
		    FLUSH);
}

static void test_a_lifetime_goes_on_as_it_was_when_it_was_kept(void **state)
{
	struct cable *c = *state;

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0 valid_lft 6000 preferred_lft 3000");
	save(c);
	live_run("ip addr change 10.60.0.21/24 dev eth0 valid_lft forever preferred_lft forever");
	assert_int_equal(put_back(c), 0);
	live_run("ip addr show dev eth0 | grep -Eq 'valid_lft (6000|59..)sec preferred_lft "
		 "(3000|29..)sec'");
}

static void test_routes_come_back_with_all_they_say(void **state)
{
	live_skip_unless_there();
	expect_back(*state,
		    "ip addr add 10.60.0.21/24 dev eth0 && ip addr add 10.60.0.22/24 dev eth0 && "
		    "ip route add default via 10.60.0.254 proto dhcp src 10.60.0.22 metric 100 mtu "
		    "1400 initcwnd 20 && ip route add 10.9.0.0/16 via 10.60.0.253 tos 0x10 && "
		    "ip route add 10.8.0.0/16 via 10.60.0.253 table 100 && "
		    "ip route add 192.0.2.1 dev eth0 scope link && "
		    "ip route add 192.0.2.0/24 via 198.51.100.1 dev eth0 onlink",
		    FLUSH);
}

static void test_a_route_with_several_next_hops_comes_back(void **state)
{
	live_skip_unless_there();
	expect_back(
		*state,
		"ip addr add 10.60.0.21/24 dev eth0 && ip addr add fd00::21/64 dev eth0 nodad && "
		"ip addr add 10.70.0.1/24 dev eth1 && "
		"ip route add default nexthop via 10.60.0.253 weight 3 nexthop via 10.60.0.254 && "
		"ip -6 route add default nexthop via fd00::1 nexthop via fd00::2 weight 2",
		FLUSH);
	live_run("ip route add 10.9.0.0/16 nexthop via 10.60.0.254 nexthop via 10.70.0.254");
	save(*state);
	live_run("ip route del 10.9.0.0/16");
	assert_int_equal(put_back(*state), 0);
	live_run("ip route show 10.9.0.0/16 | grep -q 'via 10.70.0.254 dev eth1'");
}

static void test_a_route_that_refers_to_a_next_hop_comes_back(void **state)
{
	live_skip_unless_there();
	if (system("ip nexthop add id 5 blackhole 2>/dev/null") != 0) {
		print_message("skipped: this kernel has no next hops of their own\n");
		skip();
	}
	expect_back(*state,
		    "ip nexthop del id 5; ip addr add 10.60.0.21/24 dev eth0 && "
		    "ip nexthop add id 5 via 10.60.0.254 dev eth0 && ip route add default nhid 5",
		    "ip route del default");
	save(*state);
	live_run("ip nexthop del id 5");
	assert_int_equal(put_back(*state), 0);
	live_run("ip route show default | grep -q '^default via 10.60.0.254 dev eth0'");
}

static void test_what_came_meanwhile_goes(void **state)
{
	live_skip_unless_there();
	expect_back(*state,
		    "ip addr add 10.60.0.21/24 dev eth0 && ip route add default via 10.60.0.254",
		    "ip addr add 10.77.0.21/24 dev eth0 && ip addr add fd00:77::21/64 dev eth0 && "
		    "ip route replace default via 10.77.0.254 && "
		    "ip route add default via 10.77.0.253 metric 5 && "
		    "ip route add 10.9.0.0/16 via 10.77.0.1 table 100 && "
		    "ip -6 route add default via fd00:77::1");
}

static void test_an_empty_link_is_empty_again(void **state)
{
	live_skip_unless_there();
	expect_back(*state, ":",
		    "ip addr add 10.77.0.21/24 dev eth0 && ip route add default via 10.77.0.254 && "
		    "ip -6 addr add fd00:77::21/64 dev eth0 nodad");
}

static void test_the_first_address_of_a_network_is_the_first_again(void **state)
{
	live_skip_unless_there();
	expect_back(*state,
		    "ip addr add 10.60.0.150/24 dev eth0 && ip addr add 10.60.0.21/24 dev eth0 && "
		    "ip route add default via 10.60.0.254",
		    "ip addr add 10.60.0.21/32 dev eth0 && ip addr del 10.60.0.150/24 dev eth0; "
		    "ip addr add 10.60.0.21/24 dev eth0; ip addr add 10.60.0.150/24 dev eth0");
}

static void test_ipv6_comes_back_without_what_the_kernel_keeps_itself(void **state)
{
	live_skip_unless_there();
	expect_back(
		*state,
		"ip addr add fd00::21/64 dev eth0 nodad && "
		"ip -6 route add default via fd00::1 metric 77 mtu 1400 && "
		"ip -6 route add default via fd00::3 metric 1024 proto ra && "
		"ip -6 route add fd00:8::/32 via fe80::1 dev eth0 src fd00::21 && "
		"ip -6 route add fd00:9::/32 via fd00::2 table 100",
		"ip -6 route del default metric 77 && ip -6 route flush table 100 && "
		"ip -6 route del fd00:8::/32 && ip addr change fd00::21/64 dev eth0 valid_lft 70 "
		"preferred_lft 60");
}

static void test_other_links_are_left_alone(void **state)
{
	static const char other[] = "ip addr show dev eth1; ip route show dev eth1 | sed 's/ *$//'";
	struct cable *c = *state;
	_cleanup_free_ char *before = NULL;

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0");
	save(c);
	live_run("ip addr add 10.70.0.1/24 dev eth1 && ip route add default via 10.70.0.254");
	before = live_output(other);
	assert_int_equal(put_back(c), 0);
	live_assert_output(other, before);
}

static void test_after_an_error_the_rest_is_put_back(void **state)
{
	struct cable *c = *state;

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0 && ip addr add 10.70.0.1/24 dev eth1 && "
		 "ip route add 10.8.0.0/16 nexthop via 10.60.0.254 nexthop via 10.70.0.254 && "
		 "ip route add 10.9.0.0/16 via 10.60.0.254");
	save(c);
	live_run(FLUSH "; ip link set eth1 down");
	assert_true(put_back(c) < 0);
	live_run("ip addr show dev eth0 | grep -q 'inet 10.60.0.21/24'");
	live_run("ip route show 10.9.0.0/16 | grep -q 'via 10.60.0.254 dev eth0'");
}

static void test_a_text_cut_short_is_read_as_far_as_it_is_whole(void **state)
{
	struct cable *c = *state;

	live_skip_unless_there();
	live_run("ip addr add 10.60.0.21/24 dev eth0 && ip route add default via 10.60.0.254");
	save(c);
	for (size_t cut = 1; cut < c->saved.len; cut += 7) {
		_cleanup_free_ char *text = malloc(c->saved.len - cut);

		memcpy(text, c->saved.data, c->saved.len - cut);
		(void)sys_net_put_back(c->sys, (int)if_nametoindex("eth0"), text,
				       c->saved.len - cut);
	}
	assert_int_equal(put_back(c), 0);
	live_run("ip route show default | grep -q 'via 10.60.0.254'");
}

static void test_below_another_root_nothing_is_live(void **state)
{
	_cleanup_(sys_freep) struct sys *sys = NULL;
	_cleanup_buf_ struct buf saved = BUF_INIT;

	live_skip_unless_there();
	assert_int_equal(sys_open("/run", &sys), 0);
	assert_int_equal(sys_net_save(sys, 1, &saved), -EOPNOTSUPP);
	assert_int_equal(sys_net_put_back(sys, 1, "", 0), -EOPNOTSUPP);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		CABLE_TEST(test_addresses_come_back_with_all_they_say),
		CABLE_TEST(test_a_lifetime_goes_on_as_it_was_when_it_was_kept),
		CABLE_TEST(test_routes_come_back_with_all_they_say),
		CABLE_TEST(test_a_route_with_several_next_hops_comes_back),
		CABLE_TEST(test_a_route_that_refers_to_a_next_hop_comes_back),
		CABLE_TEST(test_what_came_meanwhile_goes),
		CABLE_TEST(test_an_empty_link_is_empty_again),
		CABLE_TEST(test_the_first_address_of_a_network_is_the_first_again),
		CABLE_TEST(test_ipv6_comes_back_without_what_the_kernel_keeps_itself),
		CABLE_TEST(test_other_links_are_left_alone),
		CABLE_TEST(test_after_an_error_the_rest_is_put_back),
		CABLE_TEST(test_a_text_cut_short_is_read_as_far_as_it_is_whole),
		CABLE_TEST(test_below_another_root_nothing_is_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
