/* SPDX-License-Identifier: MIT */
/* test-api-hostile.c -- what nobody sends who means well: answered clearly, and nothing changes */
#include "tests/unit/envmux/api.h"

#define POOLS "/mgmt/tm/ltm/pool"
#define NODES "/mgmt/tm/ltm/node"
#define IN(fields) "{\"name\":\"x\",\"partition\":\"test-1\"," fields "}"

static void refused(struct fixture *f, const char *path, const char *body, int status)
{
	int have = fixture_call(f, "POST", path, body);
	struct json_object *message;

	if (have != status)
		fail_msg("%s: %d, expected %d", body, have, status);
	assert_true(json_object_object_get_ex(f->reply, "message", &message));
	assert_true(strlen(json_object_get_string(message)) > 10);
	assert_true(strlen(json_text(f->reply)) < 2000);
	assert_int_equal(fixture_call(f, "GET", POOLS "/~test-1~x", NULL), 404);
}

static void test_what_is_no_json_of_ours(void **state)
{
	static const char *const bad[] = {
		"{",
		"[]",
		"\"x\"",
		"1",
		"nul",
		"{\"name\":\"x\"}{",
		"{'name':'x'}",
		"{\"name\":\"x\",}",
		"{\"name\":\"\xff\xfe\"}",
		"{\"name\":\"\xc3\"}",
		"{\"na\xed\xa0\x80me\":1}",
	};
	struct fixture *f = *state;

	make_partition(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		refused(f, POOLS, bad[i], 400);
	}
}

static void test_json_in_json_in_json(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;

	make_partition(f);
	for (unsigned i = 0; i < 100000; i++)
		buf_adds(&b, "{\"a\":");
	assert_int_equal(b.error, 0);
	refused(f, POOLS, b.data, 400);
	buf_done(&b);
}

static void test_names_that_are_none(void **state)
{
	static const char *const bad[] = {
		"a\\u0000b", "\\u0000", "a\\nb",    "a;b",    "a b", "a\\\\b", "a\\\"b",
		"-a",	     ".a",	"\\u202ea", "a/../b", "{",   "a*",     "~a",
	};
	struct fixture *f = *state;
	char body[256];

	make_partition(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(body, sizeof(body), "{\"name\":\"%s\",\"partition\":\"test-1\"}", bad[i]);
		refused(f, POOLS, body, 400);
		snprintf(body, sizeof(body), "{\"name\":\"%s\"}", bad[i]);
		refused(f, PARTITIONS, body, 400);
		snprintf(body, sizeof(body),
			 IN("\"members\":[{\"name\":\"%s:80\",\"address\":\"10.0.0.1\"}]"), bad[i]);
		refused(f, POOLS, body, 400);
	}
}

static void test_numbers_that_are_none(void **state)
{
	static const char *const bad[] = { "99999999999999999999999",
					   "-1",
					   "1e400",
					   "1.5",
					   "true",
					   "\"x\"",
					   "[1]",
					   "\"-1\"",
					   "4294967296" };
	struct fixture *f = *state;
	char body[256];

	make_partition(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(body, sizeof(body), IN("\"reselectTries\":%s"), bad[i]);
		refused(f, POOLS, body, 400);
	}
}

static void test_texts_that_are_none(void **state)
{
	static const char *const bad[] = {
		IN("\"description\":\"a\\u0000b\""),
		IN("\"description\":\"a\\nb\""),
		IN("\"description\":7"),
		IN("\"loadBalancingMode\":\"none-such\""),
		IN("\"members\":\"10.0.0.1:80\""),
		IN("\"members\":[7]"),
		IN("\"members\":[[\"10.0.0.1:80\"]]"),
		IN("\"monitor\":\"/Common/none-such\""),
		IN("\"metadata\":[7]"),
	};
	struct fixture *f = *state;

	make_partition(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refused(f, POOLS, bad[i], 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_no_json_of_ours), TEST(test_json_in_json_in_json),
		TEST(test_names_that_are_none),	    TEST(test_numbers_that_are_none),
		TEST(test_texts_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
