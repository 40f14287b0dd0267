/* SPDX-License-Identifier: MIT */
/* test-report.c -- the table and the head that status and lb status print */
#include "tests/unit/agentctl/fixture.h"
#include "tools/agentctl/report.h"

static char *printed(const struct report *t)
{
	struct ctl c = { .root = "" };
	char *text = NULL;
	size_t len;

	c.out = open_memstream(&text, &len);
	report_print(&c, t);
	fclose(c.out);
	return text;
}

static void test_columns_are_as_wide_as_what_stands_in_them(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct report t = {};

	report_add(&t, "dns", "ready", "12 hosts");
	report_add(&t, "balancer", "off", "");
	text = printed(&t);
	assert_string_equal(text, "  dns       ready  12 hosts\n"
				  "  balancer  off\n");
}

static void test_since_and_next_stand_below_the_reason(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct report t = {};
	struct report_row *row = report_add(&t, "dns", "failed", "no answer");

	row->since = usec_now() - 12000000;
	row->next = "dig";
	text = printed(&t);
	assert_string_equal(text, "  dns  failed  no answer\n"
				  "               since 12 s; next: dig\n");
}

static void test_a_module_that_is_fine_says_no_more_than_its_reason(void **state)
{
	static const char module[] = "{\"name\":\"dns\",\"state\":\"%s\",\"reason\":\"r\","
				     "\"since\":7,\"next\":\"n\"}";
	static const char *const states[] = { "ready", "failed" };

	for (int i = 0; i < 2; i++) {
		_cleanup_json_ struct json_object *obj = NULL;
		_cleanup_free_ char *text = str_printf(module, states[i]);
		struct report t = {};
		struct report_row *row;

		assert_int_equal(json_parse(text, strlen(text), 4, &obj, NULL), 0);
		row = report_module(&t, obj);
		assert_string_equal(row->name, "dns");
		assert_int_equal(row->since, i ? 7 : 0);
		assert_string_equal(row->next, i ? "n" : "");
	}
}

static void test_too_many_rows_do_no_harm(void **state)
{
	struct report t = {};

	for (int i = 0; i < 3 * REPORT_ROWS; i++)
		assert_non_null(report_add(&t, "x", "ready", ""));
	assert_int_equal(t.n, REPORT_ROWS);
}

static void test_a_head_without_an_identity_says_unknown(void **state)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	struct ctl c = { .root = "" };
	char *text = NULL;
	size_t len;

	c.out = open_memstream(&text, &len);
	report_head(&c, obj, "converging");
	fclose(c.out);
	assert_string_equal(text, "* converging   env unknown   vm unknown\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_as_wide_as_what_stands_in_them),
		cmocka_unit_test(test_since_and_next_stand_below_the_reason),
		cmocka_unit_test(test_a_module_that_is_fine_says_no_more_than_its_reason),
		cmocka_unit_test(test_too_many_rows_do_no_harm),
		cmocka_unit_test(test_a_head_without_an_identity_says_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
