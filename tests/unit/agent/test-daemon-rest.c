/* SPDX-License-Identifier: MIT */
/* test-daemon-rest.c -- envagentd after a restore: whose rest that is, and when it is over */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/daemon.h"

#define REST_FILE "root/var/lib/envagent/resting"
#define MACHINE_FILE "root/etc/machine-id"
#define RESTING "resting since a restore"
#define RESTORE "{\"method\":\"io.envagent.Restore\"}"

static void restore(struct daemon *d)
{
	assert_non_null(strstr(daemon_call(d, RESTORE), "\"result\":\"settled\""));
	assert_true(daemon_is(d, "degraded", RESTING));
}

/* Killed and started again, and what its status says is from now on. */
static void again(struct daemon *d)
{
	daemon_stop(d, SIGKILL);
	daemon_file(d, STATUS_FILE, "", 0644);
	daemon_start(d);
}

static void test_it_rests_after_a_restore_until_apply(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	restore(d);
	daemon_stop(d, SIGKILL);
	daemon_start(d);
	assert_true(daemon_is(d, "degraded", "resting since a restore"));
	usleep(300000);
	assert_int_equal(daemon_calls(d), 2);
	assert_non_null(strstr(daemon_read(d, "calls"), " --restore\n"));

	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\"}"),
			       "\"result\":\"settled\""));
	assert_true(daemon_is(d, "ready", NULL));
	assert_int_equal(daemon_calls(d), 3);
}

static void test_who_rests_asks_on_and_does_nothing_with_it(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	restore(d);
	kill(d->pid, SIGHUP);
	daemon_checks(d, 5);
	again(d);
	assert_true(daemon_is(d, "degraded", RESTING));
	daemon_checks(d, 3);
	assert_true(daemon_is(d, "degraded", RESTING));
	assert_int_equal(daemon_calls(d), 2);
}

static void test_a_copy_taken_in_a_rest_does_not_rest(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	restore(d);
	strcpy(d->service.orders->env, "4190102");
	assert_true(daemon_is(d, "ready", NULL));
	assert_int_equal(daemon_calls(d), 3);
	assert_string_equal(daemon_read(d, REST_FILE), "");
}

static void test_nor_does_one_that_boots(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	restore(d);
	daemon_stop(d, SIGTERM);
	strcpy(d->service.orders->env, "4190102");
	again(d);
	assert_true(daemon_is(d, "ready", NULL));
	assert_non_null(strstr(daemon_read(d, "log"), "this is VM"));
}

static void test_nor_does_a_machine_with_another_machine_id(void **state)
{
	struct daemon *d = *state;

	daemon_file(d, MACHINE_FILE, "0123456789abcdef0123456789abcdef\n", 0644);
	daemon_start_ready(d);
	restore(d);
	daemon_stop(d, SIGTERM);
	daemon_file(d, MACHINE_FILE, "fedcba9876543210fedcba9876543210\n", 0644);
	again(d);
	assert_true(daemon_is(d, "ready", NULL));
	assert_string_equal(daemon_read(d, REST_FILE), "");
}

static void test_an_image_from_where_nobody_answered_does_not_rest(void **state)
{
	char text[128], machine[40], boot[40];
	struct daemon *d = *state;

	daemon_need_mac(d);
	d->service.orders->mode = SERVICE_500;
	daemon_start(d);
	assert_true(daemon_is(d, "quarantined", "no metadata service has answered yet"));
	restore(d);
	assert_int_equal(sscanf(daemon_read(d, REST_FILE), "1 %39s %39s - -\n", machine, boot), 2);

	/* It answers while the person who restored is still there: that is no sign of a copy. */
	d->service.orders->mode = SERVICE_GOOD;
	again(d);
	daemon_checks(d, 3);
	assert_true(daemon_is(d, "degraded", RESTING));

	daemon_stop(d, SIGTERM);
	snprintf(text, sizeof(text), "1 %s 3f1d7f0e-0000-4000-8000-000000000000 - -\n", machine);
	daemon_file(d, REST_FILE, text, 0644);
	again(d);
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_mark_that_says_nothing_is_this_machines(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	restore(d);
	daemon_stop(d, SIGTERM);
	daemon_file(d, REST_FILE, "", 0644);
	again(d);
	assert_true(daemon_is(d, "degraded", RESTING));
	assert_true(daemon_wait(d, REST_FILE, " - -\n"));
	daemon_checks(d, 3);
	assert_true(daemon_is(d, "degraded", RESTING));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_it_rests_after_a_restore_until_apply),
		DAEMON_TEST(test_who_rests_asks_on_and_does_nothing_with_it),
		DAEMON_TEST(test_a_copy_taken_in_a_rest_does_not_rest),
		DAEMON_TEST(test_nor_does_one_that_boots),
		DAEMON_TEST(test_nor_does_a_machine_with_another_machine_id),
		DAEMON_TEST(test_an_image_from_where_nobody_answered_does_not_rest),
		DAEMON_TEST(test_a_mark_that_says_nothing_is_this_machines),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
