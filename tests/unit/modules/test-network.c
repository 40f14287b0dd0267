/* SPDX-License-Identifier: MIT */
/* test-network.c -- the switch from DHCP to static, on real links with a real DHCP client */
#include "tests/unit/modules/gateway.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>

static void test_lease_becomes_static(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.21");
	assert_true(dhclient_runs());
	assert_true(has("ip -4 address show envt0", "dynamic"));

	assert_int_equal(scratch_plan(s, ""), 0);
	scratch_expect_plan(s, BEGIN "stop dhclient on envt0\naddress 10.60.0.21/24 on envt0\n"
				     "route default via 10.60.0.254 on envt0\n"
				     "route 169.254.169.254/32 via 10.60.0.254 on envt0\n" END);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, READY);
	assert_false(dhclient_runs());
	assert_true(has("ip -4 address show envt0", "valid_lft forever"));
	assert_true(has("ip route show default", "proto static"));
	expect_reached(s, "169.254.169.254");
	expect_settled(s, "");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, READY);
}

struct watch {
	atomic_bool stop;
	unsigned tries, failures;
};

/* The kernel looks for a route at each connect. It does not tell of all routes that it drops. */
static void *watch_route(void *userdata)
{
	struct watch *w = userdata;
	struct sockaddr_in away = { .sin_family = AF_INET, .sin_port = htons(9) };

	inet_pton(AF_INET, "10.99.0.1", &away.sin_addr);
	while (!w->stop) {
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		w->tries++;
		/* another error: the address that goes was just taken as the source */
		if (connect(fd, (struct sockaddr *)&away, sizeof(away)) < 0)
			w->failures += errno == ENETUNREACH;
		close(fd);
	}
	return NULL;
}

static void test_another_lease_goes_and_no_moment_is_without_route(void **state)
{
	struct scratch *s = *state;
	struct watch w = {};
	pthread_t thread;

	live_skip_unless_there();
	lease("10.60.0.150");
	assert_int_equal(pthread_create(&thread, NULL, watch_route, &w), 0);
	assert_int_equal(scratch_plan(s, ""), 0);
	assert_int_equal(scratch_apply(s), 0);
	w.stop = true;
	pthread_join(thread, NULL);
	assert_true(w.tries > 10);
	/* One netlink round trip is a few turns of that loop; without the bridge it is hundreds. */
	assert_in_range(w.failures, 0, 3);
	scratch_expect_state(s, STATE_READY, READY);
	live_run("! ip -4 address show envt0 | grep 10.60.0.150");
	live_run("! ip -4 address show envt0 | grep 10.60.0.21/32");
	assert_true(has("ip -4 address show envt0", "10.60.0.21/24"));
	expect_reached(s, "10.60.0.254");
	expect_reached(s, "169.254.169.254");
	expect_settled(s, "");
}

static void test_a_bare_link_is_set_up(void **state)
{
	static const char conf[] = "[Interface envt0]\nGateway=10.60.0.254\nMtu=1400\n"
				   "Route=10.8.0.0/16@10.60.0.253\n";
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("ip link set envt0 down");
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_int_equal(scratch_apply(s), 0);
	live_run("ip link show envt0 | grep -q 'mtu 1400'");
	assert_true(has("ip route show 10.8.0.0/16", "via 10.60.0.253"));
	expect_reached(s, "169.254.169.254");
	/* the carrier of a veth comes a moment after the link */
	assert_int_equal(scratch_plan(s, conf), 0);
	scratch_expect_plan(s, "");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, READY);
}

static void test_a_route_to_the_metadata_is_left(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("ip route add 169.254.169.254/32 dev envt0 scope link");
	assert_int_equal(scratch_plan(s, "[Interface envt0]\nGateway=10.60.0.254\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_true(has("ip route show 169.254.169.254", "dev envt0 scope link"));
}

/* The link, its addresses and routes, and every file that somebody's network is set up by. */
static const char everything[] =
	"ip link show envt0; ip -o address show envt0 | sed 's/valid_lft.*//;s/ tentative//'; "
	"ip -4 route show table all; ip -6 route show | sed 's/expires [0-9]*sec//'; "
	"find /etc /run/systemd /run/netplan /run/NetworkManager /var/lib/dhcp -type f "
	"-printf '%p %i %T@\\n' 2>/dev/null | sort";

static void test_keep_is_kept_to_the_byte(void **state)
{
	static const char *const rows[] = {
		"[Interface envt0]\nMode=keep\n",
		"[Interface a]\nMatch=mac:02:00:00:60:00:21\nMode=keep\n",
		"[Interface a]\nMatch=network:cluster\nMode=keep\nAddress=10.60.0.77/24\nMtu=1400\n"
		"Route=10.8.0.0/16@10.60.0.253\n",
	};
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.21");
	live_run("mkdir -p /run/systemd/netif /run/systemd/network && "
		 ": >/run/systemd/netif/state && "
		 "ip address add fd60::5/64 dev envt0 nodad valid_lft 600 preferred_lft 600");
	live_wait("! ip -6 address show envt0 | grep -q tentative");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *conf = str_printf("%s[Network]\nPersist=yes\n", rows[i]);
		_cleanup_free_ char *before = live_output(everything), *after = NULL;

		expect_settled(s, conf);
		assert_int_equal(scratch_apply(s), 0);
		after = live_output(everything);
		assert_string_equal(before, after);
		assert_true(dhclient_runs());
	}
}

/* One process with two links: what is kept would lose its lease with it. */
static void test_a_client_that_serves_a_kept_link_too_is_left(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.21");
	live_run("kill $(cat /run/dhclient.envt0.pid); rm /run/dhclient.envt0.pid; "
		 "ip link add envt1 type veth peer name eth1 netns gw && ip link set envt1 up && "
		 "dhclient -4 -nw -pf /run/dhclient.envt0.pid "
		 "-lf /var/lib/dhcp/dhclient.envt0.leases envt0 envt1 </dev/null >/dev/null 2>&1; "
		 "until [ -s /run/dhclient.envt0.pid ]; do sleep 0.01; done");
	assert_int_equal(scratch_plan(s, "[Interface envt1]\nMode=keep\n"), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "leases for envt1 as well, which is not ours");
	assert_int_equal(scratch_apply(s), 0);
	assert_true(dhclient_runs());
	/* nobody keeps it */
	assert_int_equal(
		scratch_plan(s, "[Interface envt1]\nMatch=name:envt1\nAddress=10.61.0.21/24\n"), 0);
	assert_true(scratch_apply(s) >= 0);
	assert_false(dhclient_runs());
	live_run("ip link del envt1");
}

static void test_an_address_that_somebody_leases_again_is_set_again(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("ip address add 10.60.0.21/24 dev envt0 valid_lft 600 preferred_lft 600 && "
		 "ip route add default via 10.60.0.254");
	assert_int_equal(scratch_plan(s, ""), 0);
	assert_int_equal(scratch_apply(s), 0);
	expect_settled(s, "");
	live_run("ip address change 10.60.0.21/24 dev envt0 valid_lft 600 preferred_lft 600");
	assert_int_equal(scratch_plan(s, ""), 0);
	scratch_expect_plan(s, BEGIN "address 10.60.0.21/24 on envt0\n" END);
}

/* What an earlier pass set goes with the wish for it; what somebody else set stays. */
static void test_another_wish_leaves_nothing_of_the_former_one(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	lease("10.60.0.21");
	live_run("ip -n gw address add 10.77.0.254/24 dev eth0 && "
		 "ip -n gw address add 10.60.0.253/24 dev eth0");
	assert_int_equal(scratch_plan(s, "[Interface envt0]\nAddress=10.60.0.21/24 fd60::21/64\n"
					 "Route=10.8.0.0/16@10.60.0.253\n"),
			 0);
	assert_int_equal(scratch_apply(s), 0);
	live_run(
		"ip address add 10.60.0.99/24 dev envt0; ip route add 10.5.0.0/16 via 10.60.0.254");

	assert_int_equal(scratch_plan(s, "[Interface envt0]\nAddress=10.60.0.22/24 fd60::22/64\n"),
			 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY,
			     "10.60.0.22/24, fd60::22/64 static via 10.60.0.254 on envt0");
	assert_true(has(
		"ip -o address show envt0 scope global | awk '{ print $4 }' | sort | paste -sd ' '",
		"10.60.0.22/24 10.60.0.99/24 fd60::22/64"));
	live_run("! ip route | grep 10.8.0.0 && ip route | grep 10.5.0.0");
	expect_reached(s, "169.254.169.254");
	expect_settled(s, "[Interface envt0]\nAddress=10.60.0.22/24 fd60::22/64\n");

	/* into another network, with the way to the metadata service */
	live_run("ip address del 10.60.0.99/24 dev envt0");
	assert_int_equal(scratch_plan(s, "[Interface envt0]\nAddress=10.77.0.21/24\n"
					 "Gateway=10.77.0.254\n"),
			 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_READY, "10.77.0.21/24 static via 10.77.0.254 on envt0");
	assert_true(has(
		"ip -o address show envt0 scope global | awk '{ print $4 }' | sort | paste -sd ' '",
		"10.77.0.21/24"));
	assert_true(has("ip route show 169.254.169.254", "via 10.77.0.254"));
	expect_reached(s, "169.254.169.254");
}

static void test_no_carrier_is_told(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("ip address add 10.60.0.21/24 dev envt0 && ip route add default via 10.60.0.254");
	assert_int_equal(scratch_plan(s, ""), 0);
	assert_int_equal(scratch_apply(s), 0);
	live_run("ip -n gw link set eth0 down");
	assert_int_equal(scratch_plan(s, ""), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_state(s, STATE_DEGRADED, "envt0 has no carrier");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lease_becomes_static),
		T(test_another_lease_goes_and_no_moment_is_without_route),
		T(test_a_bare_link_is_set_up),
		T(test_a_route_to_the_metadata_is_left),
		T(test_keep_is_kept_to_the_byte),
		T(test_a_client_that_serves_a_kept_link_too_is_left),
		T(test_an_address_that_somebody_leases_again_is_set_again),
		T(test_another_wish_leaves_nothing_of_the_former_one),
		T(test_no_carrier_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
