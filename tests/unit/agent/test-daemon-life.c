/* SPDX-License-Identifier: MIT */
/* test-daemon-life.c -- envagentd from its start to its end: triggers, kill -9, one-time runs,
 * files */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/daemon.h"

static void test_triggers_during_a_pass_make_one_more(void **state)
{
	struct daemon *d = *state;

	daemon_need_mac(d);
	daemon_script(d, "sleep 0.6\n" DAEMON_SETTLED);
	daemon_start(d);
	assert_true(daemon_wait(d, "calls", "--from"));
	for (int i = 0; i < 5; i++) {
		kill(d->pid, SIGHUP);
		usleep(50000);
	}
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":2,\"trigger\":\"reload\""));
	usleep(500000);
	assert_int_equal(daemon_calls(d), 2);
}

static void test_after_kill_9_it_comes_back_as_it_was(void **state)
{
	struct daemon *d = *state;
	char path[128];

	daemon_start_ready(d);
	daemon_stop(d, SIGKILL);
	snprintf(path, sizeof(path), "%s/run/envagent/control", d->root);
	assert_int_equal(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s/%s", d->dir, STATUS_FILE);
	unlink(path);

	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"env\":\"4190101\""));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Plan\"}"),
			       "\"result\":\"settled\""));
}

static void test_a_stop_is_orderly(void **state)
{
	struct daemon *d = *state;
	char path[128];

	daemon_start_ready(d);
	assert_int_equal(daemon_stop(d, SIGTERM), 0);
	snprintf(path, sizeof(path), "%s/run/envagent/control", d->root);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_there_is_one_daemon_only(void **state)
{
	struct daemon *d = *state, second = *d;

	daemon_start_ready(d);
	daemon_start(&second);
	assert_int_equal(WEXITSTATUS(daemon_stop(&second, 0)), 1);
	assert_non_null(strstr(daemon_read(d, "log"), "envagentd runs already"));
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_one_time_run_does_not_interfere(void **state)
{
	struct daemon *d = *state;
	char command[1024];

	daemon_start_ready(d);
	snprintf(command, sizeof(command), "%s/envagentd --root %s --libexec-dir %s --once 2>&1",
		 d->build, d->root, d->libexec);
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	assert_int_equal(daemon_calls(d), 1);
}

static void test_a_plan_touches_the_status_in_no_way(void **state)
{
	struct daemon *d = *state;

	daemon_start_ready(d);
	daemon_script(d, DAEMON_LINE("dns", "state", "failed", "would be")
				 DAEMON_LINE("dns", "change", "planned", "write /x")
					 DAEMON_LINE("pass", "done", "failed", "changes=1"));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Plan\",\"more\":true}"),
			       "\"reason\":\"write /x\""));
	assert_true(daemon_is(d, "ready", NULL));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"number\":1,"));
	assert_non_null(strstr(daemon_read(d, "calls"), " --plan "));
}

static void test_a_machine_without_gateway_is_ready(void **state)
{
	struct daemon *d = *state;

	daemon_file(d, "root/etc/envagent/envagent.conf", "[Metadata]\nProvider=none\n", 0644);
	service_stop(&d->service);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), "\"identity\":{\"state\":\"none\""));
	assert_null(strstr(daemon_read(d, "calls"), "--why"));
}

/* The real pass, on a file that stands for the metadata service. */
static void test_a_file_confirms_the_identity_once_a_pass_has_read_it(void **state)
{
	static const char confirmed[] = "\"identity\":{\"state\":\"confirmed\",\"vm\":\"52100021\","
					"\"env\":\"4190101\",\"from\":\"/etc/vm.json\"";
	struct daemon *d = *state;
	char text[4096], script[256];

	service_document(&d->service, text, sizeof(text));
	daemon_file(d, "root/etc/vm.json", text, 0644);
	daemon_file(d, "root/etc/envagent/envagent.conf",
		    "[Metadata]\nProvider=file\nPath=/etc/vm.json\nIntervalSec=100ms\n"
		    "[Hostname]\nManage=no\n[Network]\nManage=no\n[Resolv]\nManage=no\n",
		    0644);
	snprintf(text, sizeof(text), "%s/envagent-reconcile", d->build);
	snprintf(script, sizeof(script), "%s/envagent-reconcile", d->libexec);
	assert_int_equal(unlink(script), 0);
	assert_int_equal(symlink(text, script), 0);
	daemon_start(d);
	assert_true(daemon_wait(d, STATUS_FILE, confirmed));

	daemon_file(d, "root/etc/vm.json", "{", 0644);
	assert_true(daemon_wait(d, STATUS_FILE, "\"identity\":{\"state\":\"unconfirmed\""));
}

static void test_a_changed_metadata_file_makes_a_pass(void **state)
{
	struct daemon *d = *state;

	daemon_file(d, "root/etc/vm.json", "{}", 0644);
	daemon_file(d, "root/etc/envagent/envagent.conf",
		    "[Metadata]\nProvider=file\nPath=/etc/vm.json\nIntervalSec=100ms\n", 0644);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
	usleep(300000);
	assert_int_equal(daemon_calls(d), 1);
	daemon_file(d, "root/etc/vm.json", "{ }", 0644);
	assert_true(daemon_wait(d, STATUS_FILE, "\"number\":2,\"trigger\":\"metadata changed\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_triggers_during_a_pass_make_one_more),
		DAEMON_TEST(test_after_kill_9_it_comes_back_as_it_was),
		DAEMON_TEST(test_a_stop_is_orderly),
		DAEMON_TEST(test_there_is_one_daemon_only),
		DAEMON_TEST(test_a_one_time_run_does_not_interfere),
		DAEMON_TEST(test_a_plan_touches_the_status_in_no_way),
		DAEMON_TEST(test_a_machine_without_gateway_is_ready),
		DAEMON_TEST(test_a_file_confirms_the_identity_once_a_pass_has_read_it),
		DAEMON_TEST(test_a_changed_metadata_file_makes_a_pass),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
