/* SPDX-License-Identifier: MIT */
/* test-backoff.c -- how long to wait before trying again */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/backoff.h"

static void test_delays_double_up_to_five_minutes(void **state)
{
	struct backoff b = {};
	uint64_t full = BACKOFF_MIN;

	backoff_seed(&b, "52100021");
	for (int i = 0; i < 20; i++) {
		uint64_t d = backoff_next(&b);

		assert_true(d <= full);
		assert_true(d > full - full / 4);
		full = full * 2 > BACKOFF_MAX ? BACKOFF_MAX : full * 2;
	}
	assert_int_equal(full, BACKOFF_MAX);
}

static void test_a_reset_starts_from_one_second(void **state)
{
	struct backoff b = {};

	for (int i = 0; i < 5; i++)
		backoff_next(&b);
	backoff_reset(&b);
	assert_true(backoff_next(&b) <= BACKOFF_MIN);
}

static void test_two_vms_do_not_walk_in_step(void **state)
{
	struct backoff a = {}, b = {};
	int same = 0;

	backoff_seed(&a, "52100021");
	backoff_seed(&b, "52100022");
	for (int i = 0; i < 10; i++)
		same += backoff_next(&a) == backoff_next(&b);
	assert_true(same <= 1);
}

static void test_one_vm_always_walks_the_same_way(void **state)
{
	struct backoff a = {}, b = {};

	backoff_seed(&a, "52100021");
	backoff_seed(&b, "52100021");
	for (int i = 0; i < 10; i++)
		assert_int_equal(backoff_next(&a), backoff_next(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delays_double_up_to_five_minutes),
		cmocka_unit_test(test_a_reset_starts_from_one_second),
		cmocka_unit_test(test_two_vms_do_not_walk_in_step),
		cmocka_unit_test(test_one_vm_always_walks_the_same_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
