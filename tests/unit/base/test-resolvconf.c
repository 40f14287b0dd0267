/* SPDX-License-Identifier: MIT */
/* test-resolvconf.c -- the name servers in a resolv.conf(5) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/cleanup.h"
#include "agent/base/resolvconf.h"

static void expect(const char *text, const char *const *servers, size_t n)
{
	struct addr got[3];
	char word[ADDR_TEXT_MAX];

	assert_int_equal(resolvconf_servers(text, got, ARRAY_SIZE(got)), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(addr_format(&got[i], false, word), servers[i]);
}

static void test_servers_come_in_their_order(void **state)
{
	expect("search a.test\nnameserver 10.0.0.2\nnameserver\t10.0.0.1  \nnameserver fd00::1\n",
	       (const char *const[]){ "10.0.0.2", "10.0.0.1", "fd00::1" }, 3);
}

static void test_a_last_line_needs_no_newline(void **state)
{
	expect("nameserver 10.0.0.2", (const char *const[]){ "10.0.0.2" }, 1);
}

static void test_each_counts_once(void **state)
{
	expect("nameserver 10.0.0.2\r\nnameserver 10.0.0.2\r\n",
	       (const char *const[]){ "10.0.0.2" }, 1);
}

static void test_no_more_than_asked_for(void **state)
{
	expect("nameserver 1.0.0.1\nnameserver 1.0.0.2\nnameserver 1.0.0.3\nnameserver 1.0.0.4\n",
	       (const char *const[]){ "1.0.0.1", "1.0.0.2", "1.0.0.3" }, 3);
}

static void test_what_is_no_server_is_passed_over(void **state)
{
	expect("", NULL, 0);
	expect("nameserver", NULL, 0);
	expect("nameserver\n10.0.0.1\n", NULL, 0);
	expect("nameserver \n10.0.0.1\n", NULL, 0);
	expect("# nameserver 10.0.0.1\n;nameserver 10.0.0.1\n nameserver 10.0.0.1\n", NULL, 0);
	expect("nameserver10.0.0.1\nnameserver ns.test\nnameserver fe80::1%eth0\n", NULL, 0);
	expect("nameserver 10.0.0.1/24\nnameserver 010.0.0.1\n", NULL, 0);
	expect("nameserver "
	       "1111111111111111111111111111111111111111111111111111111111111111111111111\n",
	       NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers_come_in_their_order),
		cmocka_unit_test(test_a_last_line_needs_no_newline),
		cmocka_unit_test(test_each_counts_once),
		cmocka_unit_test(test_no_more_than_asked_for),
		cmocka_unit_test(test_what_is_no_server_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
