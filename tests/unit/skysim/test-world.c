/* SPDX-License-Identifier: MIT */
/* test-world.c -- finding things in a world */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

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

static void test_a_nat_address_tells_two_copies_apart(void **state)
{
	const struct addr first = fixture_addr("127.0.1.21"), second = fixture_addr("127.0.2.21");
	struct world *w = *state;

	assert_string_equal(world_vm_by_nat(w, &first)->id, "52101021");
	assert_string_equal(world_vm_by_nat(w, &second)->id, "52102021");
	assert_string_equal(world_vm_by_nat(w, &second)->env->id, "4190102");
}

static void test_any_nat_address_of_a_vm_counts(void **state)
{
	const struct addr external = fixture_addr("127.1.2.10");

	assert_string_equal(world_vm_by_nat(*state, &external)->id, "52102010");
}

static void test_own_and_manual_addresses_name_nobody(void **state)
{
	const struct addr own = fixture_addr("10.60.0.21"), manual = fixture_addr("10.61.0.21");

	assert_null(world_vm_by_nat(*state, &own));
	assert_null(world_vm_by_nat(*state, &manual));
}

static void test_a_twin_in_a_copy_is_not_unlike(void **state)
{
	struct world *w = *state;
	const struct world_vm *vm = world_vm(w, "52101010");

	assert_string_equal(world_vm_unlike(w, vm)->name, "web-1");
}

static void test_tunnels_stand_in_one_row(void **state)
{
	struct world *w = *state;

	assert_string_equal(world_tunnel(w, 0)->source->id, "7700101");
	assert_string_equal(world_tunnel(w, 3)->target->id, "7699902");
	assert_null(world_tunnel(w, 4));
}

static void test_unknown_ids_are_null(void **state)
{
	struct world *w = *state;

	assert_null(world_env(w, "1"));
	assert_null(world_vm(w, "1"));
	assert_null(world_network(w, "1"));
	assert_null(world_user(w, ""));
	assert_null(world_template(w, "14489"));
}

static void test_a_missing_file_is_named(void **state)
{
	_cleanup_free_ char *why = NULL;
	struct world *w;

	assert_int_equal(world_load("/nonexistent/w.json", &w, &why), -ENOENT);
	assert_string_equal(why, "/nonexistent/w.json: No such file or directory");
}

static void test_the_sample_world_loads(void **state)
{
	_cleanup_(world_freep) struct world *w = NULL;
	_cleanup_free_ char *why = NULL;

	assert_int_equal(world_load("conf/examples/world.json", &w, &why), 0);
	assert_int_equal(w->n_envs, 3);
	assert_string_equal(world_vm(w, "52102022")->env->id, "4190102");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_nat_address_tells_two_copies_apart),
		cmocka_unit_test(test_any_nat_address_of_a_vm_counts),
		cmocka_unit_test(test_own_and_manual_addresses_name_nobody),
		cmocka_unit_test(test_a_twin_in_a_copy_is_not_unlike),
		cmocka_unit_test(test_tunnels_stand_in_one_row),
		cmocka_unit_test(test_unknown_ids_are_null),
		cmocka_unit_test(test_a_missing_file_is_named),
		cmocka_unit_test(test_the_sample_world_loads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
