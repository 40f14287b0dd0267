/* SPDX-License-Identifier: MIT */
/* test-conf-value.c -- the form of each type of option */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/conf-internal.h"

/* What TEXT gives as TYPE: 0 or -EINVAL. */
static int check(enum conf_type type, const char *text)
{
	struct conf_item item = { .name = "X", .type = type };
	union conf_scratch scratch = {};
	int r = conf_value_parse(&item, text, &scratch);

	if (r == 0)
		conf_value_done(&item, &scratch);
	return r;
}

static void assert_forms(enum conf_type type, const char *const *good, const char *const *bad)
{
	for (; *good; good++)
		if (check(type, *good) != 0)
			fail_msg("'%s' was refused", *good);
	for (; *bad; bad++)
		if (check(type, *bad) != -EINVAL)
			fail_msg("'%s' was taken", *bad);
}

#define FORMS(type, good, bad) \
	assert_forms(type, (const char *const[])good, (const char *const[])bad)
#define L(...)                    \
	{                         \
		__VA_ARGS__, NULL \
	}

static void test_times_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t usec;
	} good[] = {
		{ "30", 30000000 },	   { "30s", 30000000 },
		{ "500ms", 500000 },	   { "5min", 300000000 },
		{ "2h", 7200000000 },	   { "1h 30min", 5400000000 },
		{ "1h30min", 5400000000 }, { "0", 0 },
		{ " 7 s ", 7000000 },	   { "15us", 15 },
		{ "1d", 86400000000 },	   { "2sec", 2000000 },
	};
	static const char *const bad[] = { "",
					   "s",
					   "-1",
					   "1.5s",
					   "1 year",
					   "1h xmin",
					   "30sx",
					   "99999999999999999999",
					   "18446744073709551615w" };
	uint64_t usec = 1;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_sec(good[i].text, &usec), 0);
		assert_int_equal(usec, good[i].usec);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_sec(bad[i], &usec) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void test_numbers_stay_in_range(void **state)
{
	FORMS(CONF_UINT, L("0", "007", "4294967295"),
	      L("4294967296", "-1", "+1", "1 ", "0x1", "1k"));
	FORMS(CONF_PORT, L("1", "65535"), L("0", "65536", "http"));
	FORMS(CONF_MODE, L("0644", "755", "07777"), L("8", "010000", "u+x"));
	FORMS(CONF_BOOL, L("yes", "no", "true", "false", "on", "off", "1", "0"),
	      L("Yes", "maybe", "2", "y"));
}

static void test_paths_are_absolute_and_go_nowhere_else(void **state)
{
	FORMS(CONF_PATH, L("/", "/etc/x", "/a/..b/c..", "/a/.../b"),
	      L("etc/x", "~/x", "/etc/../x", "/..", "/a/..", "./x"));
}

static void test_each_word_of_a_list_counts(void **state)
{
	FORMS(CONF_ADDRS, L("10.0.0.1 fd00::1/64", "10.0.0.1"),
	      L("10.0.0.1 gw", "10.0.0.1,10.0.0.2"));
	FORMS(CONF_NAMES, L("a b.c"), L("a b_c", "a b."));
	FORMS(CONF_NAME, L("cluster.test"), L("two words", "x."));
	FORMS(CONF_ADDR, L("10.0.0.1", "10.0.0.1/8"), L("10.0.0.1 10.0.0.2", "10.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_have_units),
		cmocka_unit_test(test_numbers_stay_in_range),
		cmocka_unit_test(test_paths_are_absolute_and_go_nowhere_else),
		cmocka_unit_test(test_each_word_of_a_list_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
