/* SPDX-License-Identifier: MIT */
/* test-calm.c -- what comes and goes is told a few times, then once an hour */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/calm.h"

#define MINUTE UINT64_C(60000000)

/* How many of the lines that come each MINUTE for so many minutes are told. */
static unsigned told(struct calm *c, uint64_t *now, unsigned minutes)
{
	unsigned n = 0;

	for (unsigned i = 0; i < minutes; i++, *now += MINUTE)
		n += calm_may(c, *now);
	return n;
}

static void test_the_first_are_told_as_they_come(void **state)
{
	struct calm c = {};
	uint64_t now = 5;

	assert_int_equal(told(&c, &now, CALM_LINES), CALM_LINES);
}

static void test_then_one_an_hour(void **state)
{
	struct calm c = {};
	uint64_t now = MINUTE;

	assert_int_equal(told(&c, &now, 59), CALM_LINES);
	assert_int_equal(told(&c, &now, 600), 10);
	assert_int_equal(told(&c, &now, 6000), 100);
}

static void test_the_next_says_how_many_were_not(void **state)
{
	struct calm c = { .untold = 12 };
	char text[CALM_TEXT_MAX];

	assert_string_equal(calm_untold(&c, text), " (12 changes before it not told)");
	assert_string_equal(calm_untold(&c, text), "");
	c.untold = 1;
	assert_string_equal(calm_untold(&c, text), " (1 change before it not told)");
}

static void test_after_quiet_hours_all_is_as_at_first(void **state)
{
	struct calm c = {};
	uint64_t now = MINUTE;

	told(&c, &now, 30);
	now += (CALM_LINES + 1) * CALM_USEC;
	assert_int_equal(told(&c, &now, 30), CALM_LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_are_told_as_they_come),
		cmocka_unit_test(test_then_one_an_hour),
		cmocka_unit_test(test_the_next_says_how_many_were_not),
		cmocka_unit_test(test_after_quiet_hours_all_is_as_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
