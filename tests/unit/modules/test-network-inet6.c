/* SPDX-License-Identifier: MIT */
/* test-network-inet6.c -- IPv6 beside IPv4: set up, kept as it shall be, and put back */
#include "tests/unit/modules/gateway.h"

#include "agent/reconcile/live.h"

#define BOTH                                                                 \
	"[Interface envt0]\nAddress=10.60.0.21/24 fd60::21/64 fd61::21/56\n" \
	"Gateway=10.60.0.254 fd60::fe\nMtu=1400\n"                           \
	"Route=10.8.0.0/16@10.60.0.253 fd08::/48@fd60::fd fd09::/48@fe80::1\n"
#define ADDRS "ip -6 -o address show envt0 scope global | awk '{ print $4 }' | sort | paste -sd ' '"

static void gateway_speaks_ipv6(void)
{
	live_run("ip -n gw address add fd60::fe/64 dev eth0 nodad && "
		 "ip -n gw address add fd60::fd/64 dev eth0 nodad");
	live_wait("! ip -6 address show envt0 | grep -q tentative");
}

static void apply(struct scratch *s, const char *conf)
{
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_int_equal(scratch_apply(s), 0);
}

static void test_addresses_routes_and_mtu_of_both_families(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	gateway_speaks_ipv6();
	apply(s, BOTH);
	live_assert_output(ADDRS, "fd60::21/64 fd61::21/56\n");
	live_run("ip -6 -o address show envt0 scope global | grep -vq 'valid_lft [0-9]'");
	assert_true(has("ip -6 route show default", "via fd60::fe dev envt0 proto static"));
	assert_true(has("ip -6 route show fd08::/48", "via fd60::fd dev envt0 proto static"));
	assert_true(has("ip -6 route show fd09::/48", "via fe80::1 dev envt0 proto static"));
	assert_true(has("ip route show default", "via 10.60.0.254"));
	assert_true(has("ip route show 10.8.0.0/16", "via 10.60.0.253"));
	assert_true(has("ip route show 169.254.169.254", "via 10.60.0.254"));
	live_run("ip link show envt0 | grep -q 'mtu 1400'");
	scratch_expect_state(s, STATE_READY, "fd60::21/64");
	expect_settled(s, BOTH);
}

static void test_what_is_taken_away_comes_back_alone(void **state)
{
	static const struct {
		const char *taken, *plan;
	} cases[] = {
		{ "ip -6 route del default via fd60::fe",
		  BEGIN "route default6 via fd60::fe on envt0\n" END },
		{ "ip -6 route del fd08::/48",
		  BEGIN "route fd08::/48 via fd60::fd on envt0\n" END },
		{ "ip address del fd61::21/56 dev envt0", BEGIN
		  "nobody else may have the new addresses\naddress fd61::21/56 on envt0\n" END },
		{ "ip link set envt0 mtu 1500", BEGIN "MTU 1400 on envt0 (was 1500)\n" END },
		{ "ip route del 169.254.169.254",
		  BEGIN "route 169.254.169.254/32 via 10.60.0.254 on envt0\n" END },
	};
	struct scratch *s = *state;

	live_skip_unless_there();
	gateway_speaks_ipv6();
	apply(s, BOTH);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		live_run(cases[i].taken);
		assert_int_equal(scratch_plan(s, BOTH), 0);
		scratch_expect_plan(s, cases[i].plan);
		assert_int_equal(scratch_apply(s), 0);
		expect_settled(s, BOTH);
	}
}

/* What a router announces has a lifetime: it is nobody's to remove, and ours is for ever. */
static void test_what_routers_announce_stays_beside(void **state)
{
	static const char conf[] = "[Interface envt0]\nAddress=10.60.0.21/24 "
				   "fd60::21/64\nGateway=10.60.0.254 fd60::fe\n";
	struct scratch *s = *state;

	live_skip_unless_there();
	gateway_speaks_ipv6();
	live_run("ip address add fd60::21/64 dev envt0 nodad valid_lft 600 preferred_lft 300 && "
		 "ip address add fd60::5054:ff/64 dev envt0 nodad valid_lft 600 preferred_lft 300 "
		 "&& "
		 "ip -6 route add default via fe80::fe dev envt0 proto ra metric 1024 expires 600");
	apply(s, conf);
	live_run("ip -6 -o address show envt0 | grep fd60::21/64 | grep -q 'valid_lft forever'");
	live_run("ip -6 -o address show envt0 | grep fd60::5054:ff/64 | grep -q 'valid_lft [56]'");
	assert_true(has("ip -6 route show default", "via fe80::fe dev envt0 proto ra metric 1024"));
	assert_true(
		has("ip -6 route show default", "via fd60::fe dev envt0 proto static metric 924"));
	assert_true(has("ip -6 route get fd77::1", "via fd60::fe"));
	expect_settled(s, conf);
}

static void test_an_address_that_somebody_has_is_not_taken(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	gateway_speaks_ipv6();
	assert_int_equal(scratch_plan(s, "[Interface envt0]\nAddress=10.60.0.21/24 fd60::fd/64\n"
					 "Gateway=10.60.0.254\n"),
			 0);
	assert_true(scratch_apply(s) > 0);
	live_assert_output(ADDRS, "\n");
	live_run("! ip -4 address show envt0 | grep 10.60.0.21");
	live_run("grep -q 'fd60::fd is in use' /var/lib/envagent/network.json");
}

/* ---- and back ---- */

static int put_live(void *userdata, const struct manifest_live *l)
{
	struct scratch *s = userdata;

	return live_restore(s->sys, s->manifest, l);
}

static void report(void *userdata, const char *what, int r, const char *kept)
{
	if (r < 0)
		fail_msg("%s: %s", what, strerror(-r));
}

static void restore(struct scratch *s)
{
	scratch_begin(s, "");
	assert_int_equal(manifest_restore(s->manifest, put_live, report, s), 0);
}

static const char own[] =
	"ip -6 -o address show envt0 scope global | sed 's/[0-9]*sec/SOME/g'; "
	"ip -6 route show | sed 's/ proto [a-z]*//;s/[0-9]*sec/SOME/;/^fe80/d' | sort; "
	"ip route show | sed 's/ proto [a-z]*//;s/ *$//' | sort; "
	"ip link show envt0 | grep -o 'mtu [0-9]*'";

static void expect_restored(struct scratch *s)
{
	_cleanup_free_ char *before = live_output(own), *after = NULL;

	apply(s, BOTH);
	after = live_output(own);
	assert_string_not_equal(before, after);
	free(after);
	restore(s);
	after = live_output(own);
	assert_string_equal(after, before);
}

static void test_a_removal_puts_back_what_was_there(void **state)
{
	live_skip_unless_there();
	gateway_speaks_ipv6();
	live_run("ip address add 10.60.0.21/24 dev envt0 && ip address add fd60::5/64 dev envt0 "
		 "nodad && ip route add default via 10.60.0.253 && "
		 "ip -6 route add default via fd60::fd && ip -6 route add fd08::/48 via fd60::1 && "
		 "ip route add 10.8.0.0/16 via 10.60.0.1");
	expect_restored(*state);
}

/* A client for IPv4 brings its own address and default route again, and nothing else. */
static void test_beside_a_client_that_is_started_again(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	gateway_speaks_ipv6();
	lease("10.60.0.21");
	live_run("ip address add fd60::5/64 dev envt0 nodad && "
		 "ip -6 route add default via fd60::fd && ip -6 route add fd08::/48 via fd60::1 && "
		 "ip address add 10.60.0.77/24 dev envt0 && ip route add 10.8.0.0/16 via 10.60.0.1 "
		 "src 10.60.0.77");
	apply(s, BOTH);
	assert_false(dhclient_runs());
	restore(s);
	live_wait("ip -4 address show envt0 | grep -q '10.60.0.21/24.*dynamic'");
	live_wait("ip route show default | grep -q 'via 10.60.0.254'");
	assert_true(has("ip -6 route show default", "via fd60::fd"));
	assert_true(has("ip -6 route show fd08::/48", "via fd60::1"));
	assert_true(has("ip route show 10.8.0.0/16", "via 10.60.0.1"));
	live_run("! ip -6 address show envt0 | grep 'fd60::21\\|fd61::21'");
	live_run("ip link show envt0 | grep -q 'mtu 1500'");
	live_wait("test -s /run/dhclient.envt0.pid");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_addresses_routes_and_mtu_of_both_families),
		T(test_what_is_taken_away_comes_back_alone),
		T(test_what_routers_announce_stays_beside),
		T(test_an_address_that_somebody_has_is_not_taken),
		T(test_a_removal_puts_back_what_was_there),
		T(test_beside_a_client_that_is_started_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
