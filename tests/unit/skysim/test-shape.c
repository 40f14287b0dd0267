/* SPDX-License-Identifier: MIT */
/* test-shape.c -- shapes are JSON, and filling keeps their order */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

#include "tools/skysim/shape.h"

static void test_every_shape_is_json(void **state)
{
	const char *const shapes[] = { shape_environment_v2, shape_environment_v1, shape_vm,
				       shape_interface,	     shape_network,	   shape_user,
				       shape_template };

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct fill f = fill_from(shapes[i]);

		assert_int_equal(f.error, 0);
		json_object_put(fill_done(&f));
	}
}

static void test_a_field_is_filled_in_its_place(void **state)
{
	struct fill f = fill_from("{\"a\":null,\"b\":1,\"c\":null}");
	_cleanup_json_ struct json_object *doc = NULL;

	fill_fmt(&f, "a", "%d-%s", 5, "x");
	fill_drop(&f, "b");
	fill_bool(&f, "c", true);
	fill_int(&f, "d", 7);
	doc = fill_done(&f);
	assert_string_equal(json_text(doc), "{\"a\":\"5-x\",\"c\":true,\"d\":7}");
}

static void test_a_failure_sticks(void **state)
{
	struct fill f = fill_from(NULL);

	fill_json(&f, "a", NULL);
	fill_str(&f, "b", "x");
	fill_json(&f, "c", json_object_new_array());
	assert_int_equal(f.error, -ENOMEM);
	assert_null(fill_done(&f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_shape_is_json),
		cmocka_unit_test(test_a_field_is_filled_in_its_place),
		cmocka_unit_test(test_a_failure_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
