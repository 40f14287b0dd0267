/* SPDX-License-Identifier: MIT */
/* test-render.c -- our documents have the shape of the platform's, in documents/ */
#include "tests/unit/skysim/fixture.h"

#include "tools/skysim/render.h"

#define BASE "http://10.0.0.1:8080"

static int setup(void **state)
{
	*state = fixture_world();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static struct json_object *document(const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct json_object *doc;

	assert_true(asprintf(&path, "tests/unit/skysim/documents/%s.json", name) > 0);
	doc = json_object_from_file(path);
	assert_non_null(doc);
	return doc;
}

static void same_shape(const char *where, struct json_object *got, struct json_object *wanted);

static void same_keys(const char *where, struct json_object *got, struct json_object *wanted)
{
	struct json_object_iterator g = json_object_iter_begin(got);

	if (json_object_object_length(got) != json_object_object_length(wanted))
		fail_msg("%s: %s\ninstead of %s", where, json_object_to_json_string(got),
			 json_object_to_json_string(wanted));
	json_object_object_foreach (wanted, key, value) {
		assert_string_equal(json_object_iter_peek_name(&g), key);
		same_shape(key, json_object_iter_peek_value(&g), value);
		json_object_iter_next(&g);
	}
}

/* The same keys in the same order with values of the same type; null goes with anything. */
static void same_shape(const char *where, struct json_object *got, struct json_object *wanted)
{
	if (!got || !wanted)
		return;
	if (json_object_get_type(got) != json_object_get_type(wanted))
		fail_msg("%s is %s instead of %s", where, json_object_to_json_string(got),
			 json_object_to_json_string(wanted));
	if (json_object_is_type(wanted, json_type_object))
		same_keys(where, got, wanted);
	else if (json_object_is_type(wanted, json_type_array) && json_object_array_length(got) &&
		 json_object_array_length(wanted))
		same_shape(where, json_object_array_get_idx(got, 0),
			   json_object_array_get_idx(wanted, 0));
}

/* Takes GOT over. */
static void check(struct json_object *got, const char *name)
{
	_cleanup_json_ struct json_object *wanted = document(name);

	assert_non_null(got);
	same_shape(name, got, wanted);
	json_object_put(got);
}

static void test_metadata_has_every_field_of_the_platform(void **state)
{
	const struct world *w = *state;

	check(render_metadata(w, world_vm(w, "52101010")), "metadata");
}

static void test_environments_have_both_shapes(void **state)
{
	const struct world *w = *state;

	for (int version = 1; version <= 2; version++) {
		const struct render r = { w, BASE, version };

		check(render_env(&r, world_env(w, "4190101")),
		      version == 2 ? "configuration" : "configuration-v1");
	}
}

static void test_users_templates_and_tunnels_have_the_shape(void **state)
{
	const struct world *w = *state;
	const struct render v1 = { w, BASE, 1 }, v2 = { w, BASE, 2 };
	struct json_object *tunnels = json_object_new_array();

	json_append(tunnels, render_tunnel(&v2, world_tunnel(w, 0)));
	check(tunnels, "tunnels");
	check(render_user(&v1, world_user(w, "30017")), "user");
	check(render_template(&v2, world_template(w, "1448900")), "template");
}

static const char *str(struct json_object *obj, const char *key)
{
	const char *s;

	assert_int_equal(json_get_str(obj, key, &s), 0);
	return s;
}

static void test_the_copies_differ_in_ids_alone(void **state)
{
	const struct world *w = *state;
	_cleanup_json_ struct json_object *a = render_metadata(w, world_vm(w, "52101010"));
	_cleanup_json_ struct json_object *b = render_metadata(w, world_vm(w, "52102010"));

	assert_string_equal(str(a, "configuration_url"),
			    "https://cloud.skytap.com/configurations/4190101");
	assert_string_equal(str(b, "configuration_url"),
			    "https://cloud.skytap.com/configurations/4190102");
	assert_string_equal(str(a, "user_data"), "roles: dns\n");
	assert_string_equal(str(a, "configuration_user_data"), "a: b\n");
	assert_string_equal(str(a, "name"), str(b, "name"));
}

static void test_a_manual_interface_has_no_nat_and_a_detached_one_no_network(void **state)
{
	static const char text[] =
		"{\"environments\":[{\"id\":1,\"name\":\"e\",\"networks\":[{\"id\":7,"
		"\"name\":\"n\",\"type\":\"manual\",\"subnet\":\"10.61.0.0/24\"}],"
		"\"vms\":[{\"id\":2,\"name\":\"v\",\"interfaces\":["
		"{\"mac\":\"00:50:56:00:00:01\"},"
		"{\"mac\":\"00:50:56:00:00:02\",\"network\":null}]}]}]}";
	_cleanup_(world_freep) struct world *w = NULL;
	_cleanup_free_ char *why = NULL;

	assert_int_equal(world_parse("w.json", text, strlen(text), &w, &why), 0);
	for (size_t i = 0; i < 2; i++) {
		const struct render r = { w, BASE, 2 };
		_cleanup_json_ struct json_object *nic = render_interface(&r, world_vm(w, "2"), i);

		assert_false(json_object_object_get_ex(nic, "nat_addresses", NULL));
		assert_int_equal(json_object_object_get_ex(nic, "network_id", NULL), i == 0);
		assert_true(json_object_object_get_ex(nic, "ip", NULL));
	}
}

static void test_nat_pools_count_what_is_taken(void **state)
{
	const struct world *w = *state;
	const struct render r = { w, BASE, 2 };
	_cleanup_json_ struct json_object *net = render_network(&r, world_network(w, "7699901"));
	struct json_object *tunnels;
	int64_t left;

	assert_int_equal(json_get_int(net, "nat_pool_remaining", &left), 0);
	assert_int_equal(left, 65534 - 4);
	/* A tunnel shows at its target too. */
	assert_int_equal(json_get_arr(net, "tunnels", &tunnels), 0);
	assert_int_equal(json_object_array_length(tunnels), 2);
}

static void test_no_v1_body_has_errors(void **state)
{
	const struct world *w = *state;
	const struct render r = { w, BASE, 1 };
	struct json_object *docs[] = { render_env(&r, &w->envs[1]),
				       render_env_entry(&r, &w->envs[1]),
				       render_user(&r, &w->users[0]),
				       render_template(&r, &w->templates[0]),
				       render_template_entry(&r, &w->templates[0]),
				       render_error(1, "x") };

	for (size_t i = 0; i < ARRAY_SIZE(docs); i++) {
		assert_null(strstr(json_text(docs[i]), "\"errors\""));
		assert_null(strstr(json_text(docs[i]), "/v2/"));
		json_object_put(docs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metadata_has_every_field_of_the_platform),
		cmocka_unit_test(test_environments_have_both_shapes),
		cmocka_unit_test(test_users_templates_and_tunnels_have_the_shape),
		cmocka_unit_test(test_the_copies_differ_in_ids_alone),
		cmocka_unit_test(test_a_manual_interface_has_no_nat_and_a_detached_one_no_network),
		cmocka_unit_test(test_nat_pools_count_what_is_taken),
		cmocka_unit_test(test_no_v1_body_has_errors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
