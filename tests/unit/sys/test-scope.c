/* SPDX-License-Identifier: MIT */
/* test-scope.c -- a process gets a scope from systemd, and without one nothing is lost */
#include "tests/unit/live.h"

#define LIMIT 5000000

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it goes on, whatever came of it */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_without_systemd_there_is_nothing_to_leave(void **state)
{
	live_skip_unless_there();
	assert_int_equal(sys_scope(*state, getpid(), "envagent-test.scope", LIMIT), 0);
}

static void test_below_another_root_nothing_is_moved(void **state)
{
	_cleanup_(sys_freep) struct sys *sys = NULL;

	live_skip_unless_there();
	live_run("mkdir -p /run/root/run/systemd/system");
	assert_int_equal(sys_open("/run/root", &sys), 0);
	assert_int_equal(sys_scope(sys, getpid(), "envagent-test.scope", LIMIT), -EOPNOTSUPP);
}

static void test_a_systemd_that_cannot_be_reached_is_told(void **state)
{
	pid_t pid;

	live_skip_unless_there();
	pid = child();
	live_run("mkdir -p /run/systemd/system");
	assert_int_equal(sys_scope(*state, pid, "envagent-test.scope", LIMIT), -ENOENT);
	end(pid);
	live_run("rmdir /run/systemd/system");
}

/* A bus, but nobody there who makes scopes. */
static void test_a_bus_without_systemd_is_told_in_time(void **state)
{
	uint64_t start;
	pid_t pid;

	live_skip_unless_there();
	if (system("command -v dbus-daemon >/dev/null") != 0) {
		print_message("skipped: no dbus-daemon here\n");
		skip();
	}
	live_run("mkdir -p /run/systemd/system /run/dbus && dbus-daemon --system --fork "
		 "--nopidfile --nosyslog --print-pid >/run/bus.pid");
	pid = child();
	/* at once: the limit is for those who do not answer */
	start = sys_now_monotonic();
	assert_true(sys_scope(*state, pid, "envagent-test.scope", 100000000) < 0);
	assert_true(sys_now_monotonic() - start < 50000000);
	/* one that does not answer at all */
	live_run("kill -STOP $(cat /run/bus.pid)");
	start = sys_now_monotonic();
	assert_int_equal(sys_scope(*state, pid, "envagent-test.scope", 500000), -ETIMEDOUT);
	assert_true(sys_now_monotonic() - start < LIMIT + 10000000);
	end(pid);
	live_run("kill -9 $(cat /run/bus.pid); rm -r /run/dbus; rmdir /run/systemd/system");
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_without_systemd_there_is_nothing_to_leave),
		LIVE_TEST(test_below_another_root_nothing_is_moved),
		LIVE_TEST(test_a_systemd_that_cannot_be_reached_is_told),
		LIVE_TEST(test_a_bus_without_systemd_is_told_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
