/* SPDX-License-Identifier: MIT */
/* test-api.c -- iControl REST as its clients see it, without sockets and without HAProxy */
#include "tests/unit/envmux/fixture.h"

#define PARTITIONS "/mgmt/tm/auth/partition"
#define STAMP "envagent v1 env=1 vm=2 fence=1 until=3"

static void make_partition(struct fixture *f)
{
	assert_int_equal(fixture_call(f, "POST", PARTITIONS,
				      "{\"name\":\"test-1\",\"description\":\"" STAMP "\"}"),
			 200);
}

static void make_pool(struct fixture *f)
{
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/pool",
				      "{\"name\":\"www-1\",\"partition\":\"test-1\","
				      "\"monitor\":\"/Common/tcp\","
				      "\"members\":[{\"name\":\"10.0.0.1:80\"},\"10.0.0.2:80\"]}"),
			 200);
}

static size_t n_members(struct fixture *f)
{
	struct json_object *reference, *items;

	strcpy(f->expand, "true");
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL), 200);
	assert_int_equal(json_get_obj(f->reply, "membersReference", &reference), 0);
	return json_get_arr(reference, "items", &items) == 0 ? json_object_array_length(items) : 0;
}

static void test_without_credentials_is_401(void **state)
{
	struct fixture *f = *state;

	*f->token = '\0';
	assert_int_equal(fixture_call(f, "GET", PARTITIONS, NULL), 401);
	assert_string_equal(fixture_text(f, "kind"), ":resterrorresponse");
	strcpy(f->token, "AAAAAAAAAAAAAAAAAAAAAAAAAA");
	assert_int_equal(fixture_call(f, "GET", PARTITIONS, NULL), 401);
	assert_string_equal(fixture_text(f, "message"), "X-F5-Auth-Token does not exist.");
}

static void test_partition_made_twice_is_409(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	assert_int_equal(fixture_call(f, "POST", PARTITIONS, "{\"name\":\"test-1\"}"), 409);
	assert_memory_equal(fixture_text(f, "message"), "01020066:3:", 11);
}

static void test_the_two_kinds_of_404_differ(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_call(f, "GET", PARTITIONS "/test-9", NULL), 404);
	assert_memory_equal(fixture_text(f, "message"), "01020036:3:", 11);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/nothing", NULL), 404);
	assert_memory_equal(fixture_text(f, "message"), "Public URI path not registered", 30);
}

static void test_members_bring_their_nodes(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(n_members(f), 2);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/node/~test-1~10.0.0.2", NULL), 200);
	assert_string_equal(fixture_text(f, "address"), "10.0.0.2");
	assert_int_equal(fixture_call(f, "DELETE", "/mgmt/tm/ltm/node/~test-1~10.0.0.2", NULL),
			 400);
	assert_memory_equal(fixture_text(f, "message"), "01070110:3:", 11);
}

static void test_member_taken_out_leaves_its_node(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "PATCH", "/mgmt/tm/ltm/pool/~test-1~www-1",
				      "{\"members\":[\"10.0.0.1:80\"]}"),
			 200);
	assert_int_equal(n_members(f), 1);
	assert_int_equal(fixture_call(f, "DELETE", "/mgmt/tm/ltm/node/~test-1~10.0.0.2", NULL),
			 200);
	assert_null(f->reply);
}

static void test_pool_put_back_as_read_keeps_its_members(void **state)
{
	struct fixture *f = *state;
	char *read;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL), 200);
	read = strdup(json_text(f->reply));
	assert_int_equal(fixture_call(f, "PUT", "/mgmt/tm/ltm/pool/~test-1~www-1", read), 200);
	free(read);
	assert_int_equal(n_members(f), 2);
}

static void test_state_up_cannot_be_written(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "PATCH",
				      "/mgmt/tm/ltm/pool/~test-1~www-1/members/~test-1~10.0.0.1:80",
				      "{\"state\":\"up\"}"),
			 400);
	assert_string_equal(fixture_text(f, "message"), "invalid property value \"state\":\"up\"");
}

static void test_node_address_is_one_partitions(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "POST", PARTITIONS, "{\"name\":\"test-2\"}"), 200);
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/node",
				      "{\"name\":\"n\",\"partition\":\"test-2\","
				      "\"address\":\"10.0.0.1\"}"),
			 400);
	assert_string_equal(fixture_text(f, "message"),
			    "0107176c:3: Invalid Node, the IP address 10.0.0.1 already exists.");
}

static void test_filter_on_unknown_partition_is_404(void **state)
{
	struct fixture *f = *state;

	strcpy(f->filter, "partition eq test-9");
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool", NULL), 404);
	assert_string_equal(fixture_text(f, "message"),
			    "01020036:3: The requested folder (/test-9) was not found.");
}

static void test_empty_collection_has_no_items(void **state)
{
	struct fixture *f = *state;
	struct json_object *items;

	make_partition(f);
	strcpy(f->filter, "partition eq test-1");
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool", NULL), 200);
	assert_int_equal(json_get_arr(f->reply, "items", &items), -ENOENT);
}

static void open_transaction(struct fixture *f)
{
	int64_t id;

	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/transaction", "{}"), 200);
	assert_int_equal(json_get_int(f->reply, "transId", &id), 0);
	snprintf(f->transaction, sizeof(f->transaction), "%lld", (long long)id);
}

static int commit(struct fixture *f)
{
	char path[128];

	snprintf(path, sizeof(path), "/mgmt/tm/transaction/%s", f->transaction);
	*f->transaction = '\0';
	return fixture_call(f, "PATCH", path, "{\"state\":\"VALIDATING\"}");
}

static void test_transaction_is_all_or_nothing(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	open_transaction(f);
	make_pool(f); /* queued */
	assert_int_equal(fixture_call(f, "DELETE", "/mgmt/tm/ltm/node/~test-1~10.0.0.9", NULL),
			 200);
	assert_int_equal(commit(f), 400);
	assert_memory_equal(fixture_text(f, "message"), "transaction failed:01020036:3:", 30);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL), 404);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/node/~test-1~10.0.0.1", NULL), 404);

	open_transaction(f);
	make_pool(f);
	assert_int_equal(commit(f), 200);
	assert_string_equal(fixture_text(f, "state"), "COMPLETED");
	assert_int_equal(n_members(f), 2);
}

static void test_queued_pool_is_not_there_before_the_commit(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	open_transaction(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL), 404);
}

static void test_empty_commit_is_404(void **state)
{
	struct fixture *f = *state;

	open_transaction(f);
	assert_int_equal(commit(f), 404);
	assert_string_equal(fixture_text(f, "message"),
			    "there is no command to commit in the transaction.");
}

static void test_what_was_answered_is_there_after_a_restart(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "PATCH",
				      "/mgmt/tm/ltm/pool/~test-1~www-1/members/~test-1~10.0.0.2:80",
				      "{\"session\":\"user-disabled\"}"),
			 200);
	fixture_close(f);
	fixture_open(f);
	assert_int_equal(n_members(f), 2);
	assert_int_equal(fixture_call(f, "GET",
				      "/mgmt/tm/ltm/pool/~test-1~www-1/members/~test-1~10.0.0.2:80",
				      NULL),
			 200);
	assert_string_equal(fixture_text(f, "session"), "user-disabled");
	assert_int_equal(fixture_call(f, "GET", PARTITIONS "/test-1", NULL), 200);
	assert_string_equal(fixture_text(f, "description"), STAMP);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_without_credentials_is_401),
		TEST(test_partition_made_twice_is_409),
		TEST(test_the_two_kinds_of_404_differ),
		TEST(test_members_bring_their_nodes),
		TEST(test_member_taken_out_leaves_its_node),
		TEST(test_pool_put_back_as_read_keeps_its_members),
		TEST(test_state_up_cannot_be_written),
		TEST(test_node_address_is_one_partitions),
		TEST(test_filter_on_unknown_partition_is_404),
		TEST(test_empty_collection_has_no_items),
		TEST(test_transaction_is_all_or_nothing),
		TEST(test_queued_pool_is_not_there_before_the_commit),
		TEST(test_empty_commit_is_404),
		TEST(test_what_was_answered_is_there_after_a_restart),
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
