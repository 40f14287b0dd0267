/* SPDX-License-Identifier: MIT */
/* test-api-query.c -- what stands behind the "?" of a request, and what is always the same */
#include "tests/unit/envmux/api.h"

#define POOLS "/mgmt/tm/ltm/pool"

static int get(struct fixture *f, const char *path, const char *name, const char *value)
{
	f->args[0] = name;
	f->args[1] = value;
	return fixture_call(f, "GET", path, NULL);
}

static size_t n_items(struct fixture *f)
{
	struct json_object *items;

	return json_get_arr(f->reply, "items", &items) == 0 ? json_object_array_length(items) : 0;
}

static void two_pools(struct fixture *f)
{
	make_partition(f);
	make_pool(f);
	assert_int_equal(fixture_call(f, "POST", POOLS,
				      "{\"name\":\"api-1\",\"partition\":\"test-1\","
				      "\"description\":\"of the shop\"}"),
			 200);
}

static void test_filter_compares_properties(void **state)
{
	static const struct {
		const char *filter;
		size_t n;
	} cases[] = {
		{ "partition eq test-1", 2 },
		{ "partition eq 'test-1'", 2 },
		{ "partition eq test-1 and name eq www-1", 1 },
		{ "name eq api-1", 1 },
		{ "description eq \"of the shop\"", 1 },
		{ "partition eq Common", 0 },
		{ "partition eq test-1 and partition eq Common", 0 },
		{ "nothing eq x", 0 },
	};
	struct fixture *f = *state;

	two_pools(f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(get(f, POOLS, "$filter", cases[i].filter), 200);
		assert_int_equal(n_items(f), cases[i].n);
	}
}

static void test_filter_that_says_nothing_is_refused(void **state)
{
	static const char *const bad[] = { "partition", "partition ne x", "eq x",  "a b eq c",
					   "name eq ",	"name eq x and ", " and ", "" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(get(f, POOLS, "$filter", bad[i]), 400);
}

static void test_pages_are_of_what_the_filter_left(void **state)
{
	struct fixture *f = *state;
	int64_t total;

	two_pools(f);
	f->args[2] = "$top";
	f->args[3] = "1";
	assert_int_equal(get(f, POOLS, "$filter", "name eq www-1"), 200);
	assert_int_equal(n_items(f), 1);
	assert_int_equal(json_get_int(f->reply, "totalItems", &total), 0);
	assert_int_equal(total, 1);
	assert_int_equal(get(f, POOLS "/~test-1~www-1/members", "$skip", "1"), 200);
	assert_int_equal(n_items(f), 1);
	assert_int_equal(json_get_int(f->reply, "totalItems", &total), 0);
	assert_int_equal(total, 2);
}

static void test_select_leaves_what_was_asked_for(void **state)
{
	struct fixture *f = *state;
	struct json_object *items, *o;

	two_pools(f);
	assert_int_equal(get(f, POOLS, "$select", "name,fullPath"), 200);
	assert_int_equal(json_get_arr(f->reply, "items", &items), 0);
	o = json_object_array_get_idx(items, 0);
	assert_string_equal(json_text(o), "{\"name\":\"api-1\",\"fullPath\":\"/test-1/api-1\"}");
	assert_int_equal(get(f, "/mgmt/tm/sys/folder/~test-1", "$select", "name"), 200);
	assert_string_equal(json_text(f->reply), "{\"name\":\"test-1\"}");
}

static void test_links_speak_the_version_that_was_asked_for(void **state)
{
	struct fixture *f = *state;
	struct json_object *reference;
	const char *link;

	two_pools(f);
	assert_int_equal(get(f, POOLS "/~test-1~www-1", "ver", "13.1.0"), 200);
	assert_string_equal(fixture_text(f, "selfLink"),
			    "https://localhost/mgmt/tm/ltm/pool/~test-1~www-1?ver=13.1.0");
	assert_int_equal(json_get_obj(f->reply, "membersReference", &reference), 0);
	assert_int_equal(json_get_str(reference, "link", &link), 0);
	assert_string_equal(link,
			    "https://localhost/mgmt/tm/ltm/pool/~test-1~www-1/members?ver=13.1.0");
	assert_int_equal(get(f, POOLS "/~test-1~www-1", "ver", "13.1.0\"><"), 200);
	assert_non_null(strstr(fixture_text(f, "selfLink"), "?ver=" API_VERSION));
}

static void test_link_of_a_list_says_what_was_asked_for(void **state)
{
	struct fixture *f = *state;

	two_pools(f);
	strcpy(f->filter, "partition eq test-1");
	strcpy(f->expand, "true");
	assert_int_equal(fixture_call(f, "GET", POOLS, NULL), 200);
	assert_string_equal(fixture_text(f, "selfLink"),
			    "https://localhost" POOLS "?$filter=partition+eq+test-1&"
			    "expandSubcollections=true&ver=" API_VERSION);
	assert_int_equal(get(f, POOLS, "$select", "a\"&b"), 200);
	assert_non_null(strstr(fixture_text(f, "selfLink"), "?$select=a%22%26b&ver="));
}

static void test_example_is_a_template_and_no_name(void **state)
{
	static const char *const paths[] = { POOLS "/example", "/mgmt/tm/ltm/node/example",
					     POOLS "/~test-1~www-1/members/example",
					     "/mgmt/tm/ltm/monitor/http/example",
					     "/mgmt/tm/sys/folder/example" };
	struct fixture *f = *state;

	two_pools(f);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(fixture_call(f, "GET", paths[i], NULL), 200);
		assert_int_equal(n_items(f), 1);
		assert_non_null(strstr(json_text(f->reply), "naturalKeyPropertyNames"));
	}
	assert_int_equal(fixture_call(f, "GET", POOLS "/example", NULL), 200);
	assert_string_equal(fixture_text(f, "kind"), "tm:ltm:pool:poolcollectionstate");
	assert_non_null(strstr(json_text(f->reply), "\"loadBalancingMode\":\"round-robin\""));
	assert_int_equal(fixture_call(f, "POST", POOLS, "{\"name\":\"example\"}"), 400);
	assert_int_equal(fixture_call(f, "DELETE", POOLS "/example", NULL), 404);
	assert_int_equal(fixture_call(f, "POST", POOLS "/example", "{\"name\":\"x\"}"), 404);
}

static void test_device_lists_what_it_has_not(void **state)
{
	static const char *const lists[] = { "ltm/virtual-address", "ltm/policy",
					     "sys/application/service", "net/self", "net/arp" };
	struct fixture *f = *state;
	char path[128];

	make_partition(f);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		snprintf(path, sizeof(path), "/mgmt/tm/%s/", lists[i]);
		assert_int_equal(get(f, path, "$filter", "partition eq test-1"), 200);
		assert_int_equal(n_items(f), 0);
		assert_int_equal(get(f, path, "$filter", "partition eq test-2"), 404);
	}
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/net/route-domain", NULL), 200);
	assert_int_equal(n_items(f), 1);
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/sys/version", NULL), 200);
	assert_string_equal(fixture_text(f, "kind"), "tm:sys:version:versionstats");
	assert_non_null(
		strstr(json_text(f->reply), "\"Version\":{\"description\":\"" API_VERSION "\"}"));
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/sys/ready", NULL), 200);
	assert_non_null(strstr(json_text(f->reply), "\"configReady\":{\"description\":\"yes\"}"));
	assert_int_equal(fixture_call(f, "DELETE", "/mgmt/tm/sys/version", NULL), 404);
}

static void test_folder_below_a_partition_is_not_there(void **state)
{
	struct fixture *f = *state;

	make_partition(f);
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/sys/folder",
				      "{\"name\":\"/test-6\",\"subPath\":\"/\"}"),
			 200);
	assert_int_equal(fixture_call(f, "GET", PARTITIONS "/test-6", NULL), 200);
	assert_true(fixture_call(f, "POST", "/mgmt/tm/sys/folder",
				 "{\"name\":\"sub\",\"subPath\":\"/test-1\"}") >= 400);
	assert_int_equal(fixture_call(f, "GET", PARTITIONS "/sub", NULL), 404);
	assert_int_equal(fixture_call(f, "POST", POOLS,
				      "{\"name\":\"x\",\"partition\":\"test-1\","
				      "\"subPath\":\"sub\"}"),
			 404);
	assert_string_equal(fixture_text(f, "message"),
			    "01020036:3: The requested folder (/test-1/sub) was not found.");
	assert_int_equal(fixture_call(f, "POST", POOLS, "{\"name\":\"/test-1/sub/x\"}"), 404);
	assert_int_equal(fixture_call(f, "GET", POOLS "/~test-1~x", NULL), 404);
	assert_int_equal(fixture_call(f, "GET", POOLS "/~test-1~sub~x", NULL), 404);
	assert_int_equal(fixture_call(f, "PATCH", POOLS "/~test-1~sub~x", "{}"), 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_filter_compares_properties),
		TEST(test_filter_that_says_nothing_is_refused),
		TEST(test_pages_are_of_what_the_filter_left),
		TEST(test_select_leaves_what_was_asked_for),
		TEST(test_links_speak_the_version_that_was_asked_for),
		TEST(test_link_of_a_list_says_what_was_asked_for),
		TEST(test_example_is_a_template_and_no_name),
		TEST(test_device_lists_what_it_has_not),
		TEST(test_folder_below_a_partition_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
