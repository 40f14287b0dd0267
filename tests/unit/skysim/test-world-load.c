/* SPDX-License-Identifier: MIT */
/* test-world-load.c -- what a world's objects may hold, each by itself */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

/* TEXT is no world, and the error says exactly WANTED. */
static void refused(const char *text, const char *wanted)
{
	_cleanup_free_ char *why = NULL;
	struct world *w;

	assert_int_equal(world_parse("w.json", text, strlen(text), &w, &why), -EINVAL);
	assert_string_equal(why, wanted);
}

#define ENV(more) "{\"environments\":[{\"id\":1,\"name\":\"e\"," more "}]}"
#define NET "\"networks\":[{\"id\":7,\"name\":\"n\",\"subnet\":\"10.60.0.0/24\"}]"
#define VM(more) ENV(NET ",\"vms\":[{\"id\":2,\"name\":\"v\"," more "}]")

static void test_broken_json_names_line_and_column(void **state)
{
	refused("{\n  \"users\": [\n  nonsense ]\n}", "w.json:3:4: no JSON from here on");
	refused("", "w.json:1:1: no JSON from here on");
}

static void test_unknown_keys_are_errors(void **state)
{
	refused("{\"envs\":[]}", "w.json: $.envs: unknown key; see the format in README.md");
	refused(VM("\"macs\":1"),
		"w.json: $.environments[0].vms[0].macs: unknown key; see the format in README.md");
}

static void test_required_keys_are_asked_for(void **state)
{
	refused("{\"environments\":[{\"name\":\"e\"}]}",
		"w.json: $.environments[0].id: is required");
	refused("{\"users\":[{\"id\":1}]}", "w.json: $.users[0].login_name: is required");
	refused(VM("\"interfaces\":[{\"ip\":\"10.60.0.2\"}]"),
		"w.json: $.environments[0].vms[0].interfaces[0].mac: is required");
}

static void test_a_mac_that_is_none_is_refused(void **state)
{
	refused(VM("\"interfaces\":[{\"mac\":\"00:50\"}]"),
		"w.json: $.environments[0].vms[0].interfaces[0].mac: \"00:50\" is no MAC");
}

static void test_suspend_on_idle_has_the_platform_limits(void **state)
{
	refused(ENV("\"suspend_on_idle\":299"),
		"w.json: $.environments[0].suspend_on_idle: 299 is outside 300 to 86400");
}

static void test_a_gateway_lies_in_its_subnet(void **state)
{
	refused(ENV("\"networks\":[{\"id\":7,\"name\":\"n\",\"subnet\":\"10.60.0.0/24\","
		    "\"gateway\":\"10.61.0.1\"}]"),
		"w.json: $.environments[0].networks[0].gateway: does not lie in the subnet");
}

static void test_the_gateway_is_the_last_address(void **state)
{
	_cleanup_(world_freep) struct world *w = fixture_world();
	char text[ADDR_TEXT_MAX];

	assert_string_equal(addr_format(&world_network(w, "7700101")->gateway, true, text),
			    "10.60.0.254");
}

static void test_labels_and_credentials_are_texts(void **state)
{
	refused(VM("\"labels\":{\"role\":1}"),
		"w.json: $.environments[0].vms[0].labels: \"category\": \"value\" is expected");
	refused(VM("\"credentials\":[{}]"),
		"w.json: $.environments[0].vms[0].credentials: strings are expected in it");
}

static void test_an_entry_that_is_no_object_is_refused(void **state)
{
	refused("{\"environments\":[5]}",
		"w.json: $.environments[0]: an object { ... } is expected here");
	refused("[]", "w.json: $: an object { ... } is expected here");
}

static void test_an_owner_is_a_user(void **state)
{
	refused(ENV("\"owner\":9"), "w.json: $.environments[0].owner: \"9\" is none of $.users");
}

static void test_a_vm_runs_as_its_environment_unless_it_says_more(void **state)
{
	static const char text[] =
		ENV("\"runstate\":\"suspended\",\"vms\":[{\"id\":2,\"name\":\"a\"},"
		    "{\"id\":3,\"name\":\"b\",\"runstate\":\"stopped\"}]");
	_cleanup_(world_freep) struct world *w = NULL;
	_cleanup_free_ char *why = NULL;

	assert_int_equal(world_parse("w.json", text, strlen(text), &w, &why), 0);
	assert_int_equal(world_vm(w, "2")->runstate, SUSPENDED);
	assert_int_equal(world_vm(w, "3")->runstate, STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken_json_names_line_and_column),
		cmocka_unit_test(test_unknown_keys_are_errors),
		cmocka_unit_test(test_required_keys_are_asked_for),
		cmocka_unit_test(test_a_mac_that_is_none_is_refused),
		cmocka_unit_test(test_suspend_on_idle_has_the_platform_limits),
		cmocka_unit_test(test_a_gateway_lies_in_its_subnet),
		cmocka_unit_test(test_the_gateway_is_the_last_address),
		cmocka_unit_test(test_labels_and_credentials_are_texts),
		cmocka_unit_test(test_an_entry_that_is_no_object_is_refused),
		cmocka_unit_test(test_an_owner_is_a_user),
		cmocka_unit_test(test_a_vm_runs_as_its_environment_unless_it_says_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
