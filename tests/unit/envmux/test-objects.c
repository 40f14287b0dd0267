/* SPDX-License-Identifier: MIT */
/* test-objects.c -- objects built from what clients send */
#include "tests/unit/envmux/fixture.h"

#include "tools/envmux/objects.h"

/* An object of KIND from BODY, with FORMER's text; NULL if that is refused, ERROR tells. */
static struct json_object *build(const struct object_kind *kind, const char *former,
				 const char *body, bool strict, struct store_error *error)
{
	_cleanup_json_ struct json_object *f = NULL, *b = NULL;
	struct json_object *o = NULL;
	int r;

	if (former)
		assert_int_equal(json_parse(former, strlen(former), 8, &f, NULL), 0);
	assert_int_equal(json_parse(body, strlen(body), 8, &b, NULL), 0);
	r = object_build(kind, "test-1", "n", f, b, strict, &o, error);
	assert_true(r == 0 || r == -EINVAL);
	return o;
}

static void test_defaults_fill_what_is_not_said(void **state)
{
	struct store_error error;
	_cleanup_json_ struct json_object *kept =
		build(&object_kinds[STORE_POOL], NULL,
		      "{\"description\":\"d\",\"slowRampTime\":10}", true, &error);
	_cleanup_json_ struct json_object *o = json_object_new_object();
	const char *text;
	int64_t n;

	assert_non_null(kept);
	assert_int_equal(json_get_int(kept, "slowRampTime", &n), -ENOENT);
	assert_int_equal(object_whole(&object_kinds[STORE_POOL], kept, o), 0);
	assert_int_equal(json_get_str(o, "fullPath", &text), 0);
	assert_string_equal(text, "/test-1/n");
	assert_int_equal(json_get_str(o, "loadBalancingMode", &text), 0);
	assert_string_equal(text, "round-robin");
	assert_int_equal(json_get_int(o, "slowRampTime", &n), 0);
	assert_int_equal(n, 10);
	assert_int_equal(json_get_str(o, "description", &text), 0);
	assert_string_equal(text, "d");
	assert_int_equal(json_get_str(o, "monitor", &text), -ENOENT);
}

static void test_unknown_fields_are_dropped(void **state)
{
	struct store_error error;
	_cleanup_json_ struct json_object *o =
		build(&object_kinds[STORE_NODE], NULL,
		      "{\"address\":\"10.0.0.1\",\"kind\":\"x\",\"selfLink\":\"y\",\"new\":1}",
		      true, &error);
	const char *text;

	assert_non_null(o);
	assert_int_equal(json_get_str(o, "selfLink", &text), -ENOENT);
	assert_int_equal(json_get_str(o, "new", &text), -ENOENT);
}

static void test_wrong_type_or_word_is_named(void **state)
{
	static const char *const bodies[][2] = {
		{ "{\"description\":5}", "invalid property value \"description\":5" },
		{ "{\"slowRampTime\":\"x\"}", "invalid property value \"slowRampTime\":\"x\"" },
		{ "{\"loadBalancingMode\":\"fast\"}",
		  "invalid property value \"loadBalancingMode\":\"fast\"" },
		{ "{\"description\":\"a\\nb\"}", NULL },
	};
	struct store_error error;

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		assert_null(build(&object_kinds[STORE_POOL], NULL, bodies[i][0], true, &error));
		assert_int_equal(error.status, 400);
		if (bodies[i][1])
			assert_string_equal(error.message, bodies[i][1]);
	}
}

static void test_number_may_come_as_text(void **state)
{
	struct store_error error;
	_cleanup_json_ struct json_object *o =
		build(&object_kinds[STORE_POOL], NULL, "{\"slowRampTime\":\"30\"}", true, &error);
	int64_t n;

	assert_non_null(o);
	assert_int_equal(json_get_int(o, "slowRampTime", &n), 0);
	assert_int_equal(n, 30);
}

static void test_change_keeps_what_it_does_not_name(void **state)
{
	struct store_error error;
	_cleanup_json_ struct json_object *o =
		build(&object_kinds[STORE_NODE],
		      "{\"address\":\"10.0.0.1\",\"ratio\":7,\"description\":\"d\"}",
		      "{\"address\":\"10.0.0.2\",\"description\":\"\"}", true, &error);
	const char *text;
	int64_t n;

	assert_non_null(o);
	assert_int_equal(json_get_str(o, "address", &text), 0);
	assert_string_equal(text, "10.0.0.1"); /* set when it was made */
	assert_int_equal(json_get_int(o, "ratio", &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_str(o, "description", &text), -ENOENT);
}

static void test_observed_words_sent_back_mean_as_it_was(void **state)
{
	static const char former[] = "{\"session\":\"user-disabled\",\"state\":\"user-up\"}";
	static const char body[] = "{\"session\":\"monitor-enabled\",\"state\":\"down\"}";
	struct store_error error;
	_cleanup_json_ struct json_object *o = build(&object_member, former, body, false, &error);
	const char *text;

	assert_non_null(o);
	assert_int_equal(json_get_str(o, "session", &text), 0);
	assert_string_equal(text, "user-disabled");
	assert_null(build(&object_member, former, body, true, &error));
}

static void test_names_that_paths_and_commands_can_hold(void **state)
{
	static const char *const good[] = { "a",	  "test-1",	 "10.0.0.1",
					    "10.0.0.1%2", "2001:db8::1", "a_b.c" };
	static const char *const bad[] = { "",	  "-a",	 ".a", "a b", "a;b",	 "a/b",
					   "a~b", "a'b", "a#", "a\n", "\xc3\xa4" };
	char longest[258];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(object_name_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(object_name_valid(bad[i]));
	memset(longest, 'a', sizeof(longest));
	longest[255] = '\0';
	assert_true(object_name_valid(longest));
	longest[255] = 'a';
	longest[256] = '\0';
	assert_false(object_name_valid(longest));
}

static void test_path_is_a_partition_and_a_name(void **state)
{
	const char *partition, *name;
	char buffer[512];

	assert_int_equal(object_split("/test-1/www-1", buffer, &partition, &name), 0);
	assert_string_equal(partition, "test-1");
	assert_string_equal(name, "www-1");
	assert_int_equal(object_split("test-1", buffer, &partition, &name), 0);
	assert_string_equal(partition, "test-1");
	assert_int_equal(object_split("/test-1", buffer, &partition, &name), -EINVAL);
	assert_int_equal(object_split("/test-1/sub/www-1", buffer, &partition, &name), -EINVAL);
	assert_int_equal(object_split("//x", buffer, &partition, &name), -EINVAL);
}

static void test_member_is_a_node_and_a_port(void **state)
{
	static const struct {
		const char *name, *node;
		unsigned port;
	} good[] = { { "10.0.0.1:80", "10.0.0.1", 80 },
		     { "web:http", "web", 80 },
		     { "2001:db8::1.8080", "2001:db8::1", 8080 },
		     { "10.0.0.1%2:443", "10.0.0.1%2", 443 },
		     { "10.0.0.1:0", "10.0.0.1", 0 },
		     { "web:any", "web", 0 } };
	static const char *const bad[] = { "10.0.0.1",	 "10.0.0.1:",  "10.0.0.1:65536",
					   "10.0.0.1:x", ":80",	       "10.0.0.1:80x",
					   "a b:80",	 "2001:db8::1" };
	unsigned port;
	char node[256];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(object_member_split(good[i].name, node, &port), 0);
		assert_string_equal(node, good[i].node);
		assert_int_equal(port, good[i].port);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(object_member_split(bad[i], node, &port), -EINVAL);
}

static size_t n_members(const char *body)
{
	_cleanup_json_ struct json_object *b = NULL, *list = NULL;
	struct store_error error;

	assert_int_equal(json_parse(body, strlen(body), 8, &b, NULL), 0);
	assert_int_equal(object_members(b, &list, &error), 0);
	return list ? json_object_array_length(list) : SIZE_MAX;
}

static void test_members_come_in_all_spellings(void **state)
{
	assert_int_equal(n_members("{\"members\":[\"10.0.0.1:80\",{\"name\":\"b:80\"}]}"), 2);
	assert_int_equal(n_members("{\"members\":[]}"), 0);
	assert_int_equal(
		n_members("{\"membersReference\":{\"items\":[{\"name\":\"10.0.0.1:80\"}]}}"), 1);
	/* What was read is put back: the link alone says nothing about the members. */
	assert_int_equal(n_members("{\"membersReference\":{\"link\":\"x\"}}"), SIZE_MAX);
	assert_int_equal(n_members("{}"), SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_fill_what_is_not_said),
		cmocka_unit_test(test_unknown_fields_are_dropped),
		cmocka_unit_test(test_wrong_type_or_word_is_named),
		cmocka_unit_test(test_number_may_come_as_text),
		cmocka_unit_test(test_change_keeps_what_it_does_not_name),
		cmocka_unit_test(test_observed_words_sent_back_mean_as_it_was),
		cmocka_unit_test(test_names_that_paths_and_commands_can_hold),
		cmocka_unit_test(test_path_is_a_partition_and_a_name),
		cmocka_unit_test(test_member_is_a_node_and_a_port),
		cmocka_unit_test(test_members_come_in_all_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
