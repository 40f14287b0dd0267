/* SPDX-License-Identifier: MIT */
/* test-api-member.c -- how members may be called, and whose nodes they may be */
#include "tests/unit/envmux/api.h"

#define POOL "/mgmt/tm/ltm/pool/~test-1~www-1"
#define NODES "/mgmt/tm/ltm/node"

static int post(struct fixture *f, const char *path, const char *body)
{
	return fixture_call(f, "POST", path, body);
}

static void test_port_by_its_name_reads_as_a_number(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"10.0.0.3:http\"}"), 200);
	assert_string_equal(fixture_text(f, "name"), "10.0.0.3:80");
	assert_string_equal(fixture_text(f, "fullPath"), "/test-1/10.0.0.3:80");
	assert_int_equal(fixture_call(f, "GET", POOL "/members/~test-1~10.0.0.3:http", NULL), 200);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"10.0.0.3:80\"}"), 409);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"2001:db8::1.https\"}"), 200);
	assert_string_equal(fixture_text(f, "name"), "2001:db8::1.443");
	assert_int_equal(
		fixture_call(f, "PATCH", POOL, "{\"members\":[\"10.0.0.3:80\",\"10.0.0.3:http\"]}"),
		400);
}

static void test_member_of_all_ports_is_kept(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"10.0.0.3:any\"}"), 200);
	assert_string_equal(fixture_text(f, "name"), "10.0.0.3:0");
	assert_int_equal(n_members(f), 3);
	assert_int_equal(fixture_call(f, "DELETE", POOL "/members/~test-1~10.0.0.3:0", NULL), 200);
}

static void test_route_domain_is_the_one_there_is(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"10.0.0.3%0:80\"}"), 200);
	assert_string_equal(fixture_text(f, "address"), "10.0.0.3");
	assert_int_equal(fixture_call(f, "GET", NODES "/~test-1~10.0.0.3%0", NULL), 200);
	assert_int_equal(post(f, NODES,
			      "{\"name\":\"n\",\"partition\":\"test-1\","
			      "\"address\":\"10.0.0.4%2\"}"),
			 400);
	assert_string_equal(fixture_text(f, "message"),
			    "invalid property value \"address\":\"10.0.0.4%2\"");
	assert_int_equal(post(f, NODES,
			      "{\"name\":\"n\",\"partition\":\"test-1\","
			      "\"address\":\"10.0.0.3%0\"}"),
			 400);
	assert_memory_equal(fixture_text(f, "message"), "0107176c:3:", 11);
}

static void test_errors_name_pool_node_and_port(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"10.0.0.1:80\"}"), 409);
	assert_string_equal(fixture_text(f, "message"),
			    "01020066:3: The requested Pool Member (/test-1/www-1 /test-1/10.0.0.1 "
			    "80) already exists in partition test-1.");
	assert_int_equal(fixture_call(f, "GET", POOL "/members/~test-1~n9:81", NULL), 404);
	assert_string_equal(fixture_text(f, "message"),
			    "01020036:3: The requested Pool Member (/test-1/www-1 /test-1/n9 81) "
			    "was not found.");
	assert_int_equal(fixture_call(f, "DELETE", POOL "/members/~test-1~n9:81", NULL), 404);
}

static void test_node_of_common_serves_pools_of_all(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(post(f, NODES, "{\"name\":\"shared\",\"address\":\"10.0.0.9\"}"), 200);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"/Common/shared:80\"}"), 200);
	assert_string_equal(fixture_text(f, "partition"), "Common");
	assert_string_equal(fixture_text(f, "fullPath"), "/Common/shared:80");
	assert_string_equal(fixture_text(f, "address"), "10.0.0.9");
	assert_int_equal(fixture_call(f, "GET", NODES "/~test-1~shared", NULL), 404);
	assert_int_equal(fixture_call(f, "DELETE", NODES "/~Common~shared", NULL), 400);
	assert_memory_equal(fixture_text(f, "message"), "01070110:3:", 11);
	assert_int_equal(fixture_call(f, "PATCH", POOL "/members/~Common~shared:80",
				      "{\"session\":\"user-disabled\"}"),
			 200);
	assert_string_equal(fixture_text(f, "partition"), "Common");
	assert_int_equal(fixture_call(f, "DELETE", POOL "/members/~Common~shared:80", NULL), 200);
	assert_int_equal(fixture_call(f, "DELETE", NODES "/~Common~shared", NULL), 200);
}

static void test_node_of_another_partition_serves_nobody_else(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(post(f, PARTITIONS, "{\"name\":\"test-2\"}"), 200);
	assert_int_equal(post(f, NODES,
			      "{\"name\":\"n\",\"partition\":\"test-2\","
			      "\"address\":\"10.0.0.9\"}"),
			 200);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"/test-2/n:80\"}"), 400);
	assert_int_equal(post(f, POOL "/members", "{\"name\":\"n:80\",\"partition\":\"test-2\"}"),
			 400);
	assert_int_equal(
		fixture_call(f, "PATCH", POOL,
			     "{\"members\":[{\"name\":\"n:80\",\"partition\":\"test-2\"}]}"),
		400);
	assert_int_equal(n_members(f), 2);
}

static void test_node_takes_back_the_state_that_it_reads(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "PATCH", NODES "/~test-1~10.0.0.1",
				      "{\"state\":\"user-down\",\"session\":\"user-disabled\"}"),
			 200);
	assert_int_equal(
		fixture_call(f, "PATCH", NODES "/~test-1~10.0.0.1", "{\"state\":\"unchecked\"}"),
		200);
	assert_string_equal(fixture_text(f, "state"), "user-down");
	assert_int_equal(
		fixture_call(f, "PATCH", NODES "/~test-1~10.0.0.1", "{\"state\":\"down\"}"), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_port_by_its_name_reads_as_a_number),
		TEST(test_member_of_all_ports_is_kept),
		TEST(test_route_domain_is_the_one_there_is),
		TEST(test_errors_name_pool_node_and_port),
		TEST(test_node_of_common_serves_pools_of_all),
		TEST(test_node_of_another_partition_serves_nobody_else),
		TEST(test_node_takes_back_the_state_that_it_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
