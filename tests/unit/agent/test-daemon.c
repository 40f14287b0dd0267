/* SPDX-License-Identifier: MIT */
/* test-daemon.c -- envagentd from outside: what its status says of gateways, children, files */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "tests/unit/agent/daemon.h"

static int group_setup(void **state)
{
	static struct daemon d;

	*state = &d;
	return daemon_init(&d);
}

static int setup(void **state)
{
	return daemon_setup(*state);
}

static int teardown(void **state)
{
	return daemon_teardown(*state);
}

static void need_mac(const struct daemon *d)
{
	if (d->service.mac[0])
		return;
	print_message("skipped: no link with a MAC here, and no right to make one\n");
	skip();
}

static void start_ready(struct daemon *d)
{
	need_mac(d);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
}

/* ---- identity ---- */

static void test_the_first_answer_makes_it_ready(void **state)
{
	struct daemon *d = *state;
	const char *text;

	start_ready(d);
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

	start_ready(d);
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

	start_ready(d);
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

	start_ready(d);
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

	need_mac(d);
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

static void test_a_gateway_that_falls_silent_degrades_and_changes_nothing(void **state)
{
	struct daemon *d = *state;

	start_ready(d);
	d->service.orders->mode = SERVICE_500;
	assert_true(daemon_is(d, "degraded", "the metadata service is silent: "));
	assert_non_null(strstr(daemon_read(d, STATUS_FILE), ": status-500"));
	usleep(500000);
	assert_int_equal(daemon_calls(d), 1);
	d->service.orders->mode = SERVICE_GOOD;
	assert_true(daemon_is(d, "ready", NULL));
	assert_int_equal(daemon_calls(d), 1);
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

	start_ready(d);
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

	need_mac(d);
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

	start_ready(d);
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

/* ---- children that misbehave ---- */

static void test_a_pass_that_hangs_is_killed_and_told(void **state)
{
	struct daemon *d = *state;

	need_mac(d);
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

	need_mac(d);
	daemon_script(d, "kill -SEGV $$\n");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "envagent-reconcile crashed: Segmentation fault"));
	assert_non_null(
		strstr(daemon_call(d, "{\"method\":\"io.envagent.Plan\"}"), "io.envagent.Failed"));
}

static void test_rubbish_from_a_child_is_a_protocol_failure(void **state)
{
	struct daemon *d = *state;

	need_mac(d);
	daemon_script(d, "echo hello >&3; sleep 300\n");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "protocol: envagent-reconcile wrote a line"));
}

static void test_an_end_without_the_last_line_is_a_protocol_failure(void **state)
{
	struct daemon *d = *state;

	need_mac(d);
	daemon_script(d, DAEMON_LINE("dns", "state", "ready", ""));
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "ended without its last line"));
}

static void test_a_child_of_another_version_asks_for_a_restart(void **state)
{
	struct daemon *d = *state;

	need_mac(d);
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

	need_mac(d);
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

/* ---- life ---- */

static void test_triggers_during_a_pass_make_one_more(void **state)
{
	struct daemon *d = *state;

	need_mac(d);
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

	start_ready(d);
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

	start_ready(d);
	assert_int_equal(daemon_stop(d, SIGTERM), 0);
	snprintf(path, sizeof(path), "%s/run/envagent/control", d->root);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_there_is_one_daemon_only(void **state)
{
	struct daemon *d = *state, second = *d;

	start_ready(d);
	daemon_start(&second);
	assert_int_equal(WEXITSTATUS(daemon_stop(&second, 0)), 1);
	assert_non_null(strstr(daemon_read(d, "log"), "envagentd runs already"));
	assert_true(daemon_is(d, "ready", NULL));
}

static void test_a_one_time_run_does_not_interfere(void **state)
{
	struct daemon *d = *state;
	char command[1024];

	start_ready(d);
	snprintf(command, sizeof(command), "%s/envagentd --root %s --libexec-dir %s --once 2>&1",
		 d->build, d->root, d->libexec);
	assert_int_equal(WEXITSTATUS(system(command)), 1);
	assert_int_equal(daemon_calls(d), 1);
}

static void test_it_rests_after_a_restore_until_apply(void **state)
{
	struct daemon *d = *state;

	start_ready(d);
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Restore\"}"),
			       "\"result\":\"settled\""));
	assert_true(daemon_is(d, "degraded", "resting since a restore"));
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

static void test_a_plan_touches_the_status_in_no_way(void **state)
{
	struct daemon *d = *state;

	start_ready(d);
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

/* ---- the leader ---- */

#define LEADS DAEMON_LINE("metadata", "fact", "value", "leader=true")
#define LEADS_NOT DAEMON_LINE("metadata", "fact", "value", "leader=false")

/* A host with a load balancer; its leader is a script that notes its options. */
static void leader_host(const struct daemon *d)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "#!/bin/sh\necho \"leader $*\" >> %s\n"
		 "%s%s",
		 d->calls, DAEMON_LINE("balancer", "state", "ready", "2 members"),
		 DAEMON_LINE("pass", "done", "settled", "changes=0"));
	daemon_file(d, "libexec/envagent-leader", text, 0755);
	daemon_script(d, LEADS DAEMON_SETTLED);
	daemon_conf(d, "LeaderUser=root\n[Mux]\nUrl=https://10.9.0.80:8443");
}

static void test_a_verb_reaches_the_leader_and_no_other_pass(void **state)
{
	struct daemon *d = *state;
	const char *calls;

	leader_host(d);
	start_ready(d);
	assert_true(daemon_wait(d, "calls", "leader --protocol 1"));
	assert_null(strstr(daemon_read(d, "calls"), "--verb"));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\",\"parameters\":"
					      "{\"module\":\"balancer\",\"verb\":\"drain\"},"
					      "\"more\":true}"),
			       "\"reason\":\"2 members\""));
	calls = daemon_read(d, "calls");
	assert_non_null(strstr(calls, " --module balancer --verb drain "));
	assert_null(strstr(strstr(calls, "--verb") + 1, "--verb"));

	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\"}"), "settled"));
	calls = daemon_read(d, "calls");
	assert_null(strstr(strstr(calls, "--verb") + 1, "--verb"));
}

static void test_the_status_has_the_modules_of_a_leader_while_it_is_one(void **state)
{
	struct daemon *d = *state;
	const char *text, *dns, *balancer;

	leader_host(d);
	start_ready(d);
	text = daemon_read(d, STATUS_FILE);
	dns = strstr(text, "\"name\":\"dns\"");
	balancer = strstr(text, "\"name\":\"balancer\"");
	assert_true(dns && balancer && dns < balancer);

	daemon_script(d, LEADS_NOT DAEMON_SETTLED);
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\"}"), "settled"));
	for (int i = 0;
	     i < WAIT_SEC * 50 && strstr(daemon_read(d, STATUS_FILE), "\"name\":\"balancer\""); i++)
		usleep(20000);
	text = daemon_read(d, STATUS_FILE);
	assert_null(strstr(text, "\"name\":\"balancer\""));
	assert_non_null(strstr(text, "\"name\":\"dns\""));
}

static void test_a_leader_that_cannot_be_started_is_no_settled_pass(void **state)
{
	struct daemon *d = *state;

	if (geteuid() != 0) {
		print_message("skipped: needs root, who alone runs it as somebody else\n");
		skip();
	}
	need_mac(d);
	leader_host(d);
	daemon_conf(d, "LeaderUser=nobody-of-that-name\n[Mux]\nUrl=https://10.9.0.80:8443");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "There is no user nobody-of-that-name"));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\",\"parameters\":"
					      "{\"module\":\"balancer\"}}"),
			       "\"result\":\"failed\""));
}

static unsigned count(pid_t pid, const char *what)
{
	char path[64];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* "." and ".." */
}

static void test_it_stays_small(void **state)
{
	struct daemon *d = *state;
	unsigned served;

	/* What the tests themselves left open counts for them. */
	for (int fd = 3; fd < 256; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	start_ready(d);
	served = d->service.orders->served;
	for (int i = 0; i < WAIT_SEC * 50 && d->service.orders->served < served + 4; i++)
		usleep(20000);
	kill(d->pid,
	     SIGSTOP); /* between or within a check: at most its pipe, pidfd and memfd more */
	assert_true(count(d->pid, "fd") <= 12 + 3);
	assert_int_equal(count(d->pid, "task"), 1);
	kill(d->pid, SIGCONT);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_the_first_answer_makes_it_ready),
		T(test_unchanged_checks_run_no_pass_and_rewrite_nothing),
		T(test_a_copy_is_noticed_quarantined_and_settled),
		T(test_a_failed_pass_does_not_end_the_quarantine_of_a_copy),
		T(test_without_a_gateway_what_needs_none_is_done_once),
		T(test_a_gateway_that_falls_silent_degrades_and_changes_nothing),
		T(test_every_bad_answer_is_told_with_its_reason),
		T(test_a_broken_configuration_waits_for_a_better_one),
		T(test_a_refused_reload_leaves_the_former_in_force),
		T(test_a_missing_user_is_told_with_the_way_out),
		T(test_a_pass_that_hangs_is_killed_and_told),
		T(test_a_crash_is_told_and_outlived),
		T(test_rubbish_from_a_child_is_a_protocol_failure),
		T(test_an_end_without_the_last_line_is_a_protocol_failure),
		T(test_a_child_of_another_version_asks_for_a_restart),
		T(test_a_fetch_that_lies_is_not_believed),
		T(test_a_degraded_pass_is_tried_again),
		T(test_triggers_during_a_pass_make_one_more),
		T(test_after_kill_9_it_comes_back_as_it_was),
		T(test_a_stop_is_orderly),
		T(test_there_is_one_daemon_only),
		T(test_a_one_time_run_does_not_interfere),
		T(test_it_rests_after_a_restore_until_apply),
		T(test_a_plan_touches_the_status_in_no_way),
		T(test_a_machine_without_gateway_is_ready),
		T(test_a_file_confirms_the_identity_once_a_pass_has_read_it),
		T(test_a_changed_metadata_file_makes_a_pass),
		T(test_a_verb_reaches_the_leader_and_no_other_pass),
		T(test_the_status_has_the_modules_of_a_leader_while_it_is_one),
		T(test_a_leader_that_cannot_be_started_is_no_settled_pass),
		T(test_it_stays_small),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
