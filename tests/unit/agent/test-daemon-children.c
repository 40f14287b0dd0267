/* SPDX-License-Identifier: MIT */
/* test-daemon-children.c -- envagentd with children that misbehave */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/daemon.h"

static void test_a_pass_that_hangs_is_killed_and_told(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_conf(d, "PassLimitSec=300ms\n");
	daemon_script(d, "sleep 300\n");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "envagent-reconcile hung and was killed"));
	daemon_script(d, DAEMON_SETTLED);
	assert_true(daemon_is(d, "ready", NULL)); /* tried again by itself */
}

static void test_a_crash_is_told_and_outlived(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_script(d, "kill -SEGV $$\n");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "envagent-reconcile crashed: Segmentation fault"));
	assert_non_null(
		strstr(daemon_call(d, "{\"method\":\"io.envagent.Plan\"}"), "io.envagent.Failed"));
}

static void test_rubbish_from_a_child_is_a_protocol_failure(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_script(d, "echo hello >&3; sleep 300\n");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "protocol: envagent-reconcile wrote a line"));
}

static void test_an_end_without_the_last_line_is_a_protocol_failure(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_script(d, DAEMON_LINE("dns", "state", "ready", ""));
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "ended without its last line"));
}

static void test_a_child_of_another_version_asks_for_a_restart(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_script(d, "exit 70\n");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "upgrade pending, restart"));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "systemctl restart envagent"));
}

static void test_a_fetch_that_lies_is_not_believed(void **state)
{
	struct daemon *d = *state;

	char path[128];

	/* It claims an identity, but hands no document on. */
	snprintf(path, sizeof(path), "%s/envagent-fetch", d->libexec);
	assert_int_equal(unlink(path), 0);
	daemon_file(d, "libexec/envagent-fetch",
		    "#!/bin/sh\necho 'identity 1 vm=1 env=2 document=changed from=10.0.0.1' >&3\n",
		    0755);
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "protocol: envagent-fetch"));
	assert_null(strstr(daemon_read(d, STATUS_FILE), "\"confirmed\",\"vm\""));
}

static void test_a_degraded_pass_is_tried_again(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_script(d, DAEMON_LINE("dns", "state", "degraded", "no answer")
				 DAEMON_LINE("pass", "done", "degraded", "changes=0") "exit 3\n");
	daemon_start(d);
	assert_true(daemon_is(d, "degraded", "dns: no answer"));
	assert_null(strstr(daemon_read(d, STATUS_FILE), "\"next_pass\":0,"));
	for (int i = 0; i < WAIT_SEC * 50 && daemon_calls(d) < 2; i++)
		usleep(20000);
	assert_true(daemon_calls(d) >= 2);
	daemon_script(d, DAEMON_SETTLED);
	assert_true(daemon_is(d, "ready", NULL));
	assert_true(daemon_wait(d, STATUS_FILE, "\"next_pass\":0,"));
}

/* ---- when it tries again ---- */

static uint64_t number_of(const struct daemon *d, const char *key)
{
	const char *p = strstr(daemon_read(d, STATUS_FILE), key);

	return p ? strtoull(p + strlen(key), NULL, 10) : 0;
}

#define BUSY(changes)                                        \
	DAEMON_LINE("balancer", "state", "degraded", "busy") \
	DAEMON_LINE("pass", "done", "degraded", changes) "exit 3\n"

static void test_who_asks_for_time_is_given_it_within_five_minutes(void **state)
{
	struct daemon *d = *state;
	uint64_t wait;

	daemon_need_mac(d);
	daemon_script(d, BUSY("changes=0 after=30"));
	daemon_start(d);
	assert_true(daemon_is(d, "degraded", "busy"));
	wait = number_of(d, "\"next_pass\":") - number_of(d, "\"ended\":");
	assert_in_range(wait, 30 * 1000000, 38 * 1000000);

	daemon_script(d, BUSY("changes=0 after=86400"));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\"}"), "degraded"));
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":2,"));
	wait = number_of(d, "\"next_pass\":") - number_of(d, "\"ended\":");
	assert_in_range(wait, 299 * 1000000, 301 * 1000000);
}

static void test_an_apply_by_hand_puts_off_no_retry(void **state)
{
	struct daemon *d = *state;
	uint64_t before;

	daemon_need_mac(d);
	daemon_script(d, BUSY("changes=0 after=200"));
	daemon_start(d);
	assert_true(daemon_is(d, "degraded", "busy"));
	before = number_of(d, "\"next_pass\":");
	daemon_script(d, BUSY("changes=0"));
	for (int i = 0; i < 3; i++)
		assert_non_null(
			strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\"}"), "degraded"));
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":4,"));
	assert_int_equal(number_of(d, "\"next_pass\":"), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_a_pass_that_hangs_is_killed_and_told),
		DAEMON_TEST(test_a_crash_is_told_and_outlived),
		DAEMON_TEST(test_rubbish_from_a_child_is_a_protocol_failure),
		DAEMON_TEST(test_an_end_without_the_last_line_is_a_protocol_failure),
		DAEMON_TEST(test_a_child_of_another_version_asks_for_a_restart),
		DAEMON_TEST(test_a_fetch_that_lies_is_not_believed),
		DAEMON_TEST(test_a_degraded_pass_is_tried_again),
		DAEMON_TEST(test_who_asks_for_time_is_given_it_within_five_minutes),
		DAEMON_TEST(test_an_apply_by_hand_puts_off_no_retry),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
