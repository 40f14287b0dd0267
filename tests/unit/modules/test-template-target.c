/* SPDX-License-Identifier: MIT */
/* test-template-target.c -- hand edits, unknown ids, quiet time: when a target is written */
#include "tests/unit/modules/templates.h"

/* ---- hand edits ---- */

static void test_a_hand_edit_is_put_back(void **state)
{
	struct scratch *s = *state;

	make(s, WEB);
	scratch_file(s, "/etc/web.yml", "edited\n");
	make(s, WEB);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\n");
	scratch_expect_state(s, STATE_READY, "1 target");
	/* the second time it has to wait, and a pass is asked for */
	scratch_file(s, "/etc/web.yml", "edited\n");
	assert_int_equal(scratch_plan(s, WEB), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "/etc/web.yml is changed by somebody else again");
	assert_true(s->pass.again > 0 && s->pass.again <= 10000000);
	s->by_hand = true;
	make(s, WEB);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\n");
}

static void test_a_target_that_was_removed_comes_back(void **state)
{
	struct scratch *s = *state;

	make(s, WEB "OnDrift=keep\n");
	assert_int_equal(sys_unlink(s->sys, "/etc/web.yml"), 1);
	make(s, WEB "OnDrift=keep\n");
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\n");
}

static void test_a_hand_edit_may_be_kept_and_is_reported(void **state)
{
	struct scratch *s = *state;

	make(s, WEB APP "OnDrift=keep\n");
	scratch_file(s, "/etc/app.yml", "edited\n");
	make(s, WEB APP "OnDrift=keep\n");
	scratch_expect_file(s, "/etc/app.yml", "edited\n");
	scratch_expect_state(s, STATE_READY,
			     "2 targets, 1 kept: /etc/app.yml was changed by hand and is kept");
	assert_non_null(strstr(s->result.next, "OnDrift=repair"));
	/* with another id it is more than a matter of taste */
	scratch_fact(s, "config_id", "\"4190102\"");
	make(s, WEB APP "OnDrift=keep\n");
	scratch_expect_file(s, "/etc/app.yml", "edited\n");
	scratch_expect_file(s, "/etc/web.yml", "env: 4190102\n");
	scratch_expect_state(s, STATE_DEGRADED,
			     "/etc/app.yml was changed by hand and is kept, though there is "
			     "something new");
}

static void test_a_link_in_the_place_of_a_target_is_followed_from_then_on(void **state)
{
	struct scratch *s = *state;

	make(s, WEB);
	scratch_file(s, "/etc/web-real.yml", "of the other hand\n");
	assert_int_equal(sys_symlink(s->sys, "/etc/web-real.yml", "/etc/web.yml"), 1);
	make(s, WEB "OnDrift=keep\n");
	scratch_expect_file(s, "/etc/web-real.yml", "of the other hand\n");
	make(s, WEB);
	scratch_expect_file(s, "/etc/web-real.yml", "env: 4190101\n");
	for (int id = 4190102; id < 4190109; id++) {
		_cleanup_free_ char *json = str_printf("\"%d\"", id);
		_cleanup_free_ char *text = str_printf("env: %d\n", id);

		/* each is news of ours, and no hand's work that has to wait */
		scratch_fact(s, "config_id", json);
		make(s, WEB);
		scratch_expect_file(s, "/etc/web-real.yml", text);
		scratch_expect_state(s, STATE_READY, "1 target");
	}
}

/* ---- unknown ids ---- */

static void test_a_neutral_id_comes_with_the_limit_and_not_before(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "of the builder\n");
	assert_int_equal(facts_set_unknown(s->facts, "config_id", "nobody answers"), 0);
	make(s, WEB);
	scratch_expect_file(s, "/etc/web.yml", "of the builder\n");
	scratch_expect_state(s, STATE_CONVERGING, "template web is held");
	s->limit_over = true;
	make(s, WEB APP "OnUnknown=error\n");
	scratch_expect_file(s, "/etc/web.yml", "env: invalid-config-id\n");
	scratch_expect_plan(s, "write /etc/web.yml\n");
	make(s, WEB);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_CONVERGING,
			     "template web is rendered with an id that is none: nobody answers");
	scratch_fact(s, "config_id", "\"4190102\"");
	make(s, WEB);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190102\n");
	scratch_expect_state(s, STATE_READY, "1 target");
}

static void test_a_neutral_id_stands_for_no_other_fact(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/t/web.erb", "<%= vm_id %>\n");
	assert_int_equal(facts_set_unknown(s->facts, "vm_id", "nobody answers"), 0);
	s->limit_over = true;
	make(s, WEB);
	scratch_expect_state(s, STATE_CONVERGING, "fact 'vm_id' is unknown");
}

static void test_error_holds_beyond_the_limit(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "of the builder\n");
	assert_int_equal(facts_set_unknown(s->facts, "config_id", "nobody answers"), 0);
	s->limit_over = true;
	make(s, WEB "OnUnknown=error\n");
	scratch_expect_file(s, "/etc/web.yml", "of the builder\n");
	scratch_expect_state(s, STATE_CONVERGING, "template web is held");
}

static void test_keep_says_that_an_unknown_fact_is_no_trouble(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "of the builder\n");
	assert_int_equal(facts_set_unknown(s->facts, "config_id", "nobody answers"), 0);
	s->limit_over = true;
	make(s, WEB "OnUnknown=keep\n");
	scratch_expect_file(s, "/etc/web.yml", "of the builder\n");
	scratch_expect_state(s, STATE_READY, "1 target, 1 kept: ");
}

/* ---- quiet time ---- */

#define QUIET "[Template]\nQuietSec=1h\n"

static void another_id(struct scratch *s, const char *json)
{
	scratch_fact(s, "config_id", json);
}

/* As if the waiting had begun so much earlier. */
static void let_pass(struct scratch *s, const char *key, int64_t usec)
{
	struct json_object *entry;
	int64_t v;

	assert_int_equal(json_get_obj(s->state, "quiet", &entry), 0);
	assert_int_equal(json_get_int(entry, key, &v), 0);
	assert_int_equal(json_set_int(entry, key, v - usec), 0);
}

static void test_the_first_rendering_waits_for_nothing(void **state)
{
	struct scratch *s = *state;

	make(s, QUIET WEB "Reload=web\n");
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\n");
}

static void test_a_change_waits_until_nothing_else_changes(void **state)
{
	struct scratch *s = *state;

	make(s, QUIET WEB "Reload=web\n" APP);
	another_id(s, "\"4190102\"");
	assert_int_equal(scratch_plan(s, QUIET WEB "Reload=web\n" APP), 0);
	scratch_expect_plan(s, "write /etc/app.yml\n"); /* no unit would notice that */
	scratch_expect_state(s, STATE_CONVERGING, "1 target will change in 3600.0 s");
	assert_int_equal(s->pass.again / 1000000, 3600);
	assert_int_equal(scratch_apply(s), 0);

	/* another change begins anew */
	let_pass(s, "last", INT64_C(3000000000));
	another_id(s, "\"4190103\"");
	make(s, QUIET WEB "Reload=web\n");
	assert_true(s->pass.again > UINT64_C(3500000000));
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\n");

	let_pass(s, "last", INT64_C(3601000000));
	assert_int_equal(scratch_plan(s, QUIET WEB "Reload=web\n"), 0);
	scratch_expect_plan(s, "write /etc/web.yml\nreload web\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190103\n");
}

static void test_changes_without_end_wait_no_longer_than_the_limit(void **state)
{
	struct scratch *s = *state;

	make(s, QUIET WEB "Reload=web\n");
	another_id(s, "\"4190102\"");
	make(s, QUIET "QuietMaxSec=2h\n" WEB "Reload=web\n");
	let_pass(s, "first", INT64_C(7201000000));
	another_id(s, "\"4190103\"");
	make(s, QUIET "QuietMaxSec=2h\n" WEB "Reload=web\n");
	scratch_expect_file(s, "/etc/web.yml", "env: 4190103\n");
}

static void test_a_person_waits_for_nothing(void **state)
{
	struct scratch *s = *state;

	make(s, QUIET WEB "Restart=web\n");
	another_id(s, "\"4190102\"");
	s->by_hand = true;
	make(s, QUIET WEB "Restart=web\n");
	scratch_expect_file(s, "/etc/web.yml", "env: 4190102\n");
}

static uint64_t splay(struct scratch *s, const char *vm)
{
	scratch_fact(s, "vm_id", vm);
	assert_int_equal(scratch_plan(s, "[Template]\nSplaySec=10h\n" WEB "Reload=web\n"), 0);
	return s->pass.again / 60000000;
}

static void test_each_vm_has_its_own_time_within_the_splay(void **state)
{
	struct scratch *s = *state;
	uint64_t a, b;

	make(s, WEB "Reload=web\n");
	another_id(s, "\"4190102\"");
	a = splay(s, "\"52100021\"");
	b = splay(s, "\"52100022\"");
	assert_true(a < 600 && b < 600);
	assert_int_not_equal(a, b);
	assert_int_equal(splay(s, "\"52100021\""), a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_a_hand_edit_is_put_back),
		TEST(test_a_target_that_was_removed_comes_back),
		TEST(test_a_hand_edit_may_be_kept_and_is_reported),
		TEST(test_a_link_in_the_place_of_a_target_is_followed_from_then_on),
		TEST(test_a_neutral_id_comes_with_the_limit_and_not_before),
		TEST(test_a_neutral_id_stands_for_no_other_fact),
		TEST(test_error_holds_beyond_the_limit),
		TEST(test_keep_says_that_an_unknown_fact_is_no_trouble),
		TEST(test_the_first_rendering_waits_for_nothing),
		TEST(test_a_change_waits_until_nothing_else_changes),
		TEST(test_changes_without_end_wait_no_longer_than_the_limit),
		TEST(test_a_person_waits_for_nothing),
		TEST(test_each_vm_has_its_own_time_within_the_splay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
