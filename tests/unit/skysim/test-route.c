/* SPDX-License-Identifier: MIT */
/* test-route.c -- one resource, however the client writes its path */
#include "tests/unit/skysim/fixture.h"

#include "tools/skysim/route.h"

static struct route find(const char *path, const char *accept)
{
	struct route r;

	route_find(path, accept, &r);
	return r;
}

static void test_one_path_has_many_spellings(void **state)
{
	static const char *const paths[] = {
		"/v2/configurations/1/vms/2",	    "/v2/configurations/1/vms/2/",
		"/v2/configurations/1/vms/2.json",  "//v2//configurations/1//vms/2",
		"/v2/configurations/1/vms/2.json/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct route r = find(paths[i], NULL);

		assert_int_equal(r.kind, ROUTE_VM);
		assert_int_equal(r.version, 2);
		assert_string_equal(r.env, "1");
		assert_string_equal(r.id, "2");
	}
}

static void test_the_version_comes_from_prefix_or_accept(void **state)
{
	static const char v2[] = "application/vnd.skytap.api.v2+json";

	assert_int_equal(find("/configurations", NULL).version, 1);
	assert_int_equal(find("/v1/configurations", v2).version, 1);
	assert_int_equal(find("/v2/configurations", NULL).version, 2);
	assert_int_equal(find("/configurations", v2).version, 2);
}

static void test_every_resource_is_found(void **state)
{
	assert_int_equal(find("/configurations.json", NULL).kind, ROUTE_ENVS);
	assert_int_equal(find("/configurations/1/user_data.json", NULL).kind, ROUTE_ENV_USER_DATA);
	assert_int_equal(find("/vms/2", NULL).kind, ROUTE_VM);
	assert_int_equal(find("/configurations/1/networks/7", NULL).kind, ROUTE_NETWORK);
	assert_string_equal(find("/vms/2/interfaces/nic-1-2-0", NULL).below, "nic-1-2-0");
	assert_string_equal(find("/v2/tunnels/tunnel-1-2.json", NULL).id, "tunnel-1-2");
	assert_int_equal(find("/v2/users/", NULL).kind, ROUTE_USERS);
	assert_int_equal(find("/v2/templates/1/vms", NULL).kind, ROUTE_TEMPLATE_EMPTY);
}

static void test_metadata_has_one_spelling(void **state)
{
	assert_int_equal(find("/skytap", NULL).kind, ROUTE_METADATA);
	assert_int_equal(find("/skytap/", NULL).kind, ROUTE_NONE);
	assert_int_equal(find("/", NULL).kind, ROUTE_NONE);
}

static void test_what_looks_like_the_api_is_unknown_there(void **state)
{
	assert_int_equal(find("/configurations/1/nothing", NULL).kind, ROUTE_UNKNOWN);
	assert_int_equal(find("/v2/nothing", NULL).kind, ROUTE_UNKNOWN);
	assert_int_equal(find("/favicon.ico", NULL).kind, ROUTE_NONE);
}

static void test_an_endless_id_is_no_id(void **state)
{
	char path[300] = "/vms/";

	memset(path + 5, '1', 200);
	assert_int_equal(find(path, NULL).kind, ROUTE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_path_has_many_spellings),
		cmocka_unit_test(test_the_version_comes_from_prefix_or_accept),
		cmocka_unit_test(test_every_resource_is_found),
		cmocka_unit_test(test_metadata_has_one_spelling),
		cmocka_unit_test(test_what_looks_like_the_api_is_unknown_there),
		cmocka_unit_test(test_an_endless_id_is_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
