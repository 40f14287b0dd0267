/* SPDX-License-Identifier: MIT */
/* test-api-rights.c -- what iControl REST refuses, tokens, and what is counted */
#include "tests/unit/envmux/api.h"

static void test_partition_with_objects_stays(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "DELETE", PARTITIONS "/test-1", NULL), 400);
	assert_memory_equal(fixture_text(f, "message"), "0107082a:3:", 11);
}

static void test_monitor_in_use_stays(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "DELETE", "/mgmt/tm/ltm/monitor/tcp/~Common~tcp", NULL),
			 400);
	assert_memory_equal(fixture_text(f, "message"), "01070083:3:", 11);
}

static void test_registrar_writes_stamped_partitions_only(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_call(f, "POST", PARTITIONS, "{\"name\":\"test-5\"}"), 200);
	fixture_login(f, "agents", "secret");
	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "POST", PARTITIONS, "{\"name\":\"test-7\"}"), 403);
	assert_int_equal(fixture_call(f, "PATCH", PARTITIONS "/test-1", "{\"description\":\"x\"}"),
			 403);
	assert_int_equal(fixture_call(f, "DELETE", PARTITIONS "/test-5", NULL), 403);
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/rule", "{\"name\":\"r\"}"), 403);
}

static void test_hostile_names_are_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "a;b", "a b", "a\\nb", "../x", "", "-x" };
	char body[256];

	make_partition(f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(body, sizeof(body), "{\"name\":\"%s\",\"partition\":\"test-1\"}",
			 names[i]);
		assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/pool", body), 400);
	}
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/pool", "{\"name\""), 400);
	assert_string_equal(fixture_text(f, "message"), "Found invalid JSON body in the request.");
}

static void test_a_hundred_and_first_token_is_refused(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < AUTH_TOKENS_PER_USER; i++)
		fixture_login(f, "agents", "secret");
	*f->token = '\0';
	assert_int_equal(fixture_call(f, "POST", "/mgmt/shared/authn/login",
				      "{\"username\":\"agents\",\"password\":\"secret\"}"),
			 400);
}

static void test_token_is_extended_and_ended(void **state)
{
	struct fixture *f = *state;
	char path[128];
	int64_t timeout;

	snprintf(path, sizeof(path), "/mgmt/shared/authz/tokens/%s", f->token);
	assert_int_equal(fixture_call(f, "PATCH", path, "{\"timeout\":36001}"), 406);
	assert_int_equal(fixture_call(f, "PATCH", path, "{\"timeout\":36000}"), 200);
	assert_int_equal(json_get_int(f->reply, "timeout", &timeout), 0);
	assert_int_equal(timeout, 36000);
	assert_int_equal(fixture_call(f, "DELETE", path, NULL), 200);
	assert_int_equal(fixture_call(f, "GET", PARTITIONS, NULL), 401);
}

static int64_t counted(struct fixture *f, const char *key)
{
	struct json_object *by;
	int64_t n = 0;

	assert_int_equal(json_get_obj(f->reply, "by", &by), 0);
	(void)json_get_int(by, key, &n);
	return n;
}

static int64_t number(struct fixture *f, const char *key)
{
	int64_t n = -1;

	assert_int_equal(json_get_int(f->reply, key, &n), 0);
	return n;
}

static void test_requests_are_counted(void **state)
{
	struct fixture *f = *state;
	char path[128];

	make_partition(f);
	open_transaction(f);
	make_pool(f);
	assert_int_equal(commit(f), 200);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(fixture_call(f, "GET", PARTITIONS "/test-1/", NULL), 200);
	snprintf(path, sizeof(path), "/mgmt/shared/authz/tokens/%s", f->token);
	assert_int_equal(fixture_call(f, "GET", path, NULL), 200);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fixture_call(f, "GET", "/mgmt/envmux/stats", NULL), 200);
		assert_int_equal(number(f, "requests"), 9); /* without these themselves */
		assert_int_equal(number(f, "writes"), 2);
	}
	assert_int_equal(counted(f, "POST /mgmt/shared/authn/login"), 1);
	assert_int_equal(counted(f, "GET /mgmt/tm/auth/partition/test-1"), 3);
	assert_int_equal(counted(f, "POST /mgmt/tm/ltm/pool"), 1);
	assert_int_equal(counted(f, "PATCH /mgmt/tm/transaction/ID"), 1);
	assert_int_equal(counted(f, "GET /mgmt/shared/authz/tokens/ID"), 1);
	assert_null(strstr(json_text(f->reply), f->token));
}

static void test_counts_are_the_administrators_and_bounded(void **state)
{
	struct fixture *f = *state;
	char path[600], token[AUTH_TOKEN_LEN + 1];

	fixture_login(f, "agents", "secret");
	assert_int_equal(fixture_call(f, "GET", "/mgmt/envmux/stats", NULL), 403);
	fixture_login(f, "admin", "secret");
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "/mgmt/tm/ltm/pool/x%u-%0400u", i, i);
		(void)fixture_call(f, "GET", path, NULL);
	}
	strcpy(token, f->token);
	*f->token = '\0';
	for (unsigned i = 0; i < 10; i++) {
		snprintf(path, sizeof(path), "/mgmt/\x01\xff/%u", i);
		assert_int_equal(fixture_call(f, "GET", path, NULL), 401);
	}
	strcpy(f->token, token);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/envmux/stats", NULL), 200);
	assert_int_equal(number(f, "requests"), 2013);
	assert_in_range(counted(f, "others"), 1001, 1100);
	assert_true(strlen(json_text(f->reply)) < 1100 * 220);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_partition_with_objects_stays),
		TEST(test_monitor_in_use_stays),
		TEST(test_registrar_writes_stamped_partitions_only),
		TEST(test_hostile_names_are_refused),
		TEST(test_a_hundred_and_first_token_is_refused),
		TEST(test_token_is_extended_and_ended),
		TEST(test_requests_are_counted),
		TEST(test_counts_are_the_administrators_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
