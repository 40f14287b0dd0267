/* SPDX-License-Identifier: MIT */
/* test-dns-refused.c -- what a real dnsmasq refuses: the last good configuration stays */
#include "tests/unit/modules/dns.h"

static void test_refused_options_leave_the_last_good_ones(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	assert_true(scratch_plan(s, CONF "[Dns]\nOptions=no-such-option=1\n") < 0);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_FAILED,
			     "bad option at line 14 of "
			     "/etc/dnsmasq.d/envagent.conf: no-such-option=1");

	pass(s, CONF);
	scratch_fact(s, "hosts", "[" DNS "," HOST("web-1", "10.60.0.31") "]");
	pass(s, CONF "[Dns]\nOptions=no-such-option=1\n");
	scratch_expect_plan(s, "write /var/lib/envagent/hosts.d/web-1\n");
	scratch_expect_state(s, STATE_DEGRADED, "the last good one stays: bad option at line 14");
	assert_non_null(strstr(s->result.next, "correct [Dns]"));
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.31");
	expect_asked("restart dnsmasq.service\n");
}

/* The file of another, or the main one, is broken; ours is to change, which needs a restart. */
static void expect_kept(struct scratch *s, const char *path, const char *text, const char *words)
{
	_cleanup_free_ char *before = NULL, *after = NULL;

	scratch_file(s, path, text);
	before = live_output("find /etc /run /var -newermt 1970-01-01 -printf '%p %C@\n' | sort | "
			     "sha256sum");
	pass(s, CONF "[Dns]\nTtl=20\n");
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, words);
	assert_string_equal(s->result.next, "correct that file, then: agentctl apply");
	assert_string_equal(ask(s, "web-1.cluster.test", DNS_A), "10.60.0.21");
	expect_asked("restart dnsmasq.service\n");
	after = live_output("find /etc /run /var -newermt 1970-01-01 -printf '%p %C@\n' | sort | "
			    "sha256sum");
	assert_string_equal(before, after);
}

static void test_a_broken_file_of_another_keeps_the_server_as_it_is(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	expect_kept(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN,
		    "dnsmasq refuses its new configuration, the last good one stays: "
		    "bad option at line 1 of /etc/dnsmasq.d/00-broken.conf");
	live_run("rm /etc/dnsmasq.d/00-broken.conf");
	pass(s, CONF "[Dns]\nTtl=20\n");
	scratch_expect_state(s, STATE_READY, "3 names");
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_file_called_almost_like_ours_is_tested_too(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	expect_kept(s, "/etc/dnsmasq.d/my-envagent.conf", BROKEN,
		    "bad option at line 1 of /etc/dnsmasq.d/my-envagent.conf");
}

static void test_what_the_package_manager_left_is_not_tested(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/dnsmasq.d/other.conf.dpkg-old", BROKEN);
	scratch_file(s, "/etc/dnsmasq.d/.envagent.conf.swp", BROKEN);
	pass(s, CONF);
	scratch_expect_state(s, STATE_READY, "3 names");
}

static void test_the_main_file_is_tested_with_ours_in_it_once(void **state)
{
	static const char *const mains[] = {
		"user=root\nconf-dir=/etc/dnsmasq.d/,*.conf\n",
		"user=root\n conf-dir = \"/etc/dnsmasq.d\",*.conf # all\n",
		"user=root\r\nconf-dir=/etc/dnsmasq.d\r\n",
		"user=root\nconf-file=/etc/dnsmasq.d/envagent.conf\nconf-dir=/etc/dnsmasq.d,.conf",
	};
	struct scratch *s = *state;

	live_skip_unless_there();
	scratch_file(s, "/etc/dnsmasq.d/00-other.conf", "cache-size=200\n");
	scratch_file(s, "/etc/dnsmasq.d/README", "not a line of this is an option\n");
	live_run("mv /etc/dnsmasq.d/README /etc/dnsmasq.d/README~");
	for (size_t i = 0; i < ARRAY_SIZE(mains); i++) {
		scratch_file(s, "/etc/dnsmasq.conf", mains[i]);
		/* a line that is read twice, as the former one, would be refused */
		pass(s, i % 2 ? CONF "[Dns]\nTtl=20\n" : CONF);
		scratch_expect_state(s, STATE_READY, "3 names");
	}
	scratch_file(s, "/etc/dnsmasq.conf", mains[0]);
	pass(s, CONF);
	live_run(": >/run/unitctl.log; echo restart dnsmasq.service >/run/unitctl.log");
	expect_kept(s, "/etc/dnsmasq.conf",
		    "# mine\nuser=root\nconf-dir=/etc/dnsmasq.d/,*.conf\n" BROKEN,
		    "bad option at line 4 of /etc/dnsmasq.conf: no-such-option=yes");
}

static void test_a_restart_that_is_owed_waits_for_a_configuration_that_is_right(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_file(s, "/run/envagent/owed.json",
		     "{\"version\":1,\"jobs\":[{\"module\":\"dns\",\"verb\":\"restart\","
		     "\"unit\":\"dnsmasq.service\"}]}");
	scratch_file(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN);
	assert_int_equal(scratch_plan(s, CONF), -EBADMSG);
	scratch_expect_state(s, STATE_DEGRADED, "line 1 of /etc/dnsmasq.d/00-broken.conf");
	live_run("rm /etc/dnsmasq.d/00-broken.conf");
	pass(s, CONF);
	expect_asked("restart dnsmasq.service\nrestart dnsmasq.service\n");
}

static void test_a_dead_server_that_would_not_start_is_told_in_its_own_words(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	stop_dnsmasq();
	scratch_file(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN);
	pass(s, CONF);
	scratch_expect_state(s, STATE_DEGRADED,
			     "dnsmasq does not answer at 10.60.0.10 (Connection refused), and "
			     "would not start anew: bad option at line 1 of "
			     "/etc/dnsmasq.d/00-broken.conf");
	expect_asked("restart dnsmasq.service\n");
}

static void test_a_role_that_goes_leaves_a_server_that_would_not_start_alone(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	pass(s, CONF);
	scratch_fact(s, "roles", "[]");
	scratch_file(s, "/etc/dnsmasq.d/00-broken.conf", BROKEN);
	pass(s, CONF);
	scratch_expect_plan(s, "");
	scratch_expect_state(s, STATE_DEGRADED, "/etc/dnsmasq.d/00-broken.conf");
	live_run("rm /etc/dnsmasq.d/00-broken.conf");
	pass(s, CONF);
	scratch_expect_state(s, STATE_OFF, "not this host's role");
	expect_asked("restart dnsmasq.service\ntry-restart dnsmasq.service\n");
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_refused_options_leave_the_last_good_ones),
		T(test_a_broken_file_of_another_keeps_the_server_as_it_is),
		T(test_a_file_called_almost_like_ours_is_tested_too),
		T(test_what_the_package_manager_left_is_not_tested),
		T(test_the_main_file_is_tested_with_ours_in_it_once),
		T(test_a_restart_that_is_owed_waits_for_a_configuration_that_is_right),
		T(test_a_dead_server_that_would_not_start_is_told_in_its_own_words),
		T(test_a_role_that_goes_leaves_a_server_that_would_not_start_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
