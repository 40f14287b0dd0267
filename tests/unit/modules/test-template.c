/* SPDX-License-Identifier: MIT */
/* test-template.c -- what becomes of the targets of templates */
#include "tests/unit/modules/templates.h"

#include <fcntl.h>

static void test_a_target_is_rendered_and_a_second_pass_plans_nothing(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, WEB APP), 0);
	scratch_expect_plan(s, "write /etc/web.yml\nwrite /etc/app.yml\n");
	scratch_expect_state(s, STATE_READY, "2 targets");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\n");
	assert_int_equal(scratch_plan(s, WEB APP), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_READY, "2 targets");
}

static void test_another_id_renders_anew(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, WEB), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_fact(s, "config_id", "\"4190102\"");
	assert_int_equal(scratch_plan(s, WEB), 0);
	scratch_expect_plan(s, "write /etc/web.yml\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190102\n");
}

static void test_a_unit_is_reloaded_once_for_all_its_files(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, WEB "Reload=web.service\n" APP "Reload=web.service\n"
					     "[Template more]\nSource=/etc/t/app.erb\n"
					     "Target=/etc/more.yml\nRestart=more.service\n"),
			 0);
	scratch_expect_plan(s, "write /etc/web.yml\nwrite /etc/app.yml\nwrite /etc/more.yml\n"
			       "reload web.service\nrestart more.service\n");
}

static void test_an_unknown_fact_holds_its_template_only(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "former\n");
	scratch_file(s, "/etc/t/app.erb", "app\n");
	assert_int_equal(facts_set_unknown(s->facts, "config_id", "the gateway is silent"), 0);
	assert_int_equal(scratch_plan(s, WEB APP), 0);
	scratch_expect_plan(s, "write /etc/app.yml\n");
	scratch_expect_state(s, STATE_CONVERGING,
			     "template web is held: /etc/t/web.erb:1:10: fact 'config_id' is "
			     "unknown: the gateway is silent");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.yml", "former\n");
	scratch_expect_file(s, "/etc/app.yml", "app\n");
}

static void test_a_faulty_template_is_held_with_its_place(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/web.yml", "former\n");
	scratch_file(s, "/etc/t/web.erb", "a\n  <%= confg_id %>\n");
	assert_int_equal(scratch_plan(s, WEB APP), 0);
	scratch_expect_plan(s, "write /etc/app.yml\n");
	scratch_expect_state(s, STATE_DEGRADED,
			     "/etc/t/web.erb:2:7: unknown fact 'confg_id', did you mean "
			     "'config_id'?");
	scratch_file(s, "/etc/t/web.erb", "<% if %>");
	assert_int_equal(scratch_plan(s, WEB), 0);
	scratch_expect_state(s, STATE_DEGRADED, "/etc/t/web.erb:1:7: expected an expression");
	scratch_expect_plan(s, "");
	scratch_expect_file(s, "/etc/web.yml", "former\n");
}

static void test_an_absent_fact_reads_as_nil(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(facts_set_absent(s->facts, "owner", "nobody is named"), 0);
	scratch_file(s, "/etc/t/web.erb", "<%= owner || 'none' %>\n");
	assert_int_equal(scratch_plan(s, WEB), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.yml", "none\n");
	scratch_file(s, "/etc/t/web.erb", "<%= owner %>\n");
	assert_int_equal(scratch_plan(s, WEB), 0);
	scratch_expect_state(s, STATE_DEGRADED, "the value is nil (nobody is named)");
}

static void test_missing_things_are_named(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, "[Template x]\nSource=/etc/none.erb\nTarget=/etc/x\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED,
			     "template x is held: /etc/none.erb: No such file or directory");
	assert_int_equal(scratch_plan(s, "[Template x]\nSource=/etc/t/app.erb\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "test.conf:1:1: [Template x] has no Target=");
	assert_int_equal(scratch_plan(s, "\n[Template x]\nTarget=/etc/x\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "test.conf:2:1: [Template x] has no Source=");
	assert_int_equal(scratch_plan(s, "[Template x]\nSource=/etc/t/app.erb\nTarget=/no/x\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "the directory of /no/x does not exist");
	assert_int_equal(scratch_plan(s, "[Template x]\nSource=/etc/t/app.erb\nTarget=/etc/t\n"),
			 0);
	scratch_expect_state(s, STATE_DEGRADED, "/etc/t: Is a directory");
	assert_int_equal(scratch_plan(s, WEB "[Template x]\nSource=/etc/t/app.erb\n"
					     "Target=/etc/web.yml\n"),
			 0);
	scratch_expect_state(s, STATE_DEGRADED,
			     "template x is held: /etc/web.yml is written by something else, too");
	scratch_expect_plan(s, "write /etc/web.yml\n");
}

static void test_no_template_is_nothing_to_do(void **state)
{
	assert_int_equal(scratch_plan(*state, "[Template]\n"), 0);
	scratch_expect_state(*state, STATE_READY, "0 targets");
}

static void expect_mode(struct scratch *s, const char *path, mode_t mode)
{
	struct sys_stat st;

	assert_int_equal(sys_lstat(s->sys, path, &st), 0);
	assert_int_equal(st.mode, mode);
	sys_stat_done(&st);
}

static void test_the_mode_is_that_of_the_file_unless_it_is_given(void **state)
{
	struct scratch *s = *state;
	const struct sys_write_opts opts = { .mode = 0640, .uid = -1, .gid = -1 };

	assert_int_equal(sys_write(s->sys, "/etc/app.yml", "x", 1, &opts), 1);
	assert_int_equal(scratch_plan(s, WEB APP), 0);
	assert_int_equal(scratch_apply(s), 0);
	expect_mode(s, "/etc/web.yml", 0644);
	expect_mode(s, "/etc/app.yml", 0640);
	assert_int_equal(scratch_plan(s, APP "Mode=0600\n"), 0);
	scratch_expect_plan(s, "write /etc/app.yml\n");
	assert_int_equal(scratch_apply(s), 0);
	expect_mode(s, "/etc/app.yml", 0600);
}

static void test_a_secret_is_shown_to_nobody(void **state)
{
	struct scratch *s = *state;
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(facts_set_secret(s->facts, "token", NULL, json_object_new_string("hush")),
			 0);
	scratch_file(s, "/etc/t/web.erb", "<%= \"x#{token}\" %>\n");
	assert_int_equal(scratch_plan(s, WEB), 0);
	assert_true(plan_at(s->plan, 0)->secret);
	assert_int_equal(plan_diff(s->plan, plan_at(s->plan, 0), &b), 0);
	assert_null(strstr(b.data ?: "", "hush"));
	assert_int_equal(scratch_apply(s), 0);
	expect_mode(s, "/etc/web.yml", 0600);
	scratch_expect_file(s, "/etc/web.yml", "xhush\n");
}

static void test_a_link_is_followed_and_stays_one(void **state)
{
	struct scratch *s = *state;
	struct sys_stat st;

	scratch_file(s, "/etc/t/real.yml", "former\n");
	assert_int_equal(sys_symlink(s->sys, "t/real.yml", "/etc/web.yml"), 1);
	assert_int_equal(scratch_plan(s, WEB), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/t/real.yml", "env: 4190101\n");
	assert_int_equal(sys_lstat(s->sys, "/etc/web.yml", &st), 0);
	assert_int_equal(st.kind, SYS_LINK);
	sys_stat_done(&st);
	assert_int_equal(scratch_plan(s, WEB), 0);
	scratch_expect_plan(s, "");
}

static void test_owner_and_group_are_those_below_the_root(void **state)
{
	struct scratch *s = *state;
	struct sys_stat st;

	if (geteuid() != 0) {
		print_message("skipped: only root gives files away\n");
		skip();
	}
	scratch_file(s, "/etc/passwd", "root:x:0:0::/:\nwebber:x:1234:1235::/:/bin/sh\n");
	scratch_file(s, "/etc/group", "root:x:0:\nweb:x:1236:\n");
	assert_int_equal(scratch_plan(s, WEB "Owner=webber\nGroup=web\n" APP "Owner=77\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(sys_lstat(s->sys, "/etc/web.yml", &st), 0);
	assert_int_equal(st.uid, 1234);
	assert_int_equal(st.gid, 1236);
	sys_stat_done(&st);
	assert_int_equal(sys_lstat(s->sys, "/etc/app.yml", &st), 0);
	assert_int_equal(st.uid, 77);
	sys_stat_done(&st);
	/* without Owner= it stays with whom it is */
	scratch_fact(s, "config_id", "\"4190102\"");
	assert_int_equal(scratch_plan(s, WEB), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(sys_lstat(s->sys, "/etc/web.yml", &st), 0);
	assert_int_equal(st.uid, 1234);
	sys_stat_done(&st);
}

static void test_an_unknown_owner_holds(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/passwd", "root:x:0:0::/:\nbroken:x\nweb:x:no:1:\n");
	assert_int_equal(scratch_plan(s, WEB "Owner=web\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "there is no user web in /etc/passwd");
	assert_int_equal(scratch_plan(s, WEB "Group=web\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "there is no group web in /etc/group");
	scratch_expect_plan(s, "");
}

static void test_a_check_must_name_the_staged_file(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, WEB "Check=nginx -t\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "test.conf:4:7: [Template web] Check= needs a %s");
	scratch_expect_plan(s, "");
}

static void test_below_another_root_nothing_is_run(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(scratch_plan(s, WEB "Check=false %s\n"), 0);
	scratch_expect_plan(s, "write /etc/web.yml\n");
	scratch_expect_state(s, STATE_READY, "1 target");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		TEST(test_a_target_is_rendered_and_a_second_pass_plans_nothing),
		TEST(test_another_id_renders_anew),
		TEST(test_a_unit_is_reloaded_once_for_all_its_files),
		TEST(test_an_unknown_fact_holds_its_template_only),
		TEST(test_a_faulty_template_is_held_with_its_place),
		TEST(test_an_absent_fact_reads_as_nil),
		TEST(test_missing_things_are_named),
		TEST(test_no_template_is_nothing_to_do),
		TEST(test_the_mode_is_that_of_the_file_unless_it_is_given),
		TEST(test_a_secret_is_shown_to_nobody),
		TEST(test_a_link_is_followed_and_stays_one),
		TEST(test_owner_and_group_are_those_below_the_root),
		TEST(test_an_unknown_owner_holds),
		TEST(test_a_check_must_name_the_staged_file),
		TEST(test_below_another_root_nothing_is_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
