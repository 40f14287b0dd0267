/* SPDX-License-Identifier: MIT */
/* test-facts.c -- facts.c: three states, sources, the nearest name */
#include "fixture.h"

#include "agent/reconcile/facts.h"

static int setup(void **state)
{
	struct facts *f;

	assert_int_equal(facts_new(&f), 0);
	assert_int_equal(facts_source(f, "http://10.0.0.1/skytap", 42), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	facts_free(*state);
	return 0;
}

static void test_a_value_keeps_its_source_path_and_time(void **state)
{
	struct facts *f = *state;
	const struct fact *fact;

	assert_int_equal(facts_set_str(f, "config_id", "configuration_url", "4190101"), 0);
	assert_int_equal(facts_source(f, "elsewhere", 43), 0);
	fact = facts_get(f, "config_id");
	assert_non_null(fact);
	assert_int_equal(fact->state, FACT_VALUE);
	assert_string_equal(fact->source, "http://10.0.0.1/skytap");
	assert_string_equal(fact->path, "configuration_url");
	assert_int_equal(fact->time, 42);
	assert_false(fact->secret);
	assert_string_equal(facts_str(f, "config_id"), "4190101");
	assert_string_equal(facts_why(f, "config_id"), "");
}

static void test_absent_and_unknown_have_a_reason_and_no_value(void **state)
{
	struct facts *f = *state;

	assert_int_equal(facts_set_absent(f, "user_data", "there is none"), 0);
	assert_int_equal(facts_set_unknown(f, "vm_id", "nobody answers"), 0);
	assert_int_equal(facts_get(f, "user_data")->state, FACT_ABSENT);
	assert_int_equal(facts_get(f, "vm_id")->state, FACT_UNKNOWN);
	assert_null(facts_str(f, "user_data"));
	assert_null(facts_value(f, "vm_id"));
	assert_string_equal(facts_why(f, "user_data"), "there is none");
	assert_string_equal(facts_why(f, "vm_id"), "nobody answers");
	assert_string_equal(facts_why(f, "colour"), "no such fact");
	assert_null(facts_get(f, "colour"));
}

static void test_setting_again_replaces(void **state)
{
	struct facts *f = *state;

	assert_int_equal(facts_set_unknown(f, "vm_id", "nobody answers"), 0);
	assert_int_equal(facts_set_str(f, "vm_id", NULL, "1"), 0);
	assert_int_equal(facts_count(f), 1);
	assert_string_equal(facts_str(f, "vm_id"), "1");
}

static void test_all_come_sorted_by_name(void **state)
{
	static const char *const names[] = { "roles", "config_id", "vm_id", "domain", "fqdn" };
	static const char *const sorted[] = { "config_id", "domain", "fqdn", "roles", "vm_id" };
	struct facts *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(facts_set_str(f, names[i], NULL, "x"), 0);
	assert_int_equal(facts_count(f), ARRAY_SIZE(sorted));
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_string_equal(facts_at(f, i)->name, sorted[i]);
	assert_null(facts_at(f, ARRAY_SIZE(sorted)));
}

static void test_a_name_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = { "", "Config", "1st", "a-b", "a b", "_x" };
	struct facts *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(facts_set_str(f, bad[i], NULL, "x"), -EINVAL);
	assert_int_equal(facts_count(f), 0);
}

static void test_no_memory_for_the_value_is_told(void **state)
{
	assert_int_equal(facts_set(*state, "a", NULL, NULL), -ENOMEM);
}

static void test_a_string_is_not_made_of_a_number(void **state)
{
	struct facts *f = *state;

	assert_int_equal(facts_set(f, "port", NULL, json_object_new_int(5)), 0);
	assert_null(facts_str(f, "port"));
	assert_non_null(facts_value(f, "port"));
}

static void test_a_spelling_mistake_finds_its_name(void **state)
{
	struct facts *f = *state;

	assert_int_equal(facts_set_str(f, "config_id", NULL, "1"), 0);
	assert_int_equal(facts_set_str(f, "vm_id", NULL, "1"), 0);
	assert_string_equal(facts_nearest(f, "confg_id"), "config_id");
	assert_null(facts_nearest(f, "something_else"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_value_keeps_its_source_path_and_time, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_absent_and_unknown_have_a_reason_and_no_value,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_setting_again_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_come_sorted_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_name_of_another_form_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_memory_for_the_value_is_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_string_is_not_made_of_a_number, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_spelling_mistake_finds_its_name, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
