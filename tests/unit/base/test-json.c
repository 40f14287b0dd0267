/* SPDX-License-Identifier: MIT */
/* test-json.c -- typed reading of JSON */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"

static int parse(const char *text, struct json_object **ret)
{
	return json_parse(text, strlen(text), 8, ret, NULL);
}

static void test_every_kind_of_value_is_taken(void **state)
{
	static const char *const good[] = { "{}",
					    "[]",
					    "\"\"",
					    " 1 ",
					    "-0.5e3",
					    "true",
					    "null",
					    "[1,2]",
					    "{\"a\":{}}",
					    "\t{}\r\n",
					    "false",
					    "12345678",
					    "[[[[[[[[1]]]]]]]]" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_json_ struct json_object *o = NULL;

		if (parse(good[i], &o) < 0)
			fail_msg("%s was refused", good[i]);
	}
}

static void test_what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"{\"a\":1,}",
		"[1,]",
		"{} x",
		"{}{}",
		"{'a':1}",
		"{a:1}",
		"[NaN]",
		"[Infinity]",
		"[-Infinity]",
		"[1] // no",
		"/* no */ []",
		"\"a\nb\"",
		"[01]",
		"[+1]",
		"[.5]",
		"[1.]",
		"[1e]",
		"tru",
		"nul",
		"[\"\\x41\"]",
		"[\"\xff\"]",
		"[1e999]",
		"\"a",
		"<html>",
		"{\"a\" 1}",
		"[1 2]",
		"True",
		"[[[[[[[[[1]]]]]]]]]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_json_ struct json_object *o = NULL;

		if (parse(bad[i], &o) != -EBADMSG)
			fail_msg("'%s' was taken", bad[i]);
		assert_null(o);
	}
}

static void test_a_nul_within_is_refused(void **state)
{
	_cleanup_json_ struct json_object *o = NULL;
	size_t offset = 0;

	assert_int_equal(json_parse("{}\0", 3, 8, &o, &offset), -EBADMSG);
	assert_int_equal(offset, 2);
}

static void test_the_place_of_the_fault_is_told(void **state)
{
	_cleanup_json_ struct json_object *o = NULL;
	size_t offset = 0;

	assert_int_equal(json_parse("{\"a\":1, b}", 10, 8, &o, &offset), -EBADMSG);
	assert_int_equal(offset, 8);
	assert_int_equal(json_parse("<html>", 6, 8, &o, &offset), -EBADMSG);
	assert_int_equal(offset, 0);
}

static void test_the_text_need_not_end_with_a_nul(void **state)
{
	_cleanup_json_ struct json_object *o = NULL;

	assert_int_equal(json_parse("1234", 2, 8, &o, NULL), 0);
	assert_int_equal(json_object_get_int(o), 12);
}

static int setup(void **state)
{
	struct json_object *o = NULL;
	int r = parse("{\"s\":\"x\",\"n\":5,\"b\":true,\"o\":{},\"a\":[],\"z\":null,"
		      "\"t\":\"12abc\",\"big\":99999999999999999999,\"u\":18446744073709551615,"
		      "\"nul\":\"a\\u0000b\",\"d\":1.5}",
		      &o);

	*state = o;
	return r;
}

static int teardown(void **state)
{
	json_object_put(*state);
	return 0;
}

static void test_the_type_is_part_of_the_question(void **state)
{
	struct json_object *o = *state, *v;
	const char *s = "kept";
	int64_t n = 7;
	bool b = false;

	assert_int_equal(json_get_str(o, "n", &s), -EBADMSG);
	assert_int_equal(json_get_str(o, "nul", &s), -EBADMSG);
	assert_string_equal(s, "kept");
	assert_int_equal(json_get_int(o, "t", &n), -EBADMSG);
	assert_int_equal(json_get_int(o, "d", &n), -EBADMSG);
	assert_int_equal(json_get_int(o, "big", &n), -EBADMSG);
	assert_int_equal(json_get_int(o, "u", &n), -EBADMSG);
	assert_int_equal(json_get_int(o, "b", &n), -EBADMSG);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_bool(o, "n", &b), -EBADMSG);
	assert_int_equal(json_get_obj(o, "a", &v), -EBADMSG);
	assert_int_equal(json_get_arr(o, "o", &v), -EBADMSG);
	assert_int_equal(json_get_str(o, "z", &s), -ENOENT);
	assert_int_equal(json_get_str(o, "gone", &s), -ENOENT);
	assert_int_equal(json_get_str(NULL, "s", &s), -ENOENT);

	assert_int_equal(json_get_str(o, "s", &s), 0);
	assert_string_equal(s, "x");
	assert_int_equal(json_get_int(o, "n", &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(json_get_bool(o, "b", &b), 0);
	assert_true(b);
	assert_int_equal(json_get_obj(o, "o", &v), 0);
	assert_int_equal(json_get_arr(o, "a", &v), 0);
}

static void test_an_id_comes_both_ways(void **state)
{
	struct json_object *o = *state;
	_cleanup_free_ char *a = NULL, *b = NULL, *c = NULL;

	assert_int_equal(json_get_id(o, "t", &a), 0);
	assert_string_equal(a, "12abc");
	assert_int_equal(json_get_id(o, "n", &b), 0);
	assert_string_equal(b, "5");
	assert_int_equal(json_get_id(o, "d", &c), -EBADMSG);
	assert_int_equal(json_get_id(o, "big", &c), -EBADMSG);
	assert_int_equal(json_get_id(o, "gone", &c), -ENOENT);
}

static void test_what_is_set_is_written_in_one_line(void **state)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_object *arr = json_object_new_array();

	assert_int_equal(json_set_str(o, "url", "http://a/b"), 0);
	assert_int_equal(json_set_str(o, "none", NULL), 0);
	assert_int_equal(json_set_int(o, "n", INT64_MAX), 0);
	assert_int_equal(json_set_bool(o, "b", false), 0);
	assert_int_equal(json_append(arr, json_object_new_int(1)), 0);
	assert_int_equal(json_append(arr, NULL), -ENOMEM);
	assert_int_equal(json_set(o, "a", arr), 0);
	assert_int_equal(json_set(o, "x", NULL), -ENOMEM);
	assert_string_equal(json_text(o), "{\"url\":\"http://a/b\",\"none\":null,"
					  "\"n\":9223372036854775807,\"b\":false,\"a\":[1]}");
}

static void test_a_place_is_line_and_column_from_one(void **state)
{
	unsigned line, column;

	json_place("ab\ncd\n", 6, 0, &line, &column);
	assert_int_equal(line * 100 + column, 101);
	json_place("ab\ncd\n", 6, 4, &line, &column);
	assert_int_equal(line * 100 + column, 202);
	json_place("ab\ncd\n", 6, 99, &line, &column);
	assert_int_equal(line * 100 + column, 301);
}

static void test_several_members_at_once_and_some_are_left_out(void **state)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	struct json_object *kept = json_object_new_string("k");

	assert_int_equal(json_add(obj, { "a", json_str("x") }, { NULL, json_str("left out") },
				  { "n", json_int(7) }, { NULL, NULL }, { "b", json_bool(true) }),
			 0);
	assert_string_equal(json_text(obj), "{\"a\":\"x\",\"n\":7,\"b\":true}");
	/* all are taken over, also where one is missing */
	assert_int_equal(json_add(obj, { "c", json_str(NULL) }, { "d", json_object_get(kept) }),
			 -ENOMEM);
	assert_int_equal(json_object_put(kept), 1);
	assert_int_equal(json_add(NULL, { "a", json_str("x") }), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_value_is_taken),
		cmocka_unit_test(test_what_is_no_json_is_refused),
		cmocka_unit_test(test_a_nul_within_is_refused),
		cmocka_unit_test(test_the_place_of_the_fault_is_told),
		cmocka_unit_test(test_the_text_need_not_end_with_a_nul),
		cmocka_unit_test_setup_teardown(test_the_type_is_part_of_the_question, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_an_id_comes_both_ways, setup, teardown),
		cmocka_unit_test(test_what_is_set_is_written_in_one_line),
		cmocka_unit_test(test_a_place_is_line_and_column_from_one),
		cmocka_unit_test(test_several_members_at_once_and_some_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
