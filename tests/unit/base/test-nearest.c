/* SPDX-License-Identifier: MIT */
/* test-nearest.c -- did you mean ...? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "agent/base/nearest.h"

static void test_distance_counts_slips(void **state)
{
	assert_int_equal(nearest_distance("Address", "Address"), 0);
	assert_int_equal(nearest_distance("address", "ADDRESS"), 0);
	assert_int_equal(nearest_distance("Adress", "Address"), 1);
	assert_int_equal(nearest_distance("Addressx", "Address"), 1);
	assert_int_equal(nearest_distance("Addrses", "Address"), 1);
	assert_int_equal(nearest_distance("Acdress", "Address"), 1);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void test_a_very_long_word_is_far(void **state)
{
	char word[80];

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(nearest_distance(word, "a"), UINT_MAX);
}

static void test_the_nearest_wins(void **state)
{
	struct nearest n = NEAREST_INIT("Addres");

	nearest_offer(&n, "Aliases");
	assert_null(n.best);
	nearest_offer(&n, "Addresses");
	assert_null(n.best);
	nearest_offer(&n, "Addrexss");
	assert_string_equal(n.best, "Addrexss");
	nearest_offer(&n, "Address");
	assert_string_equal(n.best, "Address");
}

static void test_a_short_word_needs_more_likeness(void **state)
{
	struct nearest n = NEAREST_INIT("gx");

	nearest_offer(&n, "last");
	assert_null(n.best);
	nearest_offer(&n, "gw");
	assert_string_equal(n.best, "gw");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance_counts_slips),
		cmocka_unit_test(test_a_very_long_word_is_far),
		cmocka_unit_test(test_the_nearest_wins),
		cmocka_unit_test(test_a_short_word_needs_more_likeness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
