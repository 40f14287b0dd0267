/* SPDX-License-Identifier: MIT */
/* test-addr.c -- addresses, MACs and names */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/cleanup.h"

static struct addr parsed(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void test_addresses_come_back_as_written(void **state)
{
	static const char *const texts[] = { "10.60.0.21",  "10.60.0.21/24",
					     "0.0.0.0/0",   "fd00::1/64",
					     "::",	    "::/0",
					     "fe80::1/128", "1.2.3.4/32" };
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct addr a = parsed(texts[i]);

		assert_string_equal(addr_format(&a, true, text), texts[i]);
	}
}

static void test_no_other_form_is_an_address(void **state)
{
	static const char *const bad[] = {
		"",
		"10.60.0",
		"10.60.0.256",
		"010.60.0.21",
		"10.60.0.21 ",
		" 10.60.0.21",
		"10.60.0.21/",
		"10.60.0.21/33",
		"10.60.0.21/+1",
		"10.60.0.21/024",
		"0x0a.1.1.1",
		"fe80::1%eth0",
		"fd00::1/129",
		"1.2.3.4/24/24",
		"1.2.3.4\n",
		":::",
		"localhost",
		"12345::",
	};
	struct addr a;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (addr_parse(bad[i], &a) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void test_the_prefix_does_not_count_for_equality(void **state)
{
	struct addr a = parsed("10.60.0.21/24"), b = parsed("10.60.0.21"), c = parsed("10.60.0.22");
	struct addr none = {};

	assert_true(addr_equal(&a, &b));
	assert_false(addr_equal(&a, &c));
	assert_false(addr_equal(&a, &none));
}

static void test_networks_end_at_any_bit(void **state)
{
	static const struct {
		const char *net, *host;
		bool in;
	} cases[] = {
		{ "10.60.0.0/24", "10.60.0.255", true }, { "10.60.0.0/24", "10.60.1.0", false },
		{ "10.60.0.0/23", "10.60.1.9", true },	 { "10.60.0.0/31", "10.60.0.2", false },
		{ "10.60.0.7/32", "10.60.0.7", true },	 { "0.0.0.0/0", "1.2.3.4", true },
		{ "fd00::/9", "fd7f::1", true },	 { "fd00::/9", "fd80::1", false },
		{ "0.0.0.0/0", "::1", false },		 { "10.60.0.0", "10.60.0.0", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr net = parsed(cases[i].net), host = parsed(cases[i].host);

		if (addr_in(&net, &host) != cases[i].in)
			fail_msg("%s in %s", cases[i].host, cases[i].net);
	}
}

static void test_the_network_of_an_address(void **state)
{
	static const char *const cases[][2] = {
		{ "10.60.0.21/24", "10.60.0.0/24" },  { "10.60.255.21/17", "10.60.128.0/17" },
		{ "10.60.0.21/32", "10.60.0.21/32" }, { "10.60.0.21/0", "0.0.0.0/0" },
		{ "fd00:60::21/64", "fd00:60::/64" }, { "fd00::ff/121", "fd00::80/121" },
	};
	char text[ADDR_TEXT_MAX];
	struct addr a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(addr_parse(cases[i][0], &a), 0);
		a = addr_network(&a);
		assert_string_equal(addr_format(&a, true, text), cases[i][1]);
	}
}

static void test_reverse_names(void **state)
{
	struct addr v4 = parsed("10.60.0.21/24"), v6 = parsed("2001:db8::567:89ab");
	char text[ADDR_ARPA_MAX];

	assert_string_equal(addr_arpa(&v4, text), "21.0.60.10.in-addr.arpa");
	assert_string_equal(addr_arpa(&v6, text),
			    "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
			    "ip6.arpa");
}

static void test_macs_have_one_form_inside(void **state)
{
	static const char *const bad[] = { "",
					   "00:50:56:2a:10",
					   "00:50:56:2a:10:01:02",
					   "00:50:56:2a:10:1",
					   "00:50-56:2a:10:01",
					   "0050562a1001",
					   "00:50:56:2a:10:0g",
					   "00:50:56:2a:10:01 " };
	char text[MAC_TEXT_MAX];
	uint8_t mac[6];

	assert_int_equal(mac_parse("00:50:56:2A:10:01", mac), 0);
	assert_string_equal(mac_format(mac, text), "00:50:56:2a:10:01");
	assert_int_equal(mac_parse("00-50-56-2a-10-ff", mac), 0);
	assert_string_equal(mac_format(mac, text), "00:50:56:2a:10:ff");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(mac_parse(bad[i], mac), -EINVAL);
}

static void test_host_names_are_those_of_rfc_1123(void **state)
{
	char label[65];

	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(hostname_valid(label));
	label[63] = '\0';
	assert_true(hostname_valid(label));
	assert_true(hostname_valid("3com"));
	assert_true(hostname_valid("web-1"));
	assert_false(hostname_valid(""));
	assert_false(hostname_valid("-web"));
	assert_false(hostname_valid("web-"));
	assert_false(hostname_valid("web_1"));
	assert_false(hostname_valid("web.cluster"));
	assert_false(hostname_valid("web\n"));
	assert_false(hostname_valid("w\xc3\xa4"));
}

static void test_domains_are_labels_and_dots(void **state)
{
	char name[300];

	assert_true(domain_valid("cluster.test"));
	assert_true(domain_valid("gw"));
	assert_false(domain_valid(""));
	assert_false(domain_valid("cluster.test."));
	assert_false(domain_valid(".test"));
	assert_false(domain_valid("a..b"));
	assert_false(domain_valid("a b"));

	for (size_t i = 0; i < 254; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	assert_true(domain_valid(name));
	strcpy(name + 253, ".a");
	assert_false(domain_valid(name));
}

static void test_ids_are_digits(void **state)
{
	assert_true(id_valid("0"));
	assert_true(id_valid("12345678901234567890"));
	assert_false(id_valid("123456789012345678901"));
	assert_false(id_valid(""));
	assert_false(id_valid("-1"));
	assert_false(id_valid("4190101x"));
	assert_false(id_valid(" 1"));
}

static void test_file_names_are_one_component(void **state)
{
	assert_true(filename_valid("web-1"));
	assert_true(filename_valid("..."));
	assert_true(filename_valid("K\xc3\xb6ln 1"));
	assert_false(filename_valid(""));
	assert_false(filename_valid("."));
	assert_false(filename_valid(".."));
	assert_false(filename_valid("a/b"));
	assert_false(filename_valid("a\nb"));
	assert_false(filename_valid("a\tb"));
	assert_false(filename_valid("a\xff"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_come_back_as_written),
		cmocka_unit_test(test_no_other_form_is_an_address),
		cmocka_unit_test(test_the_prefix_does_not_count_for_equality),
		cmocka_unit_test(test_networks_end_at_any_bit),
		cmocka_unit_test(test_the_network_of_an_address),
		cmocka_unit_test(test_reverse_names),
		cmocka_unit_test(test_macs_have_one_form_inside),
		cmocka_unit_test(test_host_names_are_those_of_rfc_1123),
		cmocka_unit_test(test_domains_are_labels_and_dots),
		cmocka_unit_test(test_ids_are_digits),
		cmocka_unit_test(test_file_names_are_one_component),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
