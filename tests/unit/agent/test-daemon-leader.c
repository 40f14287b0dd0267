/* SPDX-License-Identifier: MIT */
/* test-daemon-leader.c -- envagentd on a host that leads, and how small it stays */
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
	daemon_start_ready(d);
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
	daemon_start_ready(d);
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
	daemon_need_mac(d);
	leader_host(d);
	daemon_conf(d, "LeaderUser=nobody-of-that-name\n[Mux]\nUrl=https://10.9.0.80:8443");
	daemon_start(d);
	assert_true(daemon_is(d, "failed", "There is no user nobody-of-that-name"));
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Apply\",\"parameters\":"
					      "{\"module\":\"balancer\"}}"),
			       "\"result\":\"failed\""));
}

/* As if it had led before; its leader leaves as BODY says. */
static void leader_that_leaves(struct daemon *d, const char *body)
{
	char text[1024];

	leader_host(d);
	snprintf(text, sizeof(text),
		 "#!/bin/sh\necho \"leader $*\" >> %s\n"
		 "case $* in *--leave*) %s; exit;; esac\n%s%s",
		 d->calls, body, DAEMON_LINE("balancer", "state", "ready", "2 members"),
		 DAEMON_LINE("pass", "done", "settled", "changes=0"));
	daemon_file(d, "libexec/envagent-leader", text, 0755);
	snprintf(text, sizeof(text), "%s/var/lib/envagent-leader", d->root);
	assert_int_equal(mkdir(text, 0755), 0);
	daemon_file(d, "root/var/lib/envagent-leader/state.json", "{}", 0600);
	daemon_start_ready(d);
}

static void test_an_orderly_stop_lets_the_leader_leave(void **state)
{
	struct daemon *d = *state;

	leader_that_leaves(d, "echo left >&2");
	assert_int_equal(daemon_stop(d, SIGTERM), 0);
	assert_true(daemon_wait(d, "log", "left"));
	assert_non_null(strstr(daemon_read(d, "calls"), "leader --protocol 1 --leave --root"));
}

static void test_who_never_led_has_nothing_to_leave(void **state)
{
	struct daemon *d = *state;

	leader_host(d);
	daemon_start_ready(d);
	assert_int_equal(daemon_stop(d, SIGTERM), 0);
	assert_null(strstr(daemon_read(d, "calls"), "--leave"));
}

static void test_a_leader_that_hangs_does_not_hold_up_a_stop(void **state)
{
	struct daemon *d = *state;
	struct timespec from, to;

	leader_that_leaves(d, "exec sleep 600");
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(daemon_stop(d, SIGTERM), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true(to.tv_sec - from.tv_sec < WAIT_SEC);
	assert_non_null(strstr(daemon_read(d, "calls"), "--leave"));
}

static void test_a_second_signal_waits_for_nothing(void **state)
{
	struct daemon *d = *state;

	leader_that_leaves(d, "kill -TERM $PPID; exec sleep 600");
	assert_int_equal(daemon_stop(d, SIGTERM), 0);
}

static void test_before_all_is_put_back_the_leader_leaves(void **state)
{
	struct daemon *d = *state;
	const char *calls, *left;

	leader_that_leaves(d, "true");
	assert_non_null(strstr(daemon_call(d, "{\"method\":\"io.envagent.Restore\"}"), "settled"));
	calls = daemon_read(d, "calls");
	left = strstr(calls, "leader --protocol 1 --leave");
	assert_non_null(left);
	assert_non_null(strstr(left, "--restore"));
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
	daemon_start_ready(d);
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
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(test_a_verb_reaches_the_leader_and_no_other_pass),
		DAEMON_TEST(test_the_status_has_the_modules_of_a_leader_while_it_is_one),
		DAEMON_TEST(test_a_leader_that_cannot_be_started_is_no_settled_pass),
		DAEMON_TEST(test_an_orderly_stop_lets_the_leader_leave),
		DAEMON_TEST(test_who_never_led_has_nothing_to_leave),
		DAEMON_TEST(test_a_leader_that_hangs_does_not_hold_up_a_stop),
		DAEMON_TEST(test_a_second_signal_waits_for_nothing),
		DAEMON_TEST(test_before_all_is_put_back_the_leader_leaves),
		DAEMON_TEST(test_it_stays_small),
	};

	return cmocka_run_group_tests(tests, daemon_group, NULL);
}
