/* SPDX-License-Identifier: MIT */
/* test-lease.c -- who may write to a partition, and until when */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "modules/balancer/lease.h"

#define NOW 1795311457
#define LEASE 900

static char id[] = "1", vm[] = "2";

struct room {
	struct settings settings;
	struct module_result result;
	struct pass pass;
	struct session session;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	room->settings.mux.lease = LEASE * UINT64_C(1000000);
	room->pass = (struct pass){ .settings = &room->settings,
				    .state = json_object_new_object(),
				    .result = &room->result,
				    .module = "balancer" };
	assert_int_equal(facts_new(&room->pass.facts), 0);
	room->session.id = id;
	room->session.vm = vm;
	room->session.have.now = NOW;
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	diff_done(&room->session.diff);
	mux_state_done(&room->session.have);
	json_object_put(room->pass.state);
	facts_free(room->pass.facts);
	free(room);
	return 0;
}

/* What comes of a partition with that description, and of none for NULL. */
static int claim(struct room *room, const char *description)
{
	room->result = (struct module_result){ .state = _STATE_MAX };
	diff_done(&room->session.diff);
	free(room->session.have.description);
	room->session.have.exists = description;
	room->session.have.description = description ? strdup(description) : NULL;
	return lease_claim(&room->pass, &room->session);
}

static void test_new_partition_is_made_with_the_stamp(void **state)
{
	struct room *room = *state;
	char text[LEASE_TEXT_MAX];

	assert_int_equal(facts_set_str(room->pass.facts, "owner_name", NULL, "Ada Lovelace"), 0);
	assert_int_equal(claim(room, NULL), 1);
	assert_int_equal(room->session.diff.n, 1);
	assert_int_equal(room->session.diff.changes[0].kind, MUX_MAKE_PARTITION);
	assert_string_equal(room->session.diff.changes[0].name,
			    "envagent v1 env=1 vm=2 fence=1 until=1795312357 owner=Ada_Lovelace");
	assert_string_equal(lease_text(&room->pass, text),
			    "owner Ada Lovelace, leased until 2026-11-22 01:52:37 UTC");
}

static void test_stamp_is_renewed_when_half_of_its_time_is_over(void **state)
{
	struct room *room = *state;
	char text[LEASE_TEXT_MAX];

	assert_int_equal(claim(room, "envagent v1 env=1 vm=2 fence=3 until=1795311907"), 1);
	assert_int_equal(room->session.diff.n, 0);
	assert_string_equal(lease_text(&room->pass, text), "leased until 2026-11-22 01:45:07 UTC");
	assert_int_equal(claim(room, "envagent v1 env=1 vm=2 fence=3 until=1795311906"), 1);
	assert_int_equal(room->session.diff.n, 1);
	assert_int_equal(room->session.diff.changes[0].kind, MUX_STAMP);
	assert_string_equal(room->session.diff.changes[0].name,
			    "envagent v1 env=1 vm=2 fence=3 until=1795312357");
	assert_string_equal(lease_text(&room->pass, text), "leased until 2026-11-22 01:52:37 UTC");
}

static void test_secret_owner_is_told_nowhere(void **state)
{
	struct room *room = *state;
	char text[LEASE_TEXT_MAX];

	assert_int_equal(facts_set_secret(room->pass.facts, "owner_name", NULL,
					  json_object_new_string("Ada")),
			 0);
	assert_int_equal(claim(room, NULL), 1);
	assert_null(strstr(room->session.diff.changes[0].name, "Ada"));
	assert_null(strstr(lease_text(&room->pass, text), "Ada"));
}

static void test_stamp_of_another_vm_fences(void **state)
{
	struct room *room = *state;

	assert_int_equal(claim(room, "envagent v1 env=1 vm=3 fence=1 until=1795311467"), 0);
	assert_int_equal(room->result.state, STATE_DEGRADED);
	assert_non_null(strstr(room->result.reason, "fenced: VM 3"));
	assert_non_null(strstr(room->result.reason, "lives for another 10 s"));
	assert_int_equal(claim(room, "envagent v1 env=1 vm=3 fence=1 until=1795311447"), 0);
	assert_non_null(strstr(room->result.reason, "ran out before 10 s"));
	assert_int_equal(room->session.diff.n, 0);
}

static void test_partition_of_a_stranger_is_not_touched(void **state)
{
	static const char *const strangers[] = { "", "of the web team",
						 "envagent v1 env=7 vm=2 fence=1 until=1" };
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
		assert_int_equal(claim(room, strangers[i]), 0);
		assert_int_equal(room->result.state, STATE_FAILED);
		assert_int_equal(room->session.diff.n, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new_partition_is_made_with_the_stamp),
		TEST(test_stamp_is_renewed_when_half_of_its_time_is_over),
		TEST(test_secret_owner_is_told_nowhere),
		TEST(test_stamp_of_another_vm_fences),
		TEST(test_partition_of_a_stranger_is_not_touched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
