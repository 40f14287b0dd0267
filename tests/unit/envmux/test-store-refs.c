/* SPDX-License-Identifier: MIT */
/* test-store-refs.c -- data groups, rules, virtual servers and metadata, through the API */
#include "agent/base/buf.h"
#include "tests/unit/envmux/fixture.h"

#define TM "/mgmt/tm/"
#define GROUP TM "ltm/data-group/internal"

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_int_equal(fixture_call(f, "POST", TM "auth/partition", "{\"name\":\"test-1\"}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", GROUP,
				      "{\"name\":\"dg\",\"partition\":\"test-1\",\"records\":[{"
				      "\"name\":\"b\",\"data\":\"2\"},{\"name\":\"a\"}]}"),
			 200);
	return 0;
}

static int options(struct fixture *f, const char *text)
{
	f->args[0] = "options";
	f->args[1] = text;
	return fixture_call(f, "PATCH", GROUP "/~test-1~dg", "{}");
}

static const char *records(struct fixture *f)
{
	struct json_object *list;

	assert_int_equal(fixture_call(f, "GET", GROUP "/~test-1~dg", NULL), 200);
	return json_get_arr(f->reply, "records", &list) == 0 ? json_text(list) : "";
}

static void test_records_are_sorted(void **state)
{
	assert_string_equal(records(*state), "[{\"name\":\"a\"},{\"name\":\"b\",\"data\":\"2\"}]");
}

static void test_single_records_by_options(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(options(f, "records add { k { data v } \"x y\" { data \"1 2\" } }"), 200);
	assert_int_equal(options(f, "records delete { a b }"), 200);
	assert_int_equal(options(f, "records modify { k { data w } }"), 200);
	assert_string_equal(records(f), "[{\"name\":\"k\",\"data\":\"w\"},{\"name\":\"x y\","
					"\"data\":\"1 2\"}]");
	assert_int_equal(options(f, "records add { k { data v } }"), 409);
	assert_int_equal(options(f, "records delete { nope }"), 404);
	assert_int_equal(options(f, "records add { n { data 1 } k { data 2 } }"), 409);
	assert_int_equal(options(f, "records delete { n }"), 404);
}

static void test_options_that_are_no_records_are_refused(void **state)
{
	static const char *const bad[] = { "",
					   "records",
					   "records add",
					   "records add {",
					   "records add { k {",
					   "records add { k { data",
					   "records frob { k }",
					   "nonsense",
					   "records add { k } }" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(options(f, bad[i]), 400);
	f->args[0] = "options";
	f->args[1] = "records delete { a }";
	assert_int_equal(fixture_call(f, "PATCH", TM "auth/partition/test-1", "{}"), 400);
	assert_string_equal(records(f), "[{\"name\":\"a\"},{\"name\":\"b\",\"data\":\"2\"}]");
}

static void test_records_must_be_records(void **state)
{
	static const char *const bad[] = { "{\"records\":\"x\"}", "{\"records\":[1]}",
					   "{\"records\":[{\"data\":\"x\"}]}",
					   "{\"records\":[{\"name\":\"x\",\"data\":1}]}",
					   "{\"records\":[{\"name\":\"x\"},{\"name\":\"x\"}]}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fixture_call(f, "PATCH", GROUP "/~test-1~dg", bad[i]), 400);
}

static int rule(struct fixture *f, const char *name, const char *text)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{\"name\":\"%s\",\"partition\":\"test-1\",\"apiAnonymous\":\"%s\"}", name, text);
	return fixture_call(f, "POST", TM "ltm/rule", body);
}

static void test_rule_is_looked_at(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rule(f, "good", "# a { comment\\nwhen HTTP_REQUEST {\\n pool a\\n}\\n"),
			 200);
	assert_int_equal(rule(f, "open", "when HTTP_REQUEST {\\n pool a\\n"), 400);
	assert_non_null(strstr(fixture_text(f, "message"), "01070151:3: Rule [/test-1/open]"));
	assert_non_null(strstr(fixture_text(f, "message"), "/test-1/open:3:"));
	assert_int_equal(rule(f, "shut", "when HTTP_REQUEST { } }"), 400);
	assert_int_equal(rule(f, "idle", "pool a"), 400);
	assert_int_equal(rule(f, "none", ""), 400);
}

static void test_virtual_server_has_what_is_there(void **state)
{
	static const char body[] = "{\"name\":\"vs\",\"partition\":\"test-1\",\"destination\":\"/"
				   "test-1/10.1.1.1:443\","
				   "\"pool\":\"/test-1/www-1\",\"rules\":[\"/test-1/good\"]}";
	struct fixture *f = *state;

	assert_int_equal(fixture_call(f, "POST", TM "ltm/virtual", body), 404);
	assert_non_null(strstr(fixture_text(f, "message"), "Pool (/test-1/www-1)"));
	assert_int_equal(fixture_call(f, "POST", TM "ltm/pool",
				      "{\"name\":\"www-1\",\"partition\":\"test-1\"}"),
			 200);
	assert_int_equal(fixture_call(f, "POST", TM "ltm/virtual", body), 404);
	assert_int_equal(rule(f, "good", "when HTTP_REQUEST { }"), 200);
	assert_int_equal(fixture_call(f, "POST", TM "ltm/virtual", body), 200);
	assert_int_equal(fixture_call(f, "DELETE", TM "ltm/pool/~test-1~www-1", NULL), 400);
	assert_non_null(strstr(fixture_text(f, "message"), "01070265"));
	assert_int_equal(fixture_call(f, "DELETE", TM "ltm/rule/~test-1~good", NULL), 400);
	assert_int_equal(fixture_call(f, "DELETE", TM "ltm/virtual/~test-1~vs", NULL), 200);
	assert_int_equal(fixture_call(f, "DELETE", TM "ltm/rule/~test-1~good", NULL), 200);
}

static void test_metadata_always_has_a_value(void **state)
{
	struct fixture *f = *state;
	struct json_object *list;

	assert_int_equal(fixture_call(f, "POST", TM "ltm/pool",
				      "{\"name\":\"www-1\",\"partition\":\"test-1\",\"metadata\":[{"
				      "\"name\":\"z\",\"persist\":\"true\"},{\"name\":\"m\","
				      "\"value\":\"1\"}]}"),
			 200);
	assert_int_equal(json_get_arr(f->reply, "metadata", &list), 0);
	assert_string_equal(json_text(list), "[{\"name\":\"m\",\"value\":\"1\"},{\"name\":\"z\","
					     "\"persist\":\"true\",\"value\":\"\"}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
		T(test_records_are_sorted),
		T(test_single_records_by_options),
		T(test_options_that_are_no_records_are_refused),
		T(test_records_must_be_records),
		T(test_rule_is_looked_at),
		T(test_virtual_server_has_what_is_there),
		T(test_metadata_always_has_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
