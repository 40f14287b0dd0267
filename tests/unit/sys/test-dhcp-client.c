/* SPDX-License-Identifier: MIT */
/* test-dhcp-client.c -- how the command lines of DHCP clients read */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "agent/sys/dhcp-client.h"

static bool serves(const char *comm, char *const *argv, const char *ifname)
{
	return dhcp_client_serves(dhcp_client_of(comm), argv, ifname);
}
#define ARGV(...) ((char *const[]){ __VA_ARGS__, NULL })

static void test_only_known_programs_are_clients(void **state)
{
	assert_non_null(dhcp_client_of("dhclient"));
	assert_non_null(dhcp_client_of("dhcpcd"));
	assert_non_null(dhcp_client_of("udhcpc"));
	assert_null(dhcp_client_of("dhclient-script"));
	assert_null(dhcp_client_of(""));
}

static void test_dhclient_names_interfaces_as_words(void **state)
{
	char *const *ifupdown =
		ARGV("/sbin/dhclient", "-4", "-v", "-i", "-pf", "/run/dhclient.eth0.pid", "-lf",
		     "/var/lib/dhcp/dhclient.eth0.leases", "-I", "-df",
		     "/var/lib/dhcp/dhclient6.eth0.leases", "eth0");

	assert_true(serves("dhclient", ifupdown, "eth0"));
	assert_false(serves("dhclient", ifupdown, "eth1"));
	assert_string_equal(dhcp_option(ifupdown, "-lf"), "/var/lib/dhcp/dhclient.eth0.leases");
	assert_null(dhcp_option(ifupdown, "-cf"));
	assert_null(dhcp_option(ifupdown, "eth0"));
	assert_true(serves("dhclient", ARGV("dhclient", "eth1", "eth0"), "eth0"));
	assert_false(serves("dhclient", ARGV("dhclient", "-cf", "eth0", "eth1"), "eth0"));
}

static void test_one_without_a_name_serves_all(void **state)
{
	assert_true(serves("dhclient", ARGV("dhclient", "-lf", "/x", "-nw"), "eth7"));
	assert_true(serves("dhcpcd", ARGV("dhcpcd", "-q", "-b"), "eth7"));
}

static void expect_title(const char *title, const char *expected)
{
	_cleanup_strv_ char **argv = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(dhcp_argv_of_title(title, &argv), 0);
	for (char **w = argv; *w; w++)
		buf_addf(&b, "%s%s", b.len ? " " : "", *w);
	assert_string_equal(b.data, expected);
}

static void test_a_title_of_dhcpcd_becomes_a_command_line(void **state)
{
	char **argv = NULL;

	expect_title("eth0 [ip4]", "dhcpcd -4 eth0");
	expect_title("eth0 [ip4] [ip6]", "dhcpcd eth0");
	expect_title("[manager] [ip4] [ip6]", "dhcpcd");
	expect_title("[master] [ip6]", "dhcpcd -6");
	assert_int_equal(dhcp_argv_of_title("[BPF ARP] eth0 10.0.0.5", &argv), -ENOENT);
	assert_int_equal(dhcp_argv_of_title("[privileged proxy] eth0 [ip4]", &argv), -ENOENT);
	assert_int_equal(dhcp_argv_of_title("[network proxy] 10.0.0.5", &argv), -ENOENT);
}

static void test_the_others(void **state)
{
	assert_true(serves("udhcpc", ARGV("udhcpc", "-i", "eth1"), "eth1"));
	assert_false(serves("udhcpc", ARGV("udhcpc", "-i", "eth1"), "eth0"));
	assert_true(serves("udhcpc", ARGV("udhcpc", "-f"), "eth0"));
	assert_false(serves("udhcpc", ARGV("udhcpc", "-f"), "eth1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_known_programs_are_clients),
		cmocka_unit_test(test_dhclient_names_interfaces_as_words),
		cmocka_unit_test(test_one_without_a_name_serves_all),
		cmocka_unit_test(test_a_title_of_dhcpcd_becomes_a_command_line),
		cmocka_unit_test(test_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
