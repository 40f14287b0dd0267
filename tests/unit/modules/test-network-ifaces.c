/* SPDX-License-Identifier: MIT */
/* test-network-ifaces.c -- which interfaces are ours, with which addresses and routes */
#include "tests/unit/modules/scratch.h"

#include <linux/rtnetlink.h>

#include "modules/network/ifaces.h"

extern const struct module module_network;

#define META(ip, extra)                                                                      \
	"[{\"name\":\"eth0\",\"mac\":\"00:50:56:2a:10:01\",\"ip\":\"" ip "\",\"prefix\":24," \
	"\"network_name\":\"cluster\",\"network_id\":\"7700101\"," extra                     \
	"\"network_type\":\"automatic\"}]"

struct fixture {
	struct scratch *s;
	struct sys_link links[3];
	struct sys_addr addrs[2];
	struct sys_route routes[3];
	struct ifaces want;
};

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->s = scratch_new(&module_network, NULL);
	f->links[0] = (struct sys_link){ .index = 1, .name = "lo", .loopback = true, .up = true };
	f->links[1] = (struct sys_link){ .index = 2, .name = "eth0", .up = true, .carrier = true };
	f->links[2] = (struct sys_link){ .index = 3, .name = "eth1", .up = true, .carrier = true };
	assert_int_equal(mac_parse("00:50:56:2a:10:01", f->links[1].mac), 0);
	assert_int_equal(mac_parse("00:50:56:2a:10:02", f->links[2].mac), 0);
	f->s->net = (struct sys_net){
		.links = f->links, .n_links = 3, .addrs = f->addrs, .routes = f->routes
	};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ifaces_done(&f->want);
	scratch_free(f->s);
	free(f);
	return 0;
}

static void add_default(struct fixture *f, int index, const char *gateway, uint32_t metric)
{
	struct addr any = addr("0.0.0.0/0");

	f->routes[f->s->net.n_routes++] = (struct sys_route){
		.index = index,
		.dst = any,
		.gateway = addr(gateway),
		.metric = metric,
		.protocol = RTPROT_BOOT,
	};
}

static void read_want(struct fixture *f, const char *conf)
{
	/* plans too; what is of interest is read again */
	(void)scratch_plan(f->s, conf);
	f->s->result = (struct module_result){ .state = _STATE_MAX };
	ifaces_done(&f->want);
	assert_int_equal(ifaces_read(&f->s->pass, &f->want), 0);
}

static void expect_addr(const struct addr *a, const char *text)
{
	char got[ADDR_TEXT_MAX];

	assert_string_equal(addr_format(a, true, got), text);
}

static void test_metadata_names_the_address_and_the_present_route_the_gateway(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", ""));
	add_default(f, 2, "10.60.0.254", 0);
	read_want(f, "");
	assert_int_equal(f->want.n, 1);
	assert_string_equal(f->want.list[0].link->name, "eth0");
	expect_addr(&f->want.list[0].addrs[0], "10.60.0.21/24");
	expect_addr(&f->want.list[0].gateway.gateway, "10.60.0.254");
	assert_int_equal(f->want.list[0].gateway.protocol, RTPROT_STATIC);
}

static void test_gateway_of_metadata_wins_over_the_route(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", "\"gateway\":\"10.60.0.1\","));
	add_default(f, 2, "10.60.0.254", 0);
	read_want(f, "");
	expect_addr(&f->want.list[0].gateway.gateway, "10.60.0.1");
	read_want(f, "[Interface eth0]\nGateway=10.60.0.2\n");
	expect_addr(&f->want.list[0].gateway.gateway, "10.60.0.2");
}

static void test_ipv6_has_a_default_route_of_its_own(void **state)
{
	struct fixture *f = *state;
	const struct iface *wi;

	read_want(f, "[Interface eth0]\nAddress=10.60.0.21/24 fd00:60::21/64\n"
		     "Gateway=10.60.0.254 fe80::1\nRoute=fd00:8::/32@fd00:60::2\n");
	assert_int_equal(f->want.n, 1);
	wi = &f->want.list[0];
	assert_int_equal(wi->n_addrs, 2);
	expect_addr(&wi->gateway.gateway, "10.60.0.254");
	expect_addr(&wi->gateway6.gateway, "fe80::1");
	assert_int_equal(wi->gateway6.dst.family, AF_INET6);
	assert_int_equal(wi->gateway6.metric, 1024);
	expect_addr(&wi->routes[0].gateway, "fd00:60::2");
}

static void test_a_routers_own_route_stays_behind_the_wanted_one(void **state)
{
	struct fixture *f = *state;

	add_default(f, 2, "10.60.0.254", 0);
	f->routes[0].dst = addr("::/0");
	f->routes[0].gateway = addr("fe80::99");
	f->routes[0].metric = 1024;
	f->routes[0].protocol = RTPROT_RA;
	read_want(f, "[Interface eth0]\nAddress=fd00:60::21/64\nGateway=fd00:60::1\n");
	assert_int_equal(f->want.n, 1);
	assert_in_range(f->want.list[0].gateway6.metric, 1, 1023);
}

static void test_without_a_gateway_the_route_is_left(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", ""));
	read_want(f, "");
	assert_int_equal(f->want.list[0].gateway.gateway.family, 0);
	add_default(f, 2, "10.61.0.254", 0);
	read_want(f, "");
	assert_int_equal(f->want.list[0].gateway.gateway.family, 0);
}

static void test_what_was_known_in_this_boot_is_wanted_while_nobody_answers(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", ""));
	add_default(f, 2, "10.60.0.254", 0);
	read_want(f, "");
	assert_int_equal(f->want.n, 1);
	/* somebody took address and route away: nobody can be asked */
	f->s->net.n_routes = 0;
	facts_free(f->s->facts);
	assert_int_equal(facts_new(&f->s->facts), 0);
	assert_int_equal(facts_source(f->s->facts, "test", 1), 0);
	assert_int_equal(facts_set_unknown(f->s->facts, "interfaces", "no network"), 0);
	read_want(f, "");
	assert_int_equal(f->want.n, 1);
	expect_addr(&f->want.list[0].addrs[0], "10.60.0.21/24");
	expect_addr(&f->want.list[0].gateway.gateway, "10.60.0.254");
}

static void test_a_row_is_matched_by_name_mac_and_network(void **state)
{
	static const char *const rows[] = {
		"[Interface eth0]\n",
		"[Interface a]\nMatch=name:eth0\n",
		"[Interface a]\nMatch=mac:00:50:56:2A:10:01\n",
		"[Interface a]\nMatch=network:cluster\n",
		"[Interface a]\nMatch=network:7700101\n",
	};
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", ""));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *conf = str_printf("%sAddress=10.60.0.77/16\n", rows[i]);

		read_want(f, conf);
		assert_int_equal(f->want.n, 1);
		assert_int_equal(f->want.list[0].link->index, 2);
		expect_addr(&f->want.list[0].addrs[0], "10.60.0.77/16");
	}
}

static void test_keep_leaves_the_interface_alone(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", ""));
	read_want(f, "[Interface eth0]\nMode=keep\nAddress=10.60.0.77/16\n");
	assert_int_equal(f->want.n, 0);
	scratch_expect_plan(f->s, "");
}

static void test_all_links_of_a_kept_network_are_kept(void **state)
{
	static const char *const rows[] = { "Match=network:Cluster", "Match=network:7700101" };
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces",
		     "[{\"mac\":\"00:50:56:2a:10:01\",\"ip\":\"10.60.0.21\",\"prefix\":24,"
		     "\"network_name\":\"cluster\",\"network_id\":\"7700101\","
		     "\"network_type\":\"automatic\"},"
		     "{\"mac\":\"00:50:56:2a:10:02\",\"ip\":\"10.60.0.22\",\"prefix\":24,"
		     "\"network_name\":\"cluster\",\"network_id\":\"7700101\","
		     "\"network_type\":\"automatic\"}]");
	read_want(f, "");
	assert_int_equal(f->want.n, 2);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *conf = str_printf("[Interface a]\n%s\nMode=keep\n", rows[i]);

		read_want(f, conf);
		assert_int_equal(f->want.n, 0);
		scratch_expect_plan(f->s, "");
	}
	/* one of them by its name: the other is the metadata's */
	read_want(f, "[Interface eth0]\nMode=keep\n");
	assert_int_equal(f->want.n, 1);
	assert_string_equal(f->want.list[0].link->name, "eth1");
}

static void test_unknown_metadata_touches_nothing_and_says_why(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(facts_set_unknown(f->s->facts, "interfaces", "169.254.169.254 is silent"),
			 0);
	read_want(f, "");
	assert_int_equal(f->want.n, 0);
	scratch_expect_plan(f->s, "");
	scratch_expect_state(f->s, STATE_CONVERGING, "169.254.169.254 is silent");
	read_want(f, "[Interface eth0]\nMtu=1400\n");
	assert_int_equal(f->want.n, 0);
	scratch_expect_state(f->s, STATE_CONVERGING, "169.254.169.254 is silent");
	read_want(f, "[Interface eth0]\nAddress=10.60.0.5/24\n");
	assert_int_equal(f->want.n, 1);
}

static void test_only_automatic_networks_are_declared_by_metadata(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces",
		     "[{\"mac\":\"00:50:56:2a:10:01\",\"ip\":\"10.60.0.21\",\"prefix\":24,"
		     "\"network_type\":\"manual\"}]");
	read_want(f, "");
	assert_int_equal(f->want.n, 0);
}

static void test_a_mac_that_is_not_here_is_told(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces",
		     "[{\"mac\":\"00:50:56:2a:10:09\",\"ip\":\"10.60.0.21\",\"prefix\":24,"
		     "\"network_type\":\"automatic\"}]");
	read_want(f, "");
	scratch_expect_state(f->s, STATE_DEGRADED, "00:50:56:2a:10:09");
}

static void test_routes_and_several_addresses_of_a_row(void **state)
{
	struct fixture *f = *state;

	read_want(f, "[Interface eth1]\nAddress=10.1.0.2/24 fd00::2/64\nGateway=10.1.0.1\n"
		     "Route=10.8.0.0/16@10.1.0.7 fd01::/32@fd00::1\nMtu=1400\n");
	assert_int_equal(f->want.n, 1);
	assert_int_equal(f->want.list[0].n_addrs, 2);
	assert_int_equal(f->want.list[0].n_routes, 2);
	expect_addr(&f->want.list[0].routes[0].dst, "10.8.0.0/16");
	assert_int_equal(f->want.list[0].routes[1].metric, 1024);
	assert_int_equal(f->want.list[0].mtu, 1400);
}

static void test_faults_of_a_row_name_file_and_line(void **state)
{
	struct fixture *f = *state;

	read_want(f, "[Interface eth0]\nAddress=10.60.0.5/0\n");
	scratch_expect_state(f->s, STATE_FAILED, "test.conf:2:");
	read_want(f, "[Interface eth0]\nAddress=10.60.0.5/24\nGateway=10.61.0.1\n");
	scratch_expect_state(f->s, STATE_FAILED, "test.conf:3:");
	read_want(f, "[Interface eth0]\nAddress=10.60.0.5/24\nRoute=10.8.0.0/16@10.61.0.1\n");
	scratch_expect_state(f->s, STATE_FAILED, "test.conf:3:");
	assert_int_equal(f->want.n, 0);
}

static void test_an_address_of_another_link_is_a_conflict(void **state)
{
	struct fixture *f = *state;

	scratch_fact(f->s, "interfaces", META("10.60.0.21", ""));
	f->addrs[0] = (struct sys_addr){ .index = 3, .addr = addr("10.60.0.21/24") };
	f->s->net.n_addrs = 1;
	read_want(f, "");
	assert_int_equal(f->want.n, 0);
	scratch_expect_state(f->s, STATE_FAILED, "taken by eth1");
	f->s->net.n_addrs = 0;
	read_want(f, "[Interface eth1]\nAddress=10.60.0.21/24\n");
	assert_int_equal(f->want.n, 1);
	scratch_expect_state(f->s, STATE_FAILED, "taken by eth1");
}

static void test_two_default_routes_never_share_a_metric(void **state)
{
	struct fixture *f = *state;

	read_want(f, "[Interface eth0]\nAddress=10.60.0.5/24\nGateway=10.60.0.1\n"
		     "[Interface eth1]\nAddress=10.61.0.5/24\nGateway=10.61.0.1\n");
	assert_int_equal(f->want.n, 2);
	assert_int_equal(f->want.list[0].gateway.metric, 0);
	assert_int_equal(f->want.list[1].gateway.metric, 100);

	add_default(f, 3, "10.61.0.1", 0);
	read_want(f, "[Interface eth0]\nAddress=10.60.0.5/24\nGateway=10.60.0.1\n"
		     "[Interface eth1]\nAddress=10.61.0.5/24\nGateway=10.61.0.1\n");
	assert_int_equal(f->want.list[0].gateway.metric, 100);
	assert_int_equal(f->want.list[1].gateway.metric, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_metadata_names_the_address_and_the_present_route_the_gateway),
		T(test_gateway_of_metadata_wins_over_the_route),
		T(test_ipv6_has_a_default_route_of_its_own),
		T(test_a_routers_own_route_stays_behind_the_wanted_one),
		T(test_without_a_gateway_the_route_is_left),
		T(test_what_was_known_in_this_boot_is_wanted_while_nobody_answers),
		T(test_a_row_is_matched_by_name_mac_and_network),
		T(test_keep_leaves_the_interface_alone),
		T(test_all_links_of_a_kept_network_are_kept),
		T(test_unknown_metadata_touches_nothing_and_says_why),
		T(test_only_automatic_networks_are_declared_by_metadata),
		T(test_a_mac_that_is_not_here_is_told),
		T(test_routes_and_several_addresses_of_a_row),
		T(test_faults_of_a_row_name_file_and_line),
		T(test_an_address_of_another_link_is_a_conflict),
		T(test_two_default_routes_never_share_a_metric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
