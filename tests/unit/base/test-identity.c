/* SPDX-License-Identifier: MIT */
/* test-identity.c -- the ids in a metadata document */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/identity.h"

static void test_url_ends_in_the_id(void **state)
{
	static const char *const urls[] = {
		"https://cloud.example.test/configurations/4190022",
		"https://cloud.example.test/v2/configurations/4190022/",
		"https://cloud.example.test/v2/configurations/4190022.json",
		"https://cloud.example.test/v2/configurations/4190022.json/?x=1",
		"https://cloud.example.test/configurations/4190022#top",
		"/4190022//",
	};
	char id[IDENTITY_ID_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		assert_int_equal(identity_of_url(urls[i], id), 0);
		assert_string_equal(id, "4190022");
	}
}

static void test_other_urls_have_none(void **state)
{
	static const char *const urls[] = {
		"",
		"/",
		"4190022",
		"?/4190022",
		"http://x/configurations/",
		"http://x/configurations/4190x",
		"http://x/configurations/-1",
		"http://x/configurations/.json",
		"http://x/configurations/123456789012345678901",
	};
	char id[IDENTITY_ID_MAX] = "kept";

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++)
		assert_int_equal(identity_of_url(urls[i], id), -EINVAL);
}

static int read_text(const char *text, struct identity *id)
{
	_cleanup_json_ struct json_object *doc = NULL;

	assert_int_equal(json_parse(text, strlen(text), 8, &doc, NULL), 0);
	return identity_read(doc, id);
}

static void test_both_ids_make_an_identity(void **state)
{
	struct identity id;

	assert_int_equal(read_text("{\"id\":52,\"configuration_url\":\"http://x/7\"}", &id), 0);
	assert_string_equal(id.vm, "52");
	assert_string_equal(id.env, "7");
	assert_int_equal(read_text("{\"id\":\"52\"}", &id), -ENOENT);
	assert_int_equal(read_text("{\"configuration_url\":\"http://x/7\"}", &id), -EBADMSG);
	assert_int_equal(read_text("{\"id\":\"a\",\"configuration_url\":\"http://x/7\"}", &id),
			 -EBADMSG);
	assert_int_equal(read_text("{\"id\":\"52\",\"configuration_url\":\"http://x/\"}", &id),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_ends_in_the_id),
		cmocka_unit_test(test_other_urls_have_none),
		cmocka_unit_test(test_both_ids_make_an_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
