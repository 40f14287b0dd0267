/* SPDX-License-Identifier: MIT */
/* test-arena.c -- the memory of one rendering */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "modules/template/arena.h"

static void test_memory_is_zero_aligned_and_apart(void **state)
{
	struct arena a = ARENA_INIT(1 << 20);

	for (size_t size = 1; size < 3000; size += 7) {
		char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % sizeof(void *), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		if (a.used > 900000)
			break;
	}
	arena_done(&a);
}

static void test_the_limit_holds_and_small_things_still_fit(void **state)
{
	struct arena a = ARENA_INIT(1000);

	assert_non_null(arena_alloc(&a, 900));
	assert_null(arena_alloc(&a, 200));
	assert_int_equal(a.error, -E2BIG);
	assert_non_null(arena_alloc(&a, 16));
	assert_true(arena_left(&a) < 100);
	arena_done(&a);
}

static void test_an_array_too_large_to_count_is_over_the_limit(void **state)
{
	struct arena a = ARENA_INIT(1000);

	assert_null(arena_array(&a, SIZE_MAX / 2, 16));
	assert_int_equal(a.error, -E2BIG);
	assert_non_null(arena_array(&a, 0, 16));
	arena_done(&a);
}

static void test_a_copy_has_a_nul_behind_it(void **state)
{
	struct arena a = ARENA_INIT(1000);

	assert_memory_equal(arena_copy(&a, "ab", 2), "ab", 3);
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_zero_aligned_and_apart),
		cmocka_unit_test(test_the_limit_holds_and_small_things_still_fit),
		cmocka_unit_test(test_an_array_too_large_to_count_is_over_the_limit),
		cmocka_unit_test(test_a_copy_has_a_nul_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
