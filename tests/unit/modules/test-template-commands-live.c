/* SPDX-License-Identifier: MIT */
/* test-template-commands-live.c -- checks of trees, other users, backticks, units that refuse */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

extern const struct module module_template;

#define A "[Template a]\nSource=/etc/t/a.erb\nTarget=/etc/web.d/conf.d/a.conf\n"
#define B "[Template b]\nSource=/etc/t/b.erb\nTarget=/etc/web.d/conf.d/b.conf\n"
#define TREE "CheckTree=/etc/web.d\n"
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
	live_run("mkdir -p /etc/t /etc/web.d/conf.d /run/bin; echo 'include conf.d' "
		 ">/etc/web.d/main.conf; ln -s /etc/web.d/main.conf /etc/web.d/conf.d/main; "
		 "ln -s ../t/a.erb /etc/web.d/out; echo former >/etc/web.d/conf.d/a.conf; "
		 "echo former >/etc/web.d/conf.d/b.conf");
	scratch_file(s, "/etc/t/a.erb", "a <%= config_id %>\n");
	scratch_file(s, "/etc/t/b.erb", "b <%= config_id %>\n");
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
	live_run("rm -rf /etc/t /etc/web.d /var/lib/envagent /run/envagent /run/seen /run/unit "
		 "/run/bin");
	return 0;
}

static void expect_nothing_staged(void)
{
	_cleanup_free_ char *left = live_output("find /run/envagent/staged -mindepth 1");

	assert_string_equal(left, "");
}

/* ---- checks ---- */

static void test_a_tree_is_checked_with_all_new_files_in_place(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(
		scratch_plan(s,
			     A TREE "Check=cd %t && cat main.conf conf.d/main conf.d/[ab].conf out "
				    ">" SEEN " && readlink conf.d/main out >>" SEEN "\n" B),
		0);
	scratch_expect_state(s, STATE_READY, "2 targets");
	scratch_expect_file(s, SEEN,
			    "include conf.d\ninclude conf.d\na 4190101\nb 4190101\n"
			    "a <%= config_id %>\n/run/envagent/staged/a/tree/main.conf\n"
			    "/etc/t/a.erb\n");
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "former\n");
	expect_nothing_staged();
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "a 4190101\n");
}

static void test_what_is_held_later_is_taken_out_of_the_tree(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	/* a is fine with the new b; but b is not fine, and a is not with the former one */
	assert_int_equal(scratch_plan(s, A TREE "Check=cat %t/conf.d/b.conf >>" SEEN
						"; ! grep former %t/conf.d/b.conf\n" B
						"Check=false %s\n"),
			 0);
	scratch_expect_file(s, SEEN, "b 4190101\nformer\n");
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "the check refuses the new file (1)");
}

static void test_a_real_program_reads_the_tree_at_its_own_place(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s, A TREE
				      "Check=unshare -m sh -c \"mount --bind %t /etc/web.d && cat "
				      "/etc/web.d/conf.d/a.conf >" SEEN "\"\n"),
			 0);
	scratch_expect_state(s, STATE_READY, "1 target");
	scratch_expect_file(s, SEEN, "a 4190101\n");
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "former\n");
	expect_nothing_staged();
}

static void test_the_target_must_lie_in_the_tree(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_int_equal(scratch_plan(s, A "CheckTree=/etc/t\nCheck=true %t\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED,
			     "/etc/web.d/conf.d/a.conf is not in the tree that the check reads");
	assert_int_equal(scratch_plan(s, A "CheckTree=/etc/none\nCheck=true %t\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "is not in the tree");
}

static void test_a_tree_without_end_is_not_copied(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("cd /etc/web.d && seq 5000 | xargs touch");
	assert_int_equal(scratch_plan(s, A TREE "Check=true %t\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "too large to be copied");
	expect_nothing_staged();
}

static void test_the_check_runs_as_its_user_who_can_read_the_file(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	live_run("install -m 666 /dev/null " SEEN);
	assert_int_equal(
		scratch_plan(s, A "User=nobody\nCheck=id -un >" SEEN "; cat %s >>" SEEN "\n"), 0);
	scratch_expect_state(s, STATE_READY, "1 target");
	scratch_expect_file(s, SEEN, "nobody\na 4190101\n");
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(scratch_plan(s, B "User=nobody-at-all\nCheck=cat %s\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "there is no user nobody-at-all");
}

/* ---- backticks ---- */

/* The snippet of services that ask for their id themselves. */
#define SNIPPET                                                                     \
	"# <% env_id = `(curl -s http://gw/skytap | jq .configuration_url | xargs " \
	"--no-run-if-empty basename) 2>/dev/null`.strip %>\n"                       \
	"# <% env_id = \"invalid-config-id\" if env_id.empty? %>\n"                 \
	"web_url: 'https://www-<%= env_id %>.test-envs.example.internal'\n"

static void test_the_id_that_a_template_asks_for_itself(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/t/a.erb", SNIPPET);
	assert_int_equal(scratch_plan(s, A), 0);
	scratch_expect_state(s, STATE_DEGRADED, "/etc/t/a.erb:1:15: ");
	scratch_expect_state(s, STATE_DEGRADED, "AllowShell=yes");

	/* nobody answers here */
	assert_int_equal(scratch_plan(s, A "AllowShell=yes\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf",
			    "# \n# \nweb_url: "
			    "'https://www-invalid-config-id.test-envs.example.internal'\n");

	/* and here somebody does, in the place of curl and jq */
	scratch_file(s, "/run/bin/curl", "#!/bin/sh\n[ \"$2\" = http://gw/skytap ] && echo '{}'\n");
	scratch_file(
		s, "/run/bin/jq",
		"#!/bin/sh\necho '\"https://cloud.example.internal/v2/configurations/4190101\"'\n");
	live_run("chmod 755 /run/bin /run/bin/*");
	setenv("PATH", "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	assert_int_equal(scratch_plan(s, A "AllowShell=yes\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf",
			    "# \n# \nweb_url: 'https://www-4190101.test-envs.example.internal'\n");
}

static void test_backticks_run_as_nobody_or_as_their_user(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/t/a.erb", "<%= `id -un; echo words >&2` %>");
	assert_int_equal(scratch_plan(s, A "AllowShell=yes\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "nobody\n");
	assert_int_equal(scratch_plan(s, A "AllowShell=yes\nUser=root\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "root\n");
}

static void test_a_command_that_hangs_or_is_none_holds_its_template(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/t/a.erb", "<%= `sleep 600` %>");
	scratch_file(s, "/etc/t/b.erb", "<%= `no-such-program-here -x` %>");
	assert_int_equal(scratch_plan(s, A "AllowShell=yes\nCheckTimeoutSec=300ms\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "it took longer than 0.3 s");
	assert_int_equal(scratch_plan(s, B "AllowShell=yes\n"), 0);
	scratch_expect_state(s, STATE_DEGRADED, "there is no program no-such-program-here");
	/* what fails has printed what it has printed, as in Ruby */
	scratch_file(s, "/etc/t/b.erb", "<%= `echo part; exit 3` %>");
	assert_int_equal(scratch_plan(s, B "AllowShell=yes\n"), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/b.conf", "part\n");
}

/* ---- units ---- */

static void test_what_a_unit_refused_is_held_until_something_changes(void **state)
{
	static const char conf[] = "[System]\nUnitCommand=/run/unit\n" A "Reload=web.service\n";
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/run/unit",
		     "#!/bin/sh\necho \"$*\" >>" SEEN "\n"
		     "grep -q 4190101 /etc/web.d/conf.d/a.conf && echo not with me && exit 1\n"
		     "exit 0\n");
	live_run("chmod 755 /run/unit");
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_true(scratch_apply(s) > 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "former\n");
	scratch_expect_file(s, SEEN, "reload web.service\nreload web.service\n");

	assert_int_equal(scratch_plan(s, conf), 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED,
			     "the former file is back: reload web.service: not with me");
	/* a person may try once more, and another text may be better */
	s->by_hand = true;
	assert_int_equal(scratch_plan(s, conf), 0);
	scratch_expect_plan(s, "write /etc/web.d/conf.d/a.conf\nreload web.service\n");
	assert_true(scratch_apply(s) > 0);
	s->by_hand = false;
	scratch_fact(s, "config_id", "\"4190102\"");
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/web.d/conf.d/a.conf", "a 4190102\n");
	scratch_expect_state(s, STATE_READY, "1 target");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_tree_is_checked_with_all_new_files_in_place),
		T(test_what_is_held_later_is_taken_out_of_the_tree),
		T(test_a_real_program_reads_the_tree_at_its_own_place),
		T(test_the_target_must_lie_in_the_tree),
		T(test_a_tree_without_end_is_not_copied),
		T(test_the_check_runs_as_its_user_who_can_read_the_file),
		T(test_the_id_that_a_template_asks_for_itself),
		T(test_backticks_run_as_nobody_or_as_their_user),
		T(test_a_command_that_hangs_or_is_none_holds_its_template),
		T(test_what_a_unit_refused_is_held_until_something_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
