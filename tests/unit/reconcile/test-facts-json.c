/* SPDX-License-Identifier: MIT */
/* test-facts-json.c -- facts-json.c: out and in again, secrets, people's plain form */
#include "fixture.h"

#include "agent/reconcile/facts.h"

static struct facts *parse(const char *text, int expected, const char *error_part)
{
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_free_ char *error = NULL;
	struct facts *f = NULL;

	assert_int_equal(json_parse(text, strlen(text), 16, &obj, NULL), 0);
	assert_int_equal(facts_from_json(obj, "FACTS.json", &f, &error), expected);
	if (expected < 0) {
		assert_non_null(error);
		if (!strstr(error, error_part))
			fail_msg("'%s' does not say '%s'", error, error_part);
	}
	return f;
}

static struct facts *some(void)
{
	struct facts *f;

	assert_int_equal(facts_new(&f), 0);
	assert_int_equal(facts_source(f, "http://gw/skytap", 7), 0);
	assert_int_equal(facts_set_str(f, "config_id", "configuration_url", "4190101"), 0);
	assert_int_equal(facts_set_secret(f, "credentials", "credentials",
					  json_object_new_string("deploy / pass")),
			 0);
	assert_int_equal(facts_set_unknown(f, "vm_id", "nobody answers"), 0);
	assert_int_equal(facts_set_absent(f, "user_data", "none"), 0);
	return f;
}

static void test_out_and_in_gives_the_same(void **state)
{
	_cleanup_(facts_freep) struct facts *f = some();
	_cleanup_(facts_freep) struct facts *g = NULL;
	_cleanup_json_ struct json_object *a = NULL, *b = NULL;

	assert_int_equal(facts_to_json(f, true, &a), 0);
	g = parse(json_text(a), 0, NULL);
	assert_int_equal(facts_to_json(g, true, &b), 0);
	assert_string_equal(json_text(a), json_text(b));
	assert_true(facts_get(g, "credentials")->secret);
	assert_int_equal(facts_get(g, "config_id")->time, 7);
	assert_string_equal(facts_get(g, "config_id")->source, "http://gw/skytap");
}

static void test_without_secrets_only_the_mark_is_left(void **state)
{
	_cleanup_(facts_freep) struct facts *f = some();
	_cleanup_(facts_freep) struct facts *g = NULL;
	_cleanup_json_ struct json_object *obj = NULL;

	assert_int_equal(facts_to_json(f, false, &obj), 0);
	assert_null(strstr(json_text(obj), "pass"));
	assert_non_null(strstr(json_text(obj), "\"secret\":true"));
	g = parse(json_text(obj), 0, NULL);
	assert_int_equal(facts_get(g, "credentials")->state, FACT_UNKNOWN);
}

static void test_a_plain_object_is_values(void **state)
{
	_cleanup_(facts_freep) struct facts *f =
		parse("{\"config_id\":\"4190101\",\"port\":80,\"owner\":null}", 0, NULL);

	assert_string_equal(facts_str(f, "config_id"), "4190101");
	assert_string_equal(facts_get(f, "config_id")->source, "FACTS.json");
	assert_int_equal(json_object_get_int(facts_value(f, "port")), 80);
	assert_int_equal(facts_get(f, "owner")->state, FACT_ABSENT);
}

static void test_what_has_another_form_is_refused_by_name(void **state)
{
	parse("[1]", -EBADMSG, "FACTS.json: must be a JSON object");
	parse("{\"Bad-Name\":1}", -EBADMSG, "fact 'Bad-Name'");
	parse("{\"version\":2,\"facts\":{}}", -EBADMSG, "version 2");
	parse("{\"version\":1,\"facts\":{\"a\":1}}", -EBADMSG, "fact 'a': must be an object");
	parse("{\"version\":1,\"facts\":{\"a\":{\"state\":\"maybe\"}}}", -EBADMSG,
	      "value, absent or unknown");
	parse("{\"version\":1,\"facts\":{\"a\":{\"state\":\"value\"}}}", -EBADMSG,
	      "has no 'value'");
	parse("{\"version\":1,\"facts\":{\"a\":{\"state\":\"value\",\"value\":1,\"secret\":1}}}",
	      -EBADMSG, "'secret' must be");
	parse("{\"version\":1,\"facts\":{\"a\":{\"state\":\"absent\",\"time\":\"x\"}}}", -EBADMSG,
	      "'time' must be");
	parse("{\"version\":1,\"facts\":{\"A\":{\"state\":\"unknown\",\"why\":\"x\"}}}", -EBADMSG,
	      "a name is");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_and_in_gives_the_same),
		cmocka_unit_test(test_without_secrets_only_the_mark_is_left),
		cmocka_unit_test(test_a_plain_object_is_values),
		cmocka_unit_test(test_what_has_another_form_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
