/* SPDX-License-Identifier: MIT */
/* test-trigger.c -- what wakes us, merged */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/trigger.h"

static void test_triggers_merge_and_are_taken_at_once(void **state)
{
	struct triggers t = {}, taken;
	char text[TRIGGER_TEXT_MAX];

	trigger_set(&t, TRIGGER_RELOAD);
	trigger_set(&t, TRIGGER_NETWORK);
	trigger_set(&t, TRIGGER_NETWORK);
	taken = trigger_take(&t);
	assert_string_equal(trigger_text(taken, text), "network, reload");
	assert_string_equal(trigger_text(t, text), "");
}

static void test_a_check_alone_asks_for_no_pass(void **state)
{
	struct triggers t = {};

	assert_false(trigger_wants_pass(t));
	trigger_set(&t, TRIGGER_CHECK);
	assert_false(trigger_wants_pass(t));
	trigger_set(&t, TRIGGER_DOCUMENT);
	assert_true(trigger_wants_pass(t));
}

static void test_people_ask_by_reload_control_and_resume(void **state)
{
	for (int i = 0; i < _TRIGGER_MAX; i++) {
		struct triggers t = {};

		trigger_set(&t, (enum trigger)i);
		assert_int_equal(trigger_by_hand(t), i == TRIGGER_RELOAD || i == TRIGGER_CONTROL ||
							     i == TRIGGER_RESUME);
	}
}

static void test_all_of_them_fit_into_the_text(void **state)
{
	struct triggers t = { .bits = (1u << _TRIGGER_MAX) - 1 };
	char text[TRIGGER_TEXT_MAX];

	trigger_text(t, text);
	assert_true(strlen(text) < TRIGGER_TEXT_MAX - 1);
	assert_non_null(strstr(text, "control"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_triggers_merge_and_are_taken_at_once),
		cmocka_unit_test(test_a_check_alone_asks_for_no_pass),
		cmocka_unit_test(test_people_ask_by_reload_control_and_resume),
		cmocka_unit_test(test_all_of_them_fit_into_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
