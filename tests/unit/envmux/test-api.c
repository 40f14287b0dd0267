/* SPDX-License-Identifier: MIT */
/* test-api.c -- iControl REST as its clients see it, without sockets and without HAProxy */
#include "tests/unit/envmux/api.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
