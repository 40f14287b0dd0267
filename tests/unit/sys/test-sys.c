/* SPDX-License-Identifier: MIT */
/* test-sys.c -- the root and the clocks */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>

#include "agent/sys/sys.h"

static void test_only_the_machines_root_is_live(void **state)
{
	_cleanup_(sys_freep) struct sys *machine = NULL, *again = NULL, *other = NULL, *none = NULL;

	assert_int_equal(sys_open("/", &machine), 0);
	assert_true(sys_live(machine));
	assert_int_equal(sys_open("", &again), 0);
	assert_true(sys_live(again));
	assert_int_equal(sys_open("/tmp", &other), 0);
	assert_false(sys_live(other));
	assert_int_equal(sys_open("/nonexistent", &none), -ENOENT);
	assert_int_equal(sys_open("/etc/passwd", &none), -ENOTDIR);
}

static void test_another_root_never_touches_the_machine(void **state)
{
	_cleanup_(sys_freep) struct sys *sys = NULL;
	char *argv[] = { "/bin/true", NULL };
	struct sys_run_opts opts = { .timeout = 1000000 };
	struct addr addr = { .family = AF_INET, .bytes = { 10 }, .prefix = 8 };
	struct sys_route route = { .index = 1, .dst = addr };
	struct sys_dhcp dhcp = { .pid = 99999999, .program = "dhclient" }, *found = NULL;
	_cleanup_free_ char *name = NULL;
	struct sys_net net;
	size_t n = 1;

	assert_int_equal(sys_open("/tmp", &sys), 0);
	assert_int_equal(sys_run(sys, argv, &opts, NULL), -EOPNOTSUPP);
	assert_int_equal(sys_run_user(sys, "true", &opts, NULL), -EOPNOTSUPP);
	sys_set_unit_command(sys, "/bin/true");
	assert_int_equal(sys_unit(sys, "reload", "x.service", 1000000, NULL), -EOPNOTSUPP);
	assert_int_equal(sys_hostname_set(sys, "web-1"), -EOPNOTSUPP);
	assert_int_equal(sys_hostname_get(sys, &name), 0);
	assert_string_equal(name, "");
	assert_int_equal(sys_addr_set(sys, 1, &addr), -EOPNOTSUPP);
	assert_int_equal(sys_addr_del(sys, 1, &addr), -EOPNOTSUPP);
	assert_int_equal(sys_route_set(sys, &route), -EOPNOTSUPP);
	assert_int_equal(sys_route_del(sys, &route), -EOPNOTSUPP);
	assert_int_equal(sys_link_up(sys, 1), -EOPNOTSUPP);
	assert_int_equal(sys_link_mtu(sys, 1, 1400), -EOPNOTSUPP);
	assert_int_equal(sys_net_monitor(sys), -EOPNOTSUPP);
	assert_int_equal(sys_dhcp_stop(sys, &dhcp), -EOPNOTSUPP);
	assert_int_equal(sys_dhcp_find(sys, "eth0", &found, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(sys_net_read(sys, &net), 0);
	assert_int_equal(net.n_links + net.n_addrs + net.n_routes, 0);
}

static void test_the_clocks_count_microseconds(void **state)
{
	uint64_t t = sys_now_monotonic();

	assert_true(sys_now_realtime() > 1600000000000000);
	usleep(2000);
	assert_true(sys_now_monotonic() >= t + 2000);
}

static void test_a_wait_is_never_endless_nor_cut_to_less_than_it_is(void **state)
{
	const uint64_t day = 86400000000;

	assert_int_equal(sys_poll_ms(5000, 5000), 0);
	assert_int_equal(sys_poll_ms(5000, 4000), 0);
	assert_int_equal(sys_poll_ms(5000, 5001), 1);
	assert_int_equal(sys_poll_ms(5000, 7000), 2);
	assert_int_equal(sys_poll_ms(0, 24 * day), 24 * 86400000);
	assert_int_equal(sys_poll_ms(0, 25 * day), INT_MAX);
	assert_int_equal(sys_poll_ms(0, 50 * day), INT_MAX);
	assert_int_equal(sys_poll_ms(0, UINT64_MAX), INT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_machines_root_is_live),
		cmocka_unit_test(test_another_root_never_touches_the_machine),
		cmocka_unit_test(test_the_clocks_count_microseconds),
		cmocka_unit_test(test_a_wait_is_never_endless_nor_cut_to_less_than_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
