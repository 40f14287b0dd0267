/* SPDX-License-Identifier: MIT */
/* test-value.c -- values: from JSON, compared, written */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "modules/template/value.h"

struct fixture {
	struct arena arena;
	struct json_object *json[8];
	size_t n;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = ARENA_INIT(1 << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->n; i++)
		json_object_put(f->json[i]);
	arena_done(&f->arena);
	free(f);
	return 0;
}

static struct value from(struct fixture *f, const char *text)
{
	struct value v;

	assert_int_equal(json_parse(text, strlen(text), 32, &f->json[f->n], NULL), 0);
	assert_int_equal(value_from_json(&f->arena, f->json[f->n++], false, &v), 0);
	return v;
}

static void expect_text(const struct value *v, const char *s, const char *inspect, const char *json)
{
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT, c = BUF_INIT;

	assert_int_equal(value_to_s(&a, v), 0);
	assert_int_equal(value_inspect(&b, v), 0);
	assert_int_equal(value_to_json(&c, v), 0);
	assert_string_equal(a.data ?: "", s);
	assert_string_equal(b.data, inspect);
	assert_string_equal(c.data, json);
}

static void test_every_type_is_written_as_ruby_does(void **state)
{
	struct value v = from(*state, "[null,true,-7,\"a\\\"#{\\n\\u0001é\",{\"k\":[]},{}]");

	expect_text(&v, "[nil, true, -7, \"a\\\"\\#{\\n\\u0001é\", {\"k\"=>[]}, {}]",
		    "[nil, true, -7, \"a\\\"\\#{\\n\\u0001é\", {\"k\"=>[]}, {}]",
		    "[null,true,-7,\"a\\\"#{\\n\\u0001é\",{\"k\":[]},{}]");
	expect_text(&v.items[0], "", "nil", "null");
	expect_text(&v.items[3], "a\"#{\n\001é", "\"a\\\"\\#{\\n\\u0001é\"",
		    "\"a\\\"#{\\n\\u0001é\"");
}

static void test_symbols_are_quoted_where_they_must(void **state)
{
	static const char *const names[][2] = { { "a", ":a" },	       { "a?", ":a?" },
						{ "A1_=", ":A1_=" },   { "a b", ":\"a b\"" },
						{ "1a", ":\"1a\"" },   { "", ":\"\"" },
						{ "a?b", ":\"a?b\"" }, { "é", ":é" } };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct value v = value_str(names[i][0], strlen(names[i][0]));
		_cleanup_buf_ struct buf b = BUF_INIT;

		v.type = V_SYM;
		assert_int_equal(value_inspect(&b, &v), 0);
		assert_string_equal(b.data, names[i][1]);
	}
}

static void test_numbers_with_a_point_look_as_in_ruby(void **state)
{
	static const char *const numbers[][2] = {
		{ "1.5", "1.5" },
		{ "1.0", "1.0" },
		{ "-0.0", "-0.0" },
		{ "0.1", "0.1" },
		{ "100.0", "100.0" },
		{ "1e15", "1000000000000000.0" },
		{ "1e16", "1.0e+16" },
		{ "1.25e20", "1.25e+20" },
		{ "0.0001", "0.0001" },
		{ "0.00012", "0.00012" },
		{ "0.00001", "1.0e-05" },
		{ "1e100", "1.0e+100" },
		{ "123456789.123456789", "123456789.12345679" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		struct value v = { .type = V_FLOAT, .real = strtod(numbers[i][0], NULL) };

		assert_int_equal(value_to_s(&b, &v), 0);
		assert_string_equal(b.data, numbers[i][1]);
	}
}

static void expect_equal(struct fixture *f, const char *a, const char *b, bool expected)
{
	struct value va = from(f, a), vb = from(f, b);
	size_t steps = 1000;
	bool same;

	assert_int_equal(value_equal(&va, &vb, &steps, &same), 0);
	assert_int_equal(same, expected);
}

static void test_equality_goes_into_depth(void **state)
{
	expect_equal(*state, "[1,{\"a\":[2],\"b\":null}]", "[1,{\"b\":null,\"a\":[2]}]", true);
	expect_equal(*state, "[1,{\"a\":[2]}]", "[1,{\"a\":[3]}]", false);
	expect_equal(*state, "1", "1.0", true);
	expect_equal(*state, "\"1\"", "1", false);
}

static void test_order_is_ruby_s(void **state)
{
	struct value v = from(*state, "[1,2,\"a\",\"ab\",[1,2],[1,3],null,{}]");
	size_t steps = 1000;
	int order;

	assert_int_equal(value_compare(&v.items[0], &v.items[1], &steps, &order), 0);
	assert_int_equal(order, -1);
	assert_int_equal(value_compare(&v.items[3], &v.items[2], &steps, &order), 0);
	assert_int_equal(order, 1);
	assert_int_equal(value_compare(&v.items[4], &v.items[5], &steps, &order), 0);
	assert_int_equal(order, -1);
	assert_int_equal(value_compare(&v.items[6], &v.items[6], &steps, &order), 0);
	assert_int_equal(order, 0);
	assert_int_equal(value_compare(&v.items[0], &v.items[2], &steps, &order), -EDOM);
	assert_int_equal(value_compare(&v.items[7], &v.items[7], &steps, &order), -EDOM);
	steps = 0;
	assert_int_equal(value_compare(&v.items[0], &v.items[1], &steps, &order), -E2BIG);
}

static void test_what_holds_a_secret_says_so(void **state)
{
	struct value items[] = { value_int(1), value_int(2) }, inner, outer;

	inner = value_array(items, 2);
	assert_false(value_tainted(&inner));
	items[1].secret = true;
	inner = value_array(items, 2);
	assert_false(inner.secret);
	assert_true(value_tainted(&inner));
	outer = value_array(&inner, 1);
	assert_true(value_tainted(&outer));
}

static void test_a_fact_that_does_not_fit_is_refused(void **state)
{
	struct fixture *f = *state;
	struct json_object *deep = json_object_new_array(), *inner;
	struct value v;

	f->json[f->n++] = deep;
	for (int i = 0; i < 200; i++) {
		inner = json_object_new_array();
		json_object_array_add(deep, inner);
		deep = inner;
	}
	assert_int_equal(value_from_json(&f->arena, f->json[0], false, &v), -ELOOP);
	f->json[f->n] = json_object_new_uint64(UINT64_MAX);
	assert_int_equal(value_from_json(&f->arena, f->json[f->n++], false, &v), -ERANGE);
	f->json[f->n] = json_object_new_int64(INT64_MIN);
	assert_int_equal(value_from_json(&f->arena, f->json[f->n++], true, &v), 0);
	assert_true(v.integer == INT64_MIN && v.secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_type_is_written_as_ruby_does, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_symbols_are_quoted_where_they_must, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_numbers_with_a_point_look_as_in_ruby, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_equality_goes_into_depth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_is_ruby_s, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_holds_a_secret_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_fact_that_does_not_fit_is_refused, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
