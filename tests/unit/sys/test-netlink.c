/* SPDX-License-Identifier: MIT */
/* test-netlink.c -- libnl's codes become errno, its addresses ours */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netlink/errno.h>

#include "agent/sys/netlink.h"

static void test_codes_of_libnl_become_errno(void **state)
{
	struct net_socket s = {};

	assert_int_equal(net_error(&s, -NLE_EXIST), -EEXIST);
	assert_int_equal(net_error(&s, -NLE_NODEV), -ENODEV);
	assert_int_equal(net_error(&s, -NLE_DUMP_INTR), -EINTR);
	assert_int_equal(net_error(&s, -NLE_FAILURE), -EIO);
	assert_int_equal(net_error(&s, -1000), -EIO);
}

static void test_the_kernels_own_word_comes_first_and_once(void **state)
{
	struct net_socket s = { .error = ENETUNREACH };

	assert_int_equal(net_error(&s, -NLE_FAILURE), -ENETUNREACH);
	assert_int_equal(net_error(&s, -NLE_FAILURE), -EIO);
}

static void test_addresses_go_there_and_back(void **state)
{
	static const char *const texts[] = { "10.60.0.21/24", "0.0.0.0/0", "fd00::1/64", "::/0",
					     "10.0.0.1/32" };
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(nl_addr_putp) struct nl_addr *nl = NULL;
		struct addr a;

		assert_int_equal(addr_parse(texts[i], &a), 0);
		nl = net_addr_to_nl(&a);
		assert_non_null(nl);
		a = net_addr_from_nl(nl);
		assert_string_equal(addr_format(&a, true, text), texts[i]);
	}
	assert_int_equal(net_addr_from_nl(NULL).family, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_of_libnl_become_errno),
		cmocka_unit_test(test_the_kernels_own_word_comes_first_and_once),
		cmocka_unit_test(test_addresses_go_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
