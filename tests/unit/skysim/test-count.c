/* SPDX-License-Identifier: MIT */
/* test-count.c -- requests are counted by path and by VM */
#include "tests/unit/skysim/fixture.h"

#include "tools/skysim/count.h"

static void test_requests_are_counted_by_path_and_vm(void **state)
{
	_cleanup_json_ struct json_object *shown = NULL;
	struct count c = {};

	count_add(&c, "GET", "/skytap", "7");
	count_add(&c, "GET", "/skytap", "7");
	count_add(&c, "GET", "/", "");
	shown = count_show(&c);
	assert_string_equal(json_text(shown), "{\"total\":3,\"paths\":{\"GET /skytap\":2,"
					      "\"GET /\":1},\"vms\":{\"7\":2}}");
	count_done(&c);
}

static void test_nothing_asked_is_shown_as_nothing(void **state)
{
	_cleanup_json_ struct json_object *shown = NULL;
	struct count c = {};

	shown = count_show(&c);
	assert_string_equal(json_text(shown), "{\"total\":0,\"paths\":{},\"vms\":{}}");
}

static void test_the_number_of_paths_has_a_limit(void **state)
{
	struct count c = {};
	char path[32];
	int64_t other;

	for (int i = 0; i < COUNT_KEYS_MAX + 10; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		assert_int_equal(count_add(&c, "GET", path, ""), 0);
	}
	assert_int_equal(json_get_int(c.paths, "other", &other), 0);
	assert_int_equal(other, 10);
	count_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_are_counted_by_path_and_vm),
		cmocka_unit_test(test_nothing_asked_is_shown_as_nothing),
		cmocka_unit_test(test_the_number_of_paths_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
