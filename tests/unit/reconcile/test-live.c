/* SPDX-License-Identifier: MIT */
/* test-live.c -- live.c and plan-live.c: real links in a namespace, changed and put back */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

#include "fixture.h"

#include "agent/reconcile/live.h"

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*state = f;
	if (live_reason)
		return 0;
	live_run("rm -rf /run/envagent /var/lib/envagent /run/argv; hostname debian");
	live_run("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up");
	assert_int_equal(sys_open("/", &f->sys), 0);
	fixture_begin(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fixture_end(f);
	buf_done(&f->told);
	sys_free(f->sys);
	free(f);
	if (!live_reason)
		live_run("ip link del v0");
	return 0;
}

static struct sys_link link_v0(struct fixture *f)
{
	struct sys_link link = {};
	struct sys_net net;

	assert_int_equal(sys_net_read(f->sys, &net), 0);
	for (size_t i = 0; i < net.n_links; i++)
		if (strcmp(net.links[i].name, "v0") == 0)
			link = net.links[i];
	sys_net_done(&net);
	assert_true(link.index > 0);
	return link;
}

static int put_live(void *userdata, const struct manifest_live *l)
{
	struct fixture *f = userdata;

	return live_restore(f->sys, f->manifest, l);
}

static void report(void *userdata, const char *what, int r, const char *kept)
{
	struct fixture *f = userdata;

	buf_addf(&f->told, "%s: %d\n", what, r);
}

static int restore(struct fixture *f)
{
	fixture_begin(f);
	return manifest_restore(f->manifest, put_live, report, f);
}

static void expect_output(const char *command, const char *text)
{
	_cleanup_free_ char *out = live_output(command);

	assert_string_equal(out, text);
}

#define ADDRS "ip -o -4 addr show v0 | awk '{ print $4 }' | paste -sd ' '"
#define ROUTES "ip -4 route show default | awk '{ print $3 }' | paste -sd ' '"

static void test_the_host_name_changes_and_comes_back(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	assert_int_equal(plan_hostname(f->plan, "debian"), 0);
	assert_int_equal(plan_hostname(f->plan, "web-1"), 1);
	fixture_expect_plan(f, "host name web-1 (was debian)\n");
	assert_int_equal(fixture_apply(f), 0);
	expect_output("hostname", "web-1\n");
	assert_int_equal(restore(f), 0);
	expect_output("hostname", "debian\n");
}

static void test_an_address_and_a_route_change_and_come_back(void **state)
{
	struct fixture *f = *state;
	struct sys_route route = { .metric = 0 };
	struct sys_link link;
	struct addr addr;

	live_skip_unless_there();
	live_run("ip addr add 10.9.0.5/24 dev v0 && ip route add default via 10.9.0.1");
	link = link_v0(f);
	assert_int_equal(addr_parse("10.9.0.21/24", &addr), 0);
	assert_int_equal(addr_parse("0.0.0.0/0", &route.dst), 0);
	assert_int_equal(addr_parse("10.9.0.254", &route.gateway), 0);
	assert_int_equal(plan_addr_set(f->plan, &link, &addr), 1);
	assert_int_equal(plan_route_set(f->plan, &link, &route), 1);
	assert_int_equal(plan_link_mtu(f->plan, &link, 1400), 1);
	fixture_expect_plan(f, "address 10.9.0.21/24 on v0\nroute default via 10.9.0.254 on v0\n"
			       "MTU 1400 on v0 (was 1500)\n");
	assert_int_equal(fixture_apply(f), 0);
	expect_output(ADDRS, "10.9.0.5/24 10.9.0.21/24\n");
	expect_output(ROUTES, "10.9.0.254\n");

	assert_int_equal(restore(f), 0);
	expect_output(ADDRS, "10.9.0.5/24\n");
	expect_output(ROUTES, "10.9.0.1\n");
	expect_output("ip -o link show v0 | grep -o 'mtu [0-9]*'", "mtu 1500\n");
}

static void test_what_was_there_for_a_moment_is_not_put_back(void **state)
{
	struct fixture *f = *state;
	struct sys_link link;
	struct addr addr, alone;

	live_skip_unless_there();
	link = link_v0(f);
	assert_int_equal(addr_parse("10.9.0.21/24", &addr), 0);
	assert_int_equal(addr_parse("10.9.0.21/32", &alone), 0);
	assert_int_equal(plan_addr_set(f->plan, &link, &alone), 1);
	assert_int_equal(plan_addr_set(f->plan, &link, &addr), 1);
	assert_int_equal(plan_addr_del(f->plan, &link, &alone), 1);
	assert_int_equal(fixture_apply(f), 0);
	expect_output(ADDRS, "10.9.0.21/24\n");
	assert_true(plan_addr_ours(f->plan, &link, &addr));
	assert_false(plan_addr_ours(f->plan, &link, &alone));
	assert_int_equal(restore(f), 0);
	assert_string_equal(f->told.data, "put back: addr v0 10.9.0.21/24: 0\n");
	expect_output(ADDRS, "\n");
}

static void test_a_route_of_a_lease_that_is_gone_is_left_to_its_owner(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	assert_int_equal(
		manifest_live_begin(f->manifest, "network", "addr v0 10.9.0.5/24", "lease"), 0);
	assert_int_equal(
		manifest_live_begin(f->manifest, "network", "route v0 default 0", "10.9.0.1"), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	assert_int_equal(restore(f), 0);
	assert_int_equal(f->told.len, 0);
	expect_output(ROUTES, "\n");
	assert_null(manifest_live(f->manifest, "route v0 default 0"));
}

static void test_what_was_taken_away_comes_back(void **state)
{
	struct fixture *f = *state;
	struct sys_link link;
	struct addr addr;

	live_skip_unless_there();
	live_run("ip addr add 10.9.0.5/24 dev v0");
	link = link_v0(f);
	assert_int_equal(addr_parse("10.9.0.5/24", &addr), 0);
	assert_int_equal(plan_addr_del(f->plan, &link, &addr), 1);
	fixture_expect_plan(f, "no address 10.9.0.5/24 on v0\n");
	assert_int_equal(fixture_apply(f), 0);
	expect_output(ADDRS, "\n");
	assert_int_equal(restore(f), 0);
	expect_output(ADDRS, "10.9.0.5/24\n");
}

static void test_a_dhcp_client_is_started_again_and_finds_no_address_of_ours(void **state)
{
	char *argv[] = { (char *)"/run/client", (char *)"-x", (char *)"two words", NULL };
	struct sys_dhcp d = { .program = "dhclient", .pid = 0x3ffff0, .argv = argv };
	struct fixture *f = *state;
	struct sys_link link;
	struct addr addr;

	live_skip_unless_there();
	fixture_put(f, "/run/client",
		    "#!/bin/sh\nprintf '%s,' \"$@\" >/run/argv.new\n"
		    "mv /run/argv.new /run/argv\nsleep 300\n",
		    0755);
	live_run("ip addr add 10.9.0.5/24 dev v0 valid_lft 600 preferred_lft 600");
	link = link_v0(f);
	assert_int_equal(addr_parse("10.9.0.5/24", &addr), 0);
	/* a process that is gone already is no error */
	assert_int_equal(plan_dhcp_stop(f->plan, "v0", &d), 1);
	assert_int_equal(plan_addr_set(f->plan, &link, &addr), 1);
	fixture_expect_plan(f, "stop dhclient on v0\naddress 10.9.0.5/24 on v0\n");
	assert_int_equal(fixture_apply(f), 0);
	expect_output("ip -o -4 addr show v0 | grep -c 'valid_lft forever'", "1\n");

	assert_int_equal(restore(f), 0);
	expect_output(ADDRS, "\n");
	live_run("for i in $(seq 100); do [ -e /run/argv ] && break; sleep 0.1; done");
	fixture_expect(f, "/run/argv", "-x,two words,");
}

static void test_a_link_that_is_gone_is_told(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	assert_int_equal(manifest_live_begin(f->manifest, "network", "mtu v7", "1500"), 0);
	assert_int_equal(manifest_live_begin(f->manifest, "network", "nonsense", "x"), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	assert_int_equal(restore(f), -EBADMSG);
	assert_string_equal(f->told.data, "put back: nonsense: -74\nput back: mtu v7: -19\n");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_host_name_changes_and_comes_back),
		T(test_an_address_and_a_route_change_and_come_back),
		T(test_what_was_there_for_a_moment_is_not_put_back),
		T(test_a_route_of_a_lease_that_is_gone_is_left_to_its_owner),
		T(test_what_was_taken_away_comes_back),
		T(test_a_dhcp_client_is_started_again_and_finds_no_address_of_ours),
		T(test_a_link_that_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
