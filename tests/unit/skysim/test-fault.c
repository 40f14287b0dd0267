/* SPDX-License-Identifier: MIT */
/* test-fault.c -- a knob is set for all or for one, for ever or for a while */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

#include "tools/skysim/fault.h"

static int set(struct faults *f, const char *knob, const char *value, const char *vm, long times)
{
	_cleanup_free_ char *why = NULL;
	int r = fault_set(f, knob, value, vm, times, &why);

	assert_int_equal(r < 0, why != NULL);
	return r;
}

static void test_a_vm_of_its_own_goes_first(void **state)
{
	struct faults f = {};

	assert_int_equal(set(&f, "metadata", "html", "", -1), 0);
	assert_int_equal(set(&f, "metadata", "empty", "7", -1), 0);
	assert_int_equal(fault_take(&f, "metadata", "7"), FAULT_EMPTY);
	assert_int_equal(fault_take(&f, "metadata", "8"), FAULT_HTML);
	assert_int_equal(fault_take(&f, "rest", NULL), FAULT_NONE);
}

static void test_times_run_out(void **state)
{
	struct faults f = {};

	set(&f, "metadata", "500", "", 2);
	assert_int_equal(fault_take(&f, "metadata", "7"), FAULT_500);
	assert_int_equal(fault_take(&f, "metadata", "7"), FAULT_500);
	assert_int_equal(fault_take(&f, "metadata", "7"), FAULT_NONE);
}

static void test_none_takes_a_knob_away(void **state)
{
	struct faults f = {};

	set(&f, "rest", "423", "", -1);
	set(&f, "rest", "none", "", -1);
	assert_int_equal(f.n, 0);
	set(&f, "rest", "423", "", -1);
	fault_clear(&f);
	assert_int_equal(fault_take(&f, "rest", NULL), FAULT_NONE);
}

static void test_unknown_knobs_and_values_are_refused(void **state)
{
	struct faults f = {};

	assert_int_equal(set(&f, "weather", "rain", "", -1), -EINVAL);
	assert_int_equal(set(&f, "metadata", "423", "", -1), -EINVAL);
	assert_int_equal(set(&f, "rest", "other-vm", "", -1), -EINVAL);
	assert_int_equal(set(&f, "metadata", "hang", "x", -1), -EINVAL);
}

static void test_the_table_ends(void **state)
{
	struct faults f = {};
	char vm[8];

	for (int i = 0; i < FAULT_ROWS_MAX; i++) {
		snprintf(vm, sizeof(vm), "%d", i);
		assert_int_equal(set(&f, "metadata", "hang", vm, -1), 0);
	}
	assert_int_equal(set(&f, "metadata", "hang", "999", -1), -ENOSPC);
	assert_int_equal(set(&f, "metadata", "html", "5", -1), 0);
}

static void test_what_is_set_is_shown(void **state)
{
	_cleanup_json_ struct json_object *shown = NULL;
	struct faults f = {};

	set(&f, "metadata", "half", "7", 3);
	shown = fault_show(&f);
	assert_string_equal(json_text(shown), "[{\"knob\":\"metadata\",\"value\":\"half\","
					      "\"vm\":\"7\",\"left\":3}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_vm_of_its_own_goes_first),
		cmocka_unit_test(test_times_run_out),
		cmocka_unit_test(test_none_takes_a_knob_away),
		cmocka_unit_test(test_unknown_knobs_and_values_are_refused),
		cmocka_unit_test(test_the_table_ends),
		cmocka_unit_test(test_what_is_set_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
