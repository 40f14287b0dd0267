/* SPDX-License-Identifier: MIT */
/* test-daemon-pause.c -- envagentd while a person debugs its host */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/daemon.h"

#define PAUSE "{\"method\":\"io.envagent.Pause\",\"parameters\":{\"seconds\":600,\"by\":\"alice\"}}"
#define RESUME "{\"method\":\"io.envagent.Resume\"}"

static void start_paused(struct daemon *d)
{
	bool idle = false;

	daemon_start_ready(d);
	/* "ready" is told a moment before the pass has ended, and checks go on. */
	for (int i = 0; i < WAIT_SEC * 50 && !idle; i++) {
		idle = strstr(daemon_call(d, PAUSE), "\"busy\":false");
		usleep(idle ? 0 : 20000);
	}
	assert_true(idle);
	assert_true(daemon_is(d, "degraded", "paused until "));
}

static void test_while_paused_nothing_makes_a_pass_but_checks_go_on(void **state)
{
	struct daemon *d = *state;

	start_paused(d);
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), " by alice\""));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"next\":\"agentctl resume\""));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"paused\":{\"until\":"));
	kill(d->pid, SIGHUP);
	daemon_checks(d, 5);
	assert_int_equal(daemon_calls(d), 1);

	assert_non_null(strstr(daemon_call(d, RESUME), "{\"paused\":true}"));
	assert_true(daemon_wait(d, STATUS_FILE, "\"trigger\":\"end of a pause"));
	assert_true(daemon_is(d, "ready", NULL));
	assert_null(strstr(daemon_read(d, STATUS_FILE), "\"paused\""));
	assert_int_equal(daemon_calls(d), 2);
	assert_non_null(strstr(daemon_call(d, RESUME), "{\"paused\":false}"));
}

static void test_a_copy_is_told_while_paused_and_nothing_is_written(void **state)
{
	struct daemon *d = *state;

	start_paused(d);
	strcpy(d->service.orders->env, "4190102");
	assert_true(daemon_is(d, "quarantined", "environment 4190101 became 4190102"));
	assert_true(daemon_is(d, "quarantined", "; paused until "));
	daemon_checks(d, 5);
	assert_int_equal(daemon_calls(d), 1);

	daemon_call(d, RESUME);
	assert_true(daemon_is(d, "ready", NULL));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"env\":\"4190102\""));
}

static void test_apply_by_hand_works_while_paused_and_says_so(void **state)
{
	struct daemon *d = *state;
	const char *reply;

	start_paused(d);
	reply = daemon_call(d, "{\"method\":\"io.envagent.Apply\",\"more\":true}");
	assert_non_null(strstr(reply, "by alice, and stays so"));
	assert_non_null(strstr(reply, "\"result\":\"settled\""));
	assert_int_equal(daemon_calls(d), 2);
	assert_true(daemon_is(d, "degraded", "paused until "));
}

static void test_a_pause_outlives_the_daemon(void **state)
{
	struct daemon *d = *state;

	start_paused(d);
	daemon_stop(d, SIGKILL);
	daemon_file(d, STATUS_FILE, "", 0644);
	daemon_start(d);
	assert_true(daemon_is(d, "degraded", "paused until "));
	daemon_checks(d, 3);
	assert_int_equal(daemon_calls(d), 1);
	daemon_call(d, RESUME);
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_pause_ends_by_itself(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	daemon_call(d, "{\"method\":\"io.envagent.Pause\",\"parameters\":{\"seconds\":1}}");
	assert_true(daemon_wait(d, STATUS_FILE, "\"trigger\":\"end of a pause"));
	assert_true(daemon_is(d, "ready", NULL));
	assert_null(strstr(daemon_read(d, STATUS_FILE), "\"paused\""));
	assert_string_equal(daemon_read(d, "root/run/envagent/paused"), "");
}

static void test_what_a_file_says_that_is_no_pause_is_forgotten(void **state)
{
	static const char *const texts[] = { "rubbish\n", "1 5 alice\n", "1 99999999999999999 a\n",
					     "1 1790000000000000 a;b\n" };
	struct daemon *d = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		daemon_start_ready(d);
		daemon_stop(d, SIGTERM);
		daemon_file(d, "root/run/envagent/paused", texts[i], 0644);
		daemon_file(d, STATUS_FILE, "", 0644);
		daemon_start_ready(d);
		assert_string_equal(daemon_read(d, "root/run/envagent/paused"), "");
		daemon_stop(d, SIGTERM);
	}
}

static void test_a_leader_renews_its_lease_and_nothing_else(void **state)
{
	struct daemon *d = *state;
	char text[512];

	snprintf(text, sizeof(text), "#!/bin/sh\necho \"leader $*\" >> %s\n%s%s", d->calls,
		 DAEMON_LINE("balancer", "state", "ready", "only the lease is renewed"),
		 DAEMON_LINE("pass", "done", "settled", "changes=0"));
	daemon_file(d, "libexec/envagent-leader", text, 0755);
	daemon_script(d, DAEMON_LINE("metadata", "fact", "value", "leader=true") DAEMON_SETTLED);
	daemon_conf(d, "LeaderUser=root\n[Mux]\nUrl=https://10.9.0.80:8443\nLeaseSec=1s");
	start_paused(d);
	assert_true(daemon_wait(d, "calls", "leader --protocol 1 --pass 1 --root"));
	assert_true(daemon_wait(d, "calls", "--module balancer --verb renew"));
	assert_non_null(strstr(daemon_read(d, "calls"), " --plan --module metadata"));

	/* Started again, it asks once whether it is the leader at all. */
	daemon_stop(d, SIGTERM);
	daemon_file(d, "calls", "", 0644);
	daemon_start(d);
	assert_true(daemon_wait(d, "calls", "--verb renew"));
	assert_null(
		strstr(daemon_read(d, "calls"), "--from 127.0.0.1\nleader --protocol 1 --pass 1"));
	/* As another environment's, it leaves the lease of the original alone. */
	strcpy(d->service.orders->env, "4190102");
	assert_true(daemon_is(d, "quarantined", "became 4190102"));
	daemon_file(d, "calls", "", 0644);
	daemon_checks(d, 15);
	assert_string_equal(daemon_read(d, "calls"), "");
}

/* Until the daemon has looked at its file so many more times: each look is a sign of life. */
static void looks(struct daemon *d, unsigned n)
{
	struct timespec last = {};
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" STATUS_FILE, d->dir);
	for (int i = 0; i < WAIT_SEC * 100 && n > 0; i++) {
		assert_int_equal(stat(path, &st), 0);
		if (memcmp(&last, &st.st_mtim, sizeof(last)) != 0)
			n--;
		last = st.st_mtim;
		usleep(10000);
	}
	assert_int_equal(n, 0);
}

static void test_a_metadata_file_changed_in_a_pause_waits_for_its_end(void **state)
{
	struct daemon *d = *state;

	daemon_file(d, "root/etc/vm.json", "{}", 0644);
	daemon_file(d, "root/etc/envagent/envagent.conf",
		    "[Metadata]\nProvider=file\nPath=/etc/vm.json\nIntervalSec=100ms\n", 0644);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":1"));
	daemon_call(d, PAUSE);
	assert_true(daemon_is(d, "degraded", "paused until "));
	daemon_file(d, "root/etc/vm.json", "{ }", 0644);
	looks(d, 8);
	assert_int_equal(daemon_calls(d), 1);
	assert_true(daemon_is(d, "degraded", "paused until "));

	daemon_call(d, RESUME);
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":2,\"trigger\":\"end of a pause"));
	assert_true(daemon_is(d, "ready", NULL));
	looks(d, 5);
	assert_int_equal(daemon_calls(d), 2);
}

static void test_started_again_in_a_pause_it_tells_what_was_known(void **state)
{
	struct daemon *d = *state;
	char as_of[64];
	const char *at;

	start_paused(d);
	assert_null(strstr(daemon_read(d, STATUS_FILE), "as_of"));
	daemon_stop(d, SIGKILL);
	daemon_start(d);
	assert_true(daemon_wait(d, STATUS_FILE, "\"reason\":\"12 hosts\",\"since\":"));
	assert_true(daemon_wait(d, STATUS_FILE, "\"as_of\":"));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"host\":\"web-1.cluster.test\""));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"result\":\"settled\""));
	at = strstr(daemon_read(d, STATUS_FILE), "\"as_of\":");
	snprintf(as_of, sizeof(as_of), "%.*s", (int)strcspn(at, "}"), at);

	/* Once more: then is then. */
	daemon_stop(d, SIGTERM);
	daemon_start(d);
	assert_true(daemon_is(d, "degraded", "paused until "));
	daemon_checks(d, 2);
	assert_true(daemon_wait(d, STATUS_FILE, as_of));

	daemon_call(d, "{\"method\":\"io.envagent.Apply\"}");
	assert_true(daemon_wait(d, STATUS_FILE, "\"trigger\":\"control\""));
	assert_null(strstr(daemon_read(d, STATUS_FILE), "as_of"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_while_paused_nothing_makes_a_pass_but_checks_go_on),
		DAEMON_TEST(test_a_copy_is_told_while_paused_and_nothing_is_written),
		DAEMON_TEST(test_apply_by_hand_works_while_paused_and_says_so),
		DAEMON_TEST(test_a_pause_outlives_the_daemon),
		DAEMON_TEST(test_a_pause_ends_by_itself),
		DAEMON_TEST(test_what_a_file_says_that_is_no_pause_is_forgotten),
		DAEMON_TEST(test_a_metadata_file_changed_in_a_pause_waits_for_its_end),
		DAEMON_TEST(test_started_again_in_a_pause_it_tells_what_was_known),
		DAEMON_TEST(test_a_leader_renews_its_lease_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
