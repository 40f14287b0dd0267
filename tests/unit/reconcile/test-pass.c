/* SPDX-License-Identifier: MIT */
/* test-pass.c -- pass.c: the worst state wins; roles and links are found */
#include "fixture.h"

#include "agent/reconcile/module.h"

struct room {
	struct module_result result;
	struct sys_link links[2];
	struct sys_net net;
	struct pass pass;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	room->result.state = _STATE_MAX;
	strcpy(room->links[0].name, "lo");
	room->links[0].loopback = true;
	strcpy(room->links[1].name, "eth0");
	memcpy(room->links[1].mac, "\x00\x50\x56\x2a\x10\x01", 6);
	room->net.links = room->links;
	room->net.n_links = 2;
	room->pass.result = &room->result;
	room->pass.net = &room->net;
	assert_int_equal(facts_new(&room->pass.facts), 0);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	facts_free(room->pass.facts);
	free(room);
	return 0;
}

static void test_the_worst_state_wins_whatever_the_order(void **state)
{
	struct room *room = *state;

	pass_state(&room->pass, STATE_DEGRADED, "look", "first %d", 1);
	pass_state(&room->pass, STATE_READY, NULL, "fine");
	assert_string_equal(room->result.reason, "first 1");
	assert_string_equal(room->result.next, "look");
	pass_state(&room->pass, STATE_FAILED, NULL, "worst");
	pass_state(&room->pass, STATE_CONVERGING, NULL, "later");
	assert_int_equal(room->result.state, STATE_FAILED);
	assert_string_equal(room->result.reason, "worst");
	assert_string_equal(room->result.next, "");
}

static void test_among_equals_the_first_but_ready_is_renewed(void **state)
{
	struct room *room = *state;

	pass_state(&room->pass, STATE_READY, NULL, "1 host");
	pass_state(&room->pass, STATE_READY, NULL, "2 hosts");
	assert_string_equal(room->result.reason, "2 hosts");
	pass_state(&room->pass, STATE_DEGRADED, NULL, "first");
	pass_state(&room->pass, STATE_DEGRADED, NULL, "second");
	assert_string_equal(room->result.reason, "first");
}

static void test_off_gives_way_to_anything_else(void **state)
{
	struct room *room = *state;

	pass_state(&room->pass, STATE_OFF, NULL, "not this host's role");
	assert_int_equal(room->result.state, STATE_OFF);
	pass_state(&room->pass, STATE_READY, NULL, "but");
	assert_int_equal(room->result.state, STATE_READY);
}

static void test_a_long_reason_is_cut(void **state)
{
	struct room *room = *state;
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pass_state(&room->pass, STATE_FAILED, text, "%s", text);
	assert_int_equal(strlen(room->result.reason), sizeof(room->result.reason) - 1);
	assert_int_equal(strlen(room->result.next), sizeof(room->result.next) - 1);
}

static void test_unknown_roles_are_none_and_say_so(void **state)
{
	struct room *room = *state;
	struct json_object *roles = json_object_new_array();

	assert_int_equal(facts_set_unknown(room->pass.facts, "roles", "nobody answers"), 0);
	assert_false(pass_roles_known(&room->pass));
	assert_false(pass_has_role(&room->pass, "dns"));
	json_object_array_add(roles, json_object_new_string("dns"));
	json_object_array_add(roles, json_object_new_int(5));
	assert_int_equal(facts_set(room->pass.facts, "roles", NULL, roles), 0);
	assert_true(pass_roles_known(&room->pass));
	assert_true(pass_has_role(&room->pass, "dns"));
	assert_false(pass_has_role(&room->pass, "leader"));
}

static void test_a_link_is_found_by_mac_in_any_case_and_by_name(void **state)
{
	struct room *room = *state;

	assert_ptr_equal(pass_link_by_mac(&room->pass, "00:50:56:2A:10:01"), &room->links[1]);
	assert_ptr_equal(pass_link_by_mac(&room->pass, "00-50-56-2a-10-01"), &room->links[1]);
	assert_null(pass_link_by_mac(&room->pass, "00:50:56:2a:10:02"));
	assert_null(pass_link_by_mac(&room->pass, "00:00:00:00:00:00"));
	assert_null(pass_link_by_mac(&room->pass, "nonsense"));
	assert_ptr_equal(pass_link_by_name(&room->pass, "eth0"), &room->links[1]);
	assert_null(pass_link_by_name(&room->pass, "eth1"));
}

#define PASS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PASS_TEST(test_the_worst_state_wins_whatever_the_order),
		PASS_TEST(test_among_equals_the_first_but_ready_is_renewed),
		PASS_TEST(test_off_gives_way_to_anything_else),
		PASS_TEST(test_a_long_reason_is_cut),
		PASS_TEST(test_unknown_roles_are_none_and_say_so),
		PASS_TEST(test_a_link_is_found_by_mac_in_any_case_and_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
