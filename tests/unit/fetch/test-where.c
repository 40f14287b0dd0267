/* SPDX-License-Identifier: MIT */
/* test-where.c -- where to ask, read from the machine itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/fetch/where.h"

/* A text of the kernel's form holds an address as the machine's own number. */
static const char *word(const char *address, char text[9])
{
	uint32_t raw;

	inet_pton(AF_INET, address, &raw);
	snprintf(text, 9, "%08X", raw);
	return text;
}

static void test_only_default_routes_with_a_gateway_count(void **state)
{
	char gw1[9], gw2[9], net[9], text[1024], out[ADDR_TEXT_MAX];
	struct where_list l = {};

	snprintf(
		text, sizeof(text),
		"Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
		"eth0\t00000000\t%s\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		"eth0\t%s\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
		"tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
		"eth1\t00000000\t%s\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"
		"eth2\t00000000\t%s\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		"eth3\t00000000\t%s\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		"half a li",
		word("10.60.0.254", gw1), word("10.60.0.0", net), gw1, word("10.61.0.1", gw2), gw1);
	where_routes4(text, &l);
	assert_int_equal(l.n, 2);
	assert_string_equal(addr_format(&l.at[0].addr, false, out), "10.60.0.254");
	assert_string_equal(addr_format(&l.at[1].addr, false, out), "10.61.0.1");
}

#define ZERO "00000000000000000000000000000000"

static void test_ipv6_default_routes_count_and_reject_routes_do_not(void **state)
{
	struct where_list l = {};
	char out[ADDR_TEXT_MAX];

	where_routes6(ZERO " 00 " ZERO " 00 fd000000000000000000000000000001 00000400 00000001 "
			   "00000000 00000003     eth0\n" ZERO " 00 " ZERO " 00 " ZERO
			   " ffffffff 00000001 00000000 00200200       lo\n"
			   "fd000000000000000000000000000000 40 " ZERO " 00 " ZERO
			   " 00000100 00000001 00000000 00000001     eth0\n",
		      &l);
	assert_int_equal(l.n, 1);
	assert_string_equal(addr_format(&l.at[0].addr, false, out), "fd00::1");
}

static void test_nameservers_are_read_without_the_library(void **state)
{
	char path[] = "/tmp/envagent-test-XXXXXX";
	struct where_list l = {};
	int fd = mkstemp(path);
	char out[ADDR_TEXT_MAX];

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "# nameserver 1.1.1.1\nsearch x\nnameserver 10.60.0.10\n"
				"nameserver\tfd00::53\nnameserver bad\n") > 0);
	lseek(fd, 0, SEEK_SET);
	where_nameservers(fd, &l);
	close(fd);
	unlink(path);
	assert_int_equal(l.n, 2);
	assert_string_equal(addr_format(&l.at[0].addr, false, out), "10.60.0.10");
	assert_string_equal(addr_format(&l.at[1].addr, false, out), "fd00::53");
}

static void test_no_file_means_nothing_to_ask(void **state)
{
	struct where_list l = {};

	where_nameservers(where_open("/nonexistent/resolv.conf"), &l);
	where_nameservers(where_open(NULL), &l);
	where_gateways(-1, -1, &l);
	assert_int_equal(l.n, 0);
}

static void test_the_loopback_has_no_mac_that_counts(void **state)
{
	static const uint8_t none[6];
	struct answer_macs macs;

	assert_int_equal(where_macs(&macs), 0);
	for (size_t i = 0; i < macs.n; i++)
		assert_memory_not_equal(macs.mac[i], none, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_default_routes_with_a_gateway_count),
		cmocka_unit_test(test_ipv6_default_routes_count_and_reject_routes_do_not),
		cmocka_unit_test(test_nameservers_are_read_without_the_library),
		cmocka_unit_test(test_no_file_means_nothing_to_ask),
		cmocka_unit_test(test_the_loopback_has_no_mac_that_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
