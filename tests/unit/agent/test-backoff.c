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

static void test_who_says_when_to_come_back_is_not_asked_before(void **state)
{
	struct backoff b = {};

	backoff_seed(&b, "52100021");
	for (unsigned after = 0; after <= 400; after += 20) {
		uint64_t wish = after * UINT64_C(1000000), delay = backoff_next(&b);
		uint64_t got = backoff_after(&b, delay, wish);

		assert_true(got >= delay && got <= BACKOFF_MAX);
		assert_true(got >= wish || got == BACKOFF_MAX);
		assert_true(got == delay || got <= wish + wish / 4);
	}
	assert_int_equal(backoff_after(&b, 7, 0), 7);
}

static void test_the_same_delay_again_makes_none_longer(void **state)
{
	struct backoff b = {};
	uint64_t first = backoff_same(&b);

	assert_true(first > 0 && first <= BACKOFF_MIN);
	for (int i = 0; i < 5; i++)
		assert_int_equal(backoff_same(&b), BACKOFF_MIN);
	assert_true(backoff_next(&b) <= 2 * BACKOFF_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delays_double_up_to_five_minutes),
		cmocka_unit_test(test_a_reset_starts_from_one_second),
		cmocka_unit_test(test_two_vms_do_not_walk_in_step),
		cmocka_unit_test(test_one_vm_always_walks_the_same_way),
		cmocka_unit_test(test_who_says_when_to_come_back_is_not_asked_before),
		cmocka_unit_test(test_the_same_delay_again_makes_none_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
