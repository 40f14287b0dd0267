/* SPDX-License-Identifier: MIT */
/* test-answer.c -- is this document the metadata of the VM that we run in? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/fetch/answer.h"

static const struct answer_macs own = {
	.mac = { { 0, 0x50, 0x56, 0x2a, 0x10, 1 }, { 0, 0x50, 0x56, 0x2a, 0x10, 2 } },
	.n = 2,
};

static const char *judge(const char *text, struct identity *id)
{
	return answer_judge(text, strlen(text), &own, id);
}

static const char *judge_url(const char *url, struct identity *id)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"id\":\"52100021\",\"configuration_url\":\"%s\",\"interfaces\":"
		 "[{\"mac\":null},{},3,{\"mac\":\"00:50:56:2A:10:02\"}]}",
		 url);
	return judge(text, id);
}

static void test_an_own_mac_and_an_id_make_an_identity(void **state)
{
	struct identity id;

	assert_null(judge_url("https://cloud.example.test/configurations/4190022", &id));
	assert_string_equal(id.vm, "52100021");
	assert_string_equal(id.env, "4190022");
}

static void test_v2_and_a_closing_slash_make_no_difference(void **state)
{
	struct identity id;

	assert_null(judge_url("https://cloud.example.test/v2/configurations/007/", &id));
	assert_string_equal(id.env, "007");
}

static void test_a_url_that_does_not_end_in_digits_is_none(void **state)
{
	static const char *const urls[] = {
		"",
		"/",
		"4190022",
		"http://x/configurations/",
		"http://x/configurations/4190x",
		"http://x/configurations/-1",
		"http://x/configurations/123456789012345678901",
	};
	struct identity id;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
		assert_string_equal(judge_url(urls[i], &id), "no-configuration-url");
	assert_string_equal(judge("{\"configuration_url\":null}", &id), "no-configuration-url");
	assert_string_equal(judge("{\"configuration_url\":4190022}", &id), "no-configuration-url");
}

static void test_an_answer_of_another_vm_does_not_count(void **state)
{
	struct identity id;

	assert_string_equal(judge("{\"id\":\"1\",\"configuration_url\":\"http://x/1\","
				  "\"interfaces\":[{\"mac\":\"00:50:56:2a:10:03\"}]}",
				  &id),
			    "other-vm");
	assert_string_equal(judge("{\"id\":\"1\",\"configuration_url\":\"http://x/1\"}", &id),
			    "other-vm");
	assert_string_equal(judge("{\"id\":\"1\",\"configuration_url\":\"http://x/1\","
				  "\"interfaces\":{}}",
				  &id),
			    "other-vm");
}

static void test_what_is_no_json_object_says_so(void **state)
{
	struct identity id;

	assert_string_equal(judge("", &id), "empty");
	assert_string_equal(judge("<html>", &id), "not-json");
	assert_string_equal(judge("[]", &id), "not-json");
	assert_string_equal(judge("\"x\"", &id), "not-json");
	assert_string_equal(judge("{\"id\":\"1\"", &id), "not-json");
	assert_string_equal(judge("{} trailing", &id), "not-json");
}

static void test_a_vm_without_id_does_not_count(void **state)
{
	struct identity id;

	assert_string_equal(judge("{\"id\":\"a b\",\"configuration_url\":\"http://x/1\","
				  "\"interfaces\":[{\"mac\":\"00-50-56-2a-10-01\"}]}",
				  &id),
			    "no-vm-id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_own_mac_and_an_id_make_an_identity),
		cmocka_unit_test(test_v2_and_a_closing_slash_make_no_difference),
		cmocka_unit_test(test_a_url_that_does_not_end_in_digits_is_none),
		cmocka_unit_test(test_an_answer_of_another_vm_does_not_count),
		cmocka_unit_test(test_what_is_no_json_object_says_so),
		cmocka_unit_test(test_a_vm_without_id_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
