/* SPDX-License-Identifier: MIT */
/* test-daemon.c -- envagentd from outside: what its status says of gateways and configuration */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/calm.h"
#include "tests/unit/agent/daemon.h"

/* ---- identity ---- */

static void test_the_first_answer_makes_it_ready(void **state)
{
	struct daemon *d = *state;
	const char *text;

	daemon_start_ready(d);
	text = daemon_read(d, STATUS_FILE);
	assert_non_null(strstr(text, "\"identity\":{\"state\":\"confirmed\",\"vm\":\"52100021\","
				     "\"env\":\"4190101\""));
	assert_non_null(strstr(text, "\"host\":\"web-1.cluster.test\""));
	assert_non_null(
		strstr(text, "\"name\":\"dns\",\"state\":\"ready\",\"reason\":\"12 hosts\""));
	assert_non_null(strstr(text, "\"number\":1,\"trigger\":\"start"));
	assert_non_null(strstr(daemon_read(d, "calls"), "--protocol 1 --root "));
	assert_non_null(strstr(daemon_read(d, "calls"), " --from "));
}

static void test_unchanged_checks_run_no_pass_and_rewrite_nothing(void **state)
{
	struct daemon *d = *state;
	struct stat before, after;
	char path[128];
	unsigned served;

	daemon_start_ready(d);
	usleep(300000);
	snprintf(path, sizeof(path), "%s/%s", d->dir, STATUS_FILE);
	assert_int_equal(stat(path, &before), 0);
	served = d->service.orders->served;
	for (int i = 0; i < WAIT_SEC * 50 && d->service.orders->served < served + 5; i++)
		usleep(20000);
	assert_true(d->service.orders->served >= served + 5);
	assert_int_equal(daemon_calls(d), 1);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_true(after.st_mtim.tv_sec > before.st_mtim.tv_sec ||
		    after.st_mtim.tv_nsec > before.st_mtim.tv_nsec);
}

static void test_a_copy_is_noticed_quarantined_and_settled(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	daemon_script(d, "[ -e /proc/self ] && sleep 0.5\n" DAEMON_SETTLED);
	strcpy(d->service.orders->env, "4190102");
	assert_true(daemon_is(d, "quarantined",
			      "environment 4190101 became 4190102, and no pass has settled"));
	assert_true(daemon_is(d, "ready", NULL));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"env\":\"4190102\""));
	assert_int_equal(daemon_calls(d), 2);
}

static void test_a_failed_pass_does_not_end_the_quarantine_of_a_copy(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	daemon_script(d, DAEMON_LINE("dns", "state", "failed", "dead")
				 DAEMON_LINE("pass", "done", "failed", "changes=0") "exit 5\n");
	strcpy(d->service.orders->env, "4190102");
	assert_true(daemon_is(d, "failed", "dns: dead"));
	daemon_script(d, DAEMON_LINE("dns", "state", "degraded", "slow")
				 DAEMON_LINE("pass", "done", "degraded", "changes=0") "exit 3\n");
	assert_true(daemon_is(d, "degraded", "dns: slow"));
}

static void test_without_a_gateway_what_needs_none_is_done_once(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	service_stop(&d->service);
	daemon_start(d);
	assert_true(daemon_is(d, "quarantined", "no metadata service has answered yet: "));
	assert_true(daemon_is(d, "quarantined", ": refused"));
	assert_true(daemon_wait(d, "calls", "--why"));
	usleep(500000);
	assert_int_equal(daemon_calls(d), 1);

	assert_int_equal(service_start(&d->service), 0);
	assert_true(daemon_is(d, "ready", NULL));
	assert_int_equal(daemon_calls(d), 2);
}

static unsigned lines(const struct daemon *d)
{
	unsigned n = 0;

	for (const char *p = daemon_read(d, "log"); (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* Ten checks a second are due; each retry comes after twice the time, from a second on. */
static void test_a_machine_that_nobody_answers_becomes_calm(void **state)
{
	struct daemon *d = *state;
	unsigned before, served = d->service.orders->served;

	daemon_need_mac(d);
	d->service.orders->mode = SERVICE_500;
	daemon_start(d);
	assert_true(daemon_is(d, "quarantined", "no metadata service has answered yet: "));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "Provider=none"));
	assert_true(daemon_wait(d, "calls", "--why"));
	before = lines(d);
	assert_true(before <= 3);
	for (int i = 0; i < 60; i++)
		usleep(100000);
	assert_true(d->service.orders->served - served <= 8);
	assert_int_equal(lines(d), before);
	assert_int_equal(daemon_calls(d), 1);

	d->service.orders->mode = SERVICE_GOOD;
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_gateway_that_falls_silent_degrades_and_changes_nothing(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	d->service.orders->mode = SERVICE_500;
	assert_true(daemon_is(d, "degraded", "the metadata service is silent: "));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), ": status-500"));
	usleep(500000);
	assert_int_equal(daemon_calls(d), 1);
	d->service.orders->mode = SERVICE_GOOD;
	assert_true(daemon_is(d, "ready", NULL));
	assert_int_equal(daemon_calls(d), 1);
}

/* How many lines of the log are about the gateway or the state. */
static unsigned told(const struct daemon *d)
{
	const char *p = daemon_read(d, "log");
	unsigned n = 0;

	for (; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		n += strstr(p, "State is ") == p || strstr(p, "envagentd: State is ") == p ||
		     strstr(p, "envagentd: The metadata service is silent") == p;
	return n;
}

static void test_a_gateway_that_comes_and_goes_makes_few_lines(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	for (int i = 0; i < 2 * CALM_LINES; i++) {
		d->service.orders->mode = i % 2 ? SERVICE_500 : SERVICE_HTML;
		assert_true(daemon_is(d, "degraded", "the metadata service is silent"));
		d->service.orders->mode = SERVICE_GOOD;
		assert_true(daemon_is(d, "ready", NULL));
	}
	assert_int_equal(told(d), CALM_LINES);
	assert_int_equal(daemon_calls(d), 1);

	/* An end that matters is told all the same. */
	daemon_script(d, "kill -9 $$\n");
	daemon_call(d, "{\"method\":\"io.envagent.Apply\"}");
	assert_true(daemon_wait(d, "log", "State is failed"));
	assert_true(daemon_wait(d, "log", " changes before it not told)"));
}

static void test_no_gateway_with_ever_other_errors_makes_two_lines(void **state)
{
	static const enum service_mode modes[] = { SERVICE_500, SERVICE_HTML, SERVICE_SILENT_CLOSE,
						   SERVICE_NOT_HTTP };
	struct daemon *d = *state;
	unsigned lines;

	d->service.orders->mode = SERVICE_500;
	daemon_need_mac(d);
	daemon_start(d);
	assert_true(daemon_is(d, "quarantined", "no metadata service has answered yet"));
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":1,"));
	lines = told(d);
	assert_in_range(lines, 1, 3);
	/* Its own tries are ever longer apart; these are by hand, as many as it makes in five
	 * hours. */
	for (unsigned i = 0; i < 60; i++) {
		d->service.orders->mode = modes[i % (sizeof(modes) / sizeof(*modes))];
		daemon_call(d, "{\"method\":\"io.envagent.Plan\"}");
	}
	assert_int_equal(told(d), lines);
	assert_true(daemon_is(d, "quarantined", "no metadata service has answered yet"));
}

static void test_every_bad_answer_is_told_with_its_reason(void **state)
{
	static const struct {
		enum service_mode mode;
		const char *reason;
	} cases[] = {
		{ SERVICE_HTML, "not-json" },
		{ SERVICE_EMPTY_BODY, "empty" },
		{ SERVICE_TRUNCATED, "truncated" },
		{ SERVICE_HUGE, "too-large" },
		{ SERVICE_OTHER_VM, "other-vm" },
		{ SERVICE_HANG, "timeout" },
		{ SERVICE_NO_URL, "no-configuration-url" },
	};
	struct daemon *d = *state;

	daemon_start_ready(d);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		d->service.orders->mode = cases[i].mode;
		assert_true(daemon_is(d, "degraded", cases[i].reason));
	}
	assert_int_equal(daemon_calls(d), 1);
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"env\":\"4190101\""));
}

/* ---- configuration ---- */

static void test_a_broken_configuration_waits_for_a_better_one(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_file(d, "root/etc/envagent/envagent.conf", "[Metadata]\nPort=many\n", 0644);
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "envagent.conf:2:"));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Plan\"}"),
			       "io.envagent.ConfigError"));
	assert_int_equal(daemon_calls(d), 0);

	daemon_conf(d, "");
	kill(d->pid, SIGHUP);
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_refused_reload_leaves_the_former_in_force(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	daemon_conf(d, "Colour=blue\n");
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Reload\"}"),
			       "io.envagent.ConfigError"));
	assert_true(daemon_is(d, "degraded", "the former configuration stays in force: "));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "Colour"));
	daemon_conf(d, "");
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Reload\"}"),
			       "{\"parameters\":{}}"));
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_missing_user_is_told_with_the_way_out(void **state)
{
	struct daemon *d = *state;

	if (geteuid() != 0) {
		print_message("skipped: only root has children of another user\n");
		skip();
	}
	daemon_file(d, "root/etc/envagent/envagent.conf", "[System]\nFetchUser=no-such-user\n",
		    0644);
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "There is no user no-such-user"));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "systemd-sysusers"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_the_first_answer_makes_it_ready),
		DAEMON_TEST(test_unchanged_checks_run_no_pass_and_rewrite_nothing),
		DAEMON_TEST(test_a_copy_is_noticed_quarantined_and_settled),
		DAEMON_TEST(test_a_failed_pass_does_not_end_the_quarantine_of_a_copy),
		DAEMON_TEST(test_without_a_gateway_what_needs_none_is_done_once),
		DAEMON_TEST(test_a_machine_that_nobody_answers_becomes_calm),
		DAEMON_TEST(test_a_gateway_that_falls_silent_degrades_and_changes_nothing),
		DAEMON_TEST(test_a_gateway_that_comes_and_goes_makes_few_lines),
		DAEMON_TEST(test_no_gateway_with_ever_other_errors_makes_two_lines),
		DAEMON_TEST(test_every_bad_answer_is_told_with_its_reason),
		DAEMON_TEST(test_a_broken_configuration_waits_for_a_better_one),
		DAEMON_TEST(test_a_refused_reload_leaves_the_former_in_force),
		DAEMON_TEST(test_a_missing_user_is_told_with_the_way_out),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
