/* SPDX-License-Identifier: MIT */
/* test-neighbour.c -- who answers on a real link, by ARP, ND and TCP */
#include "tests/unit/live.h"

#include <net/if.h>

#define LONG 20000000
#define SHORT 400000

/* The other end of the cable is in a namespace of its own, "gw". */
static int cable_setup(void **state)
{
	if (!live_reason &&
	    system("ip netns add gw && ip link add eth0 type veth peer name p0 address "
		   "02:00:00:60:02:54 netns gw && ip netns exec gw sh -c '"
		   "echo 0 >/proc/sys/net/ipv6/conf/p0/accept_dad; ip link set lo up; "
		   "ip link set p0 up; ip addr add 10.60.0.254/24 dev p0; "
		   "ip addr add fd00::1/64 dev p0' && "
		   "echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad && ip link set eth0 up && "
		   "ip addr add 10.60.0.21/24 dev eth0 && ip addr add fd00::21/64 dev eth0") != 0)
		return -1;
	return live_setup(state);
}

static int cable_teardown(void **state)
{
	if (!live_reason && system("ip link del eth0 && ip netns del gw") != 0)
		return -1;
	return live_teardown(state);
}

#define CABLE_TEST(t) cmocka_unit_test_setup_teardown(t, cable_setup, cable_teardown)

static struct addr parsed(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static int ask(struct sys *sys, const char *text, uint64_t timeout, char mac[MAC_TEXT_MAX])
{
	struct addr a = parsed(text);
	uint8_t bytes[6] = {};
	int r;

	r = sys_neighbour_ask(sys, (int)if_nametoindex("eth0"), &a, timeout, bytes);
	mac_format(bytes, mac);
	return r;
}

static void expect_answer(struct sys *sys, const char *text, const char *mac)
{
	char got[MAC_TEXT_MAX];

	assert_int_equal(ask(sys, text, LONG, got), 1);
	assert_string_equal(got, mac);
}

static void test_a_stranger_answers_by_arp_and_by_nd(void **state)
{
	live_skip_unless_there();
	expect_answer(*state, "10.60.0.254", "02:00:00:60:02:54");
	expect_answer(*state, "fd00::1", "02:00:00:60:02:54");
	assert_int_equal(
		sys_neighbour_ask(*state, (int)if_nametoindex("eth0"),
				  &(struct addr){ .family = AF_INET, .bytes = { 10, 60, 0, 254 } },
				  LONG, NULL),
		1);
}

/* An address is asked for before there is one of its network here. */
static void test_without_an_address_of_that_network(void **state)
{
	live_skip_unless_there();
	live_run("ip addr flush dev eth0 scope global");
	expect_answer(*state, "10.60.0.254", "02:00:00:60:02:54");
}

static void test_nobody_is_told_when_the_time_is_up(void **state)
{
	uint64_t start = sys_now_monotonic(), took;
	char mac[MAC_TEXT_MAX];

	live_skip_unless_there();
	assert_int_equal(ask(*state, "10.60.0.99", SHORT, mac), 0);
	assert_int_equal(ask(*state, "fd00::99", SHORT, mac), 0);
	took = sys_now_monotonic() - start;
	assert_true(took >= 2 * SHORT);
}

/* The kernel believes what it knows for half a minute and more. */
static void test_what_the_kernel_remembers_is_no_answer(void **state)
{
	char mac[MAC_TEXT_MAX];

	live_skip_unless_there();
	expect_answer(*state, "10.60.0.254", "02:00:00:60:02:54");
	live_run("ip neigh show 10.60.0.254 | grep -q 'REACHABLE\\|STALE' && "
		 "ip -n gw addr del 10.60.0.254/24 dev p0");
	assert_int_equal(ask(*state, "10.60.0.254", SHORT, mac), 0);
	live_run("ip netns exec gw sh -c 'echo 2 >/proc/sys/net/ipv4/conf/p0/arp_ignore'");
	assert_int_equal(ask(*state, "10.60.0.254", SHORT, mac), 0);
}

static void test_an_address_that_moved_to_another_mac_answers(void **state)
{
	live_skip_unless_there();
	expect_answer(*state, "10.60.0.254", "02:00:00:60:02:54");
	live_run("ip -n gw link set p0 address 02:00:00:60:02:55");
	expect_answer(*state, "10.60.0.254", "02:00:00:60:02:55");
}

/* The kernel gives up after three seconds; who has more time may come later. */
static void test_one_that_comes_late_is_waited_for(void **state)
{
	live_skip_unless_there();
	live_run("ip -n gw addr del 10.60.0.254/24 dev p0; (sleep 4; "
		 "ip -n gw addr add 10.60.0.254/24 dev p0) >/dev/null 2>&1 </dev/null &");
	expect_answer(*state, "10.60.0.254", "02:00:00:60:02:54");
}

static void test_an_entry_by_hand_counts_as_an_answer(void **state)
{
	live_skip_unless_there();
	live_run("ip neigh add 10.60.0.7 lladdr 02:00:00:00:00:07 dev eth0 nud permanent");
	expect_answer(*state, "10.60.0.7", "02:00:00:00:00:07");
}

static void test_the_same_address_on_another_link_does_not_count(void **state)
{
	char mac[MAC_TEXT_MAX];

	live_skip_unless_there();
	live_run("ip link add eth1 type veth peer name p1 && ip link set eth1 up && "
		 "ip link set p1 up && ip neigh add 10.60.0.8 lladdr 02:00:00:00:00:08 dev eth1 "
		 "nud permanent");
	assert_int_equal(ask(*state, "10.60.0.8", SHORT, mac), 0);
	live_run("ip link del eth1");
}

static void test_a_link_that_is_down_or_gone_is_an_error_or_no_answer(void **state)
{
	struct addr a = parsed("10.60.0.254");
	char mac[MAC_TEXT_MAX];

	live_skip_unless_there();
	assert_true(sys_neighbour_ask(*state, 9999, &a, SHORT, NULL) < 0);
	live_run("ip link set eth0 down");
	assert_true(ask(*state, "10.60.0.254", SHORT, mac) <= 0);
}

/* ---- TCP ---- */

static int knock(struct sys *sys, const char *text, unsigned port, uint64_t timeout)
{
	struct addr a = parsed(text);

	return sys_tcp_ask(sys, &a, port, timeout);
}

#define LISTEN(family, address)                                                                  \
	"ip netns exec gw python3 -c 'import socket,time; s=socket.socket(socket." family ");"   \
	"s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind((\"" address "\",8099));" \
	"s.listen(9); open(\"/run/listens\",\"w\"); time.sleep(100)' &"

static void test_a_listener_answers(void **state)
{
	live_skip_unless_there();
	live_run("rm -f /run/listens; " LISTEN("AF_INET", "10.60.0.254"));
	live_wait("test -e /run/listens");
	assert_int_equal(knock(*state, "10.60.0.254", 8099, LONG), 1);
	live_run("rm -f /run/listens; " LISTEN("AF_INET6", "fd00::1"));
	live_wait("test -e /run/listens");
	assert_int_equal(knock(*state, "fd00::1", 8099, LONG), 1);
}

/* A service that starts is refused at first. */
static void test_a_refusal_is_asked_again(void **state)
{
	live_skip_unless_there();
	assert_int_equal(knock(*state, "10.60.0.254", 8098, SHORT), 0);
	live_run("ip -n gw addr add 10.60.0.253/24 dev p0; (sleep 1; " LISTEN(
		"AF_INET", "10.60.0.253") " ) >/dev/null 2>&1 </dev/null &");
	assert_int_equal(knock(*state, "10.60.0.253", 8099, LONG), 1);
}

static void test_silence_and_no_way_there_are_no_answer(void **state)
{
	uint64_t start = sys_now_monotonic();

	live_skip_unless_there();
	assert_int_equal(knock(*state, "10.60.0.99", 80, SHORT), 0);
	assert_int_equal(knock(*state, "192.0.2.1", 80, SHORT), 0);
	assert_true(sys_now_monotonic() - start < LONG);
}

static void test_below_another_root_nobody_is_asked(void **state)
{
	struct addr a = parsed("10.60.0.254");
	_cleanup_(sys_freep) struct sys *sys = NULL;

	live_skip_unless_there();
	assert_int_equal(sys_open("/run", &sys), 0);
	assert_int_equal(sys_neighbour_ask(sys, 1, &a, SHORT, NULL), -EOPNOTSUPP);
	assert_int_equal(sys_tcp_ask(sys, &a, 80, SHORT), -EOPNOTSUPP);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		CABLE_TEST(test_a_stranger_answers_by_arp_and_by_nd),
		CABLE_TEST(test_without_an_address_of_that_network),
		CABLE_TEST(test_nobody_is_told_when_the_time_is_up),
		CABLE_TEST(test_what_the_kernel_remembers_is_no_answer),
		CABLE_TEST(test_an_address_that_moved_to_another_mac_answers),
		CABLE_TEST(test_one_that_comes_late_is_waited_for),
		CABLE_TEST(test_an_entry_by_hand_counts_as_an_answer),
		CABLE_TEST(test_the_same_address_on_another_link_does_not_count),
		CABLE_TEST(test_a_link_that_is_down_or_gone_is_an_error_or_no_answer),
		CABLE_TEST(test_a_listener_answers),
		CABLE_TEST(test_a_refusal_is_asked_again),
		CABLE_TEST(test_silence_and_no_way_there_are_no_answer),
		CABLE_TEST(test_below_another_root_nobody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
