/* SPDX-License-Identifier: MIT */
/* test-render.c -- stored objects as clients read them */
#include "tests/unit/envmux/fixture.h"

#include "tools/envmux/render.h"

#define P "/mgmt/tm/ltm/pool/~test-1~www-1"

static int setup(void **state)
{
	struct fixture *f;
	int r = fixture_setup(state);

	f = *state;
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/auth/partition",
				      "{\"name\":\"test-1\",\"description\":\"d\"}"),
			 200);
	assert_int_equal(
		fixture_call(f, "POST", "/mgmt/tm/ltm/pool",
			     "{\"name\":\"www-1\",\"partition\":\"test-1\","
			     "\"monitor\":\"/Common/http\",\"members\":[\"10.0.0.1:80\"]}"),
		200);
	return r;
}

/* KIND's object at PATH in the form that OPTS asks for. */
static struct json_object *rendered(struct fixture *f, enum store_kind kind, const char *type,
				    const char *path, struct render_opts opts)
{
	_cleanup_json_ struct json_object *obj = store_get(f->store, kind, type, path);
	struct json_object *o = NULL;

	assert_int_equal(render_object(f->bridge, kind, obj, &opts, &o), 0);
	return o;
}

static const char *text_of(struct json_object *o, const char *key)
{
	const char *text;

	return json_get_str(o, key, &text) == 0 ? text : "(none)";
}

static void test_objects_say_what_and_where_they_are(void **state)
{
	static const struct {
		enum store_kind kind;
		const char *type, *path, *says, *link;
	} cases[] = {
		{ STORE_PARTITION, NULL, "test-1", "tm:auth:partition:partitionstate",
		  "https://localhost/mgmt/tm/auth/partition/test-1?ver=17.1.0" },
		{ STORE_NODE, NULL, "/test-1/10.0.0.1", "tm:ltm:node:nodestate",
		  "https://localhost/mgmt/tm/ltm/node/~test-1~10.0.0.1?ver=17.1.0" },
		{ STORE_POOL, NULL, "/test-1/www-1", "tm:ltm:pool:poolstate",
		  "https://localhost/mgmt/tm/ltm/pool/~test-1~www-1?ver=17.1.0" },
		{ STORE_MONITOR, "http", "/Common/http", "tm:ltm:monitor:http:httpstate",
		  "https://localhost/mgmt/tm/ltm/monitor/http/~Common~http?ver=17.1.0" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ struct json_object *o = rendered(
			f, cases[i].kind, cases[i].type, cases[i].path, (struct render_opts){});

		assert_string_equal(text_of(o, "kind"), cases[i].says);
		assert_string_equal(text_of(o, "selfLink"), cases[i].link);
		assert_string_equal(text_of(o, "_type"), "(none)");
	}
}

static void test_pools_monitor_has_a_blank_behind_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *o =
		rendered(f, STORE_POOL, NULL, "/test-1/www-1", (struct render_opts){});

	assert_string_equal(text_of(o, "monitor"), "/Common/http ");
}

static void test_members_only_when_asked_for(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *plain = NULL, *whole = NULL;
	struct json_object *reference, *items;

	plain = rendered(f, STORE_POOL, NULL, "/test-1/www-1", (struct render_opts){});
	assert_int_equal(json_get_obj(plain, "membersReference", &reference), 0);
	assert_int_equal(json_get_arr(reference, "items", &items), -ENOENT);
	assert_int_equal(json_get_arr(plain, "members", &items), -ENOENT);
	whole = rendered(f, STORE_POOL, NULL, "/test-1/www-1",
			 (struct render_opts){ .expand = true });
	assert_int_equal(json_get_obj(whole, "membersReference", &reference), 0);
	assert_int_equal(json_get_arr(reference, "items", &items), 0);
	assert_int_equal(json_object_array_length(items), 1);
	assert_string_equal(text_of(json_object_array_get_idx(items, 0), "selfLink"),
			    "https://localhost/mgmt/tm/ltm/pool/~test-1~www-1/members/"
			    "~test-1~10.0.0.1:80?ver=17.1.0");
}

static void test_selected_fields_and_no_others(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *o =
		rendered(f, STORE_POOL, NULL, "/test-1/www-1",
			 (struct render_opts){ .select = "name,fullPath,nothing" });

	assert_string_equal(json_text(o), "{\"name\":\"www-1\",\"fullPath\":\"/test-1/www-1\"}");
}

static void test_states_of_members_read_back(void **state)
{
	static const char *const cases[][3] = {
		{ "{}", "user-enabled", "unchecked" },
		{ "{\"session\":\"user-disabled\"}", "user-disabled", "unchecked" },
		{ "{\"state\":\"user-down\"}", "user-disabled", "user-down" },
		{ "{\"session\":\"user-enabled\",\"state\":\"user-up\"}", "user-enabled",
		  "unchecked" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(
			fixture_call(f, "PATCH", P "/members/~test-1~10.0.0.1:80", cases[i][0]),
			200);
		assert_string_equal(fixture_text(f, "session"), cases[i][1]);
		assert_string_equal(fixture_text(f, "state"), cases[i][2]);
	}
}

static void test_partition_is_a_folder_with_its_own_description(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *o = NULL, *partition = NULL;

	assert_int_equal(fixture_call(f, "PATCH", "/mgmt/tm/sys/folder/~test-1",
				      "{\"description\":\"folder\"}"),
			 200);
	partition = store_get(f->store, STORE_PARTITION, NULL, "test-1");
	assert_int_equal(render_folder(partition, &(struct render_opts){}, &o), 0);
	assert_string_equal(text_of(o, "kind"), "tm:sys:folder:folderstate");
	assert_string_equal(text_of(o, "fullPath"), "/test-1");
	assert_string_equal(text_of(o, "description"), "folder");
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/auth/partition/test-1", NULL), 200);
	assert_string_equal(fixture_text(f, "description"), "d");
	assert_string_equal(fixture_text(f, "_folderDescription"), "");
}

static void test_empty_collection_has_no_items(void **state)
{
	_cleanup_json_ struct json_object *o = NULL;

	assert_int_equal(
		render_collection("tm:ltm:rule:rule", "ltm/rule", json_object_new_array(), &o), 0);
	assert_string_equal(json_text(o),
			    "{\"kind\":\"tm:ltm:rule:rulecollectionstate\",\"selfLink\":"
			    "\"https://localhost/mgmt/tm/ltm/rule?ver=17.1.0\"}");
}

static void test_the_two_kinds_of_errors(void **state)
{
	_cleanup_json_ struct json_object *device = render_error(404, "m", 3);
	_cleanup_json_ struct json_object *front = render_front_error(401, "m", "10.0.0.1");

	assert_string_equal(json_text(device),
			    "{\"code\":404,\"message\":\"m\",\"errorStack\":[],\"apiError\":3}");
	assert_string_equal(json_text(front),
			    "{\"code\":401,\"message\":\"m\",\"referer\":\"10.0.0.1\","
			    "\"restOperationId\":1,\"kind\":\":resterrorresponse\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_objects_say_what_and_where_they_are),
		TEST(test_pools_monitor_has_a_blank_behind_it),
		TEST(test_members_only_when_asked_for),
		TEST(test_selected_fields_and_no_others),
		TEST(test_states_of_members_read_back),
		TEST(test_partition_is_a_folder_with_its_own_description),
		TEST(test_empty_collection_has_no_items),
		TEST(test_the_two_kinds_of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
