/* SPDX-License-Identifier: MIT */
/* test-net-read.c -- links, addresses and routes as they are */
#include "tests/unit/live.h"

#include <linux/rtnetlink.h>

static const struct sys_link *link_named(const struct sys_net *net, const char *name)
{
	for (size_t i = 0; i < net->n_links; i++)
		if (!strcmp(net->links[i].name, name))
			return &net->links[i];
	fail_msg("no link %s", name);
	return NULL;
}

static void test_all_is_read_and_sorted(void **state)
{
	char mac[MAC_TEXT_MAX], text[ADDR_TEXT_MAX];
	const struct sys_route *t;
	const struct sys_link *l;
	struct sys_net net;

	live_skip_unless_there();
	live_run(
		"ip link add eth0 mtu 1450 address 00:50:56:2a:10:01 type veth peer name p0 && "
		"echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6 && "
		"echo 1 >/proc/sys/net/ipv6/conf/p0/disable_ipv6 && "
		"ip link set eth0 up && ip addr add 10.60.0.50/24 brd + dev eth0 valid_lft 600 "
		"preferred_lft 600 && ip addr add 10.60.0.7/24 dev eth0 && "
		"ip link set p0 up && ip route add default via 10.60.0.254 metric 100 && "
		"ip route add default via 10.60.0.253 metric 50 && "
		"ip route add 10.70.0.0/16 dev eth0 && "
		"ip route add 10.80.0.0/16 dev eth0 table 7 && ip route add blackhole 10.9.0.0/16");
	assert_int_equal(sys_net_read(*state, &net), 0);

	assert_true(link_named(&net, "lo")->loopback && link_named(&net, "lo")->up);
	l = link_named(&net, "eth0");
	assert_string_equal(mac_format(l->mac, mac), "00:50:56:2a:10:01");
	assert_true(l->up && l->carrier && !l->loopback);
	assert_int_equal(l->mtu, 1450);
	for (size_t i = 1; i < net.n_links; i++)
		assert_true(net.links[i - 1].index < net.links[i].index);

	for (size_t i = 0, seen = 0; i < net.n_addrs; i++) {
		const struct sys_addr *a = &net.addrs[i];

		if (a->index != l->index)
			continue;
		addr_format(&a->addr, true, text);
		assert_string_equal(text, seen ? "10.60.0.50/24" : "10.60.0.7/24");
		assert_int_equal(a->permanent, !seen);
		assert_true(seen ? a->valid > 500 && a->valid <= 600 : a->valid == 0);
		assert_int_equal(a->scope, RT_SCOPE_UNIVERSE);
		seen++;
	}

	assert_int_equal(net.n_routes, 4);
	t = &net.routes[0];
	assert_string_equal(addr_format(&t->dst, true, text), "0.0.0.0/0");
	assert_string_equal(addr_format(&t->gateway, true, text), "10.60.0.253");
	assert_int_equal(t->metric, 50);
	assert_int_equal(t->protocol, RTPROT_BOOT);
	assert_int_equal(net.routes[1].metric, 100);
	t = &net.routes[2];
	assert_string_equal(addr_format(&t->dst, true, text), "10.70.0.0/16");
	assert_int_equal(t->gateway.family, 0);
	assert_int_equal(t->scope, RT_SCOPE_LINK);
	assert_int_equal(t->index, l->index);
	assert_string_equal(addr_format(&net.routes[3].dst, true, text), "10.60.0.0/24");
	assert_int_equal(net.routes[3].protocol, RTPROT_KERNEL);
	sys_net_done(&net);
	assert_int_equal(net.n_links, 0);
}

static void test_a_link_without_its_cable_has_no_carrier(void **state)
{
	struct sys_net net;

	live_skip_unless_there();
	live_run("ip link set p0 down");
	assert_int_equal(sys_net_read(*state, &net), 0);
	assert_true(link_named(&net, "eth0")->up && !link_named(&net, "eth0")->carrier);
	assert_false(link_named(&net, "p0")->up);
	sys_net_done(&net);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_all_is_read_and_sorted),
		LIVE_TEST(test_a_link_without_its_cable_has_no_carrier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
