/* SPDX-License-Identifier: MIT */
/* test-template-live.c -- Check= and the reload of a target, with real commands */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

extern const struct module module_template;

#define WEB "[Template web]\nSource=/etc/t/web.erb\nTarget=/etc/web.d/it's.yml\n"
#define SEEN "/run/seen"

static void drop_log(int level, const char *text)
{
}

static int setup(void **state)
{
	struct scratch *s;

	if (live_reason)
		return 0;
	s = scratch_new(&module_template, "/");
	assert_true(sys_mkdir(s->sys, "/etc/t", 0755) >= 0);
	assert_true(sys_mkdir(s->sys, "/etc/web.d", 0755) >= 0);
	scratch_file(s, "/etc/t/web.erb", "env: <%= config_id %>\n");
	scratch_fact(s, "config_id", "\"4190101\"");
	log_set_sink(drop_log);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	log_set_sink(NULL);
	if (live_reason)
		return 0;
	scratch_free(*state);
	live_run("umount /etc/web.d 2>/dev/null; "
		 "rm -rf /etc/t /etc/web.d /etc/app.yml /var/lib/envagent /run/envagent /run/seen "
		 "/run/unit");
	return 0;
}

static void test_a_check_sees_the_staged_file_before_it_goes_live(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *left = NULL;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s,
				      WEB "Check=cat %s >" SEEN " && stat -c '%%a %%n' %s >>" SEEN
					  " && test ! -e /etc/web.d/it\\'s.yml\n"),
			 0);
	scratch_expect_state(s, STATE_READY, "1 target");
	scratch_expect_file(s, SEEN, "env: 4190101\n600 /run/envagent/staged/web/it's.yml\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/it's.yml", "env: 4190101\n");
	left = live_output("find /run/envagent/staged -mindepth 1");
	assert_string_equal(left, "");
}

static void test_an_unchanged_target_is_not_checked_again(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s, WEB "Check=echo %s >>" SEEN "\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(sys_unlink(s->sys, SEEN), 1);
	assert_int_equal(scratch_plan(s, WEB "Check=echo %s >>" SEEN "\n"), 0);
	scratch_expect_plan(s, "");
	assert_int_equal(sys_unlink(s->sys, SEEN), 0);
}

static void test_a_plan_alone_runs_no_check(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s, WEB "Check=echo %s >>" SEEN "\n"), 0);
	assert_int_equal(sys_unlink(s->sys, SEEN), 1);
	plan_drop(s->plan, "template");
	s->pass.planning = true;
	assert_int_equal(module_template.plan(&s->pass, s->values), 0);
	scratch_expect_plan(s, "write /etc/web.d/it's.yml\n");
	assert_int_equal(sys_unlink(s->sys, SEEN), 0);
}

static void test_a_refused_file_is_held_with_the_words_of_the_check(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/web.d/it's.yml", "former\n");
	assert_int_equal(scratch_plan(s, WEB "Check=cat %s >&2; echo bad line; exit 3\n"), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED,
			     "template web is held: /etc/web.d/it's.yml: the check refuses the new "
			     "file (3): cat %s >&2; "
			     "echo bad line; exit 3: env: 4190101 bad line");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/it's.yml", "former\n");
}

static void test_the_words_about_a_secret_file_are_not_shown(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(facts_set_secret(s->facts, "token", NULL, json_object_new_string("hush")),
			 0);
	scratch_file(s, "/etc/t/web.erb", "<%= token %>\n");
	assert_int_equal(scratch_plan(s, WEB "Check=cat %s; exit 1\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "its words are not shown");
	assert_null(strstr(s->result.reason, "hush"));
}

static void test_a_check_that_hangs_is_ended(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s, WEB "Check=: %s; sleep 600\nCheckTimeoutSec=200ms\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "the check took longer than 0.2 s");
	scratch_expect_plan(s, "");
}

static void test_a_full_disk_under_one_target_keeps_no_other_from_going_live(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *left = NULL;

	live_skip_unless_there();
	live_run("mount -t tmpfs -o size=8k full /etc/web.d && "
		 "echo former >\"/etc/web.d/it's.yml\" && "
		 "dd if=/dev/zero of=/etc/web.d/ballast bs=4k count=1 2>/dev/null");
	scratch_file(s, "/etc/t/app.erb", "app\n");
	assert_int_equal(
		scratch_plan(s, WEB "[Template app]\nSource=/etc/t/app.erb\nTarget=/etc/app.yml\n"),
		0);
	assert_int_equal(scratch_apply(s), 1);
	scratch_expect_file(s, "/etc/web.d/it's.yml", "former\n");
	scratch_expect_file(s, "/etc/app.yml", "app\n");
	left = live_output("ls -A /etc/web.d");
	assert_string_equal(left, "ballast\nit's.yml\n");
}

static void test_a_unit_that_refuses_the_file_gets_the_former_one_back(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/run/unit", "#!/bin/sh\ngrep -q former \"/etc/web.d/it's.yml\"\n");
	live_run("chmod 755 /run/unit");
	scratch_file(s, "/etc/web.d/it's.yml", "former\n");
	assert_int_equal(
		scratch_plan(s, "[System]\nUnitCommand=/run/unit\n" WEB "Reload=web.service\n"), 0);
	scratch_expect_plan(s, "write /etc/web.d/it's.yml\nreload web.service\n");
	assert_true(scratch_apply(s) > 0);
	scratch_expect_file(s, "/etc/web.d/it's.yml", "former\n");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_check_sees_the_staged_file_before_it_goes_live),
		T(test_an_unchanged_target_is_not_checked_again),
		T(test_a_plan_alone_runs_no_check),
		T(test_a_refused_file_is_held_with_the_words_of_the_check),
		T(test_the_words_about_a_secret_file_are_not_shown),
		T(test_a_check_that_hangs_is_ended),
		T(test_a_full_disk_under_one_target_keeps_no_other_from_going_live),
		T(test_a_unit_that_refuses_the_file_gets_the_former_one_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
