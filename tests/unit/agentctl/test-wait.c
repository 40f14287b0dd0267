/* SPDX-License-Identifier: MIT */
/* test-wait.c -- the verb wait */
#include "tests/unit/agentctl/fixture.h"

static void test_a_ready_host_is_not_waited_for(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", "");
	assert_int_equal(ctl(f, "wait", "--for", "host", NULL), CTL_READY);
	assert_string_equal(f->out, "");
}

/* Puts the status as it is now aside, and a child puts it back after a while. */
static void ready_soon(struct fixture *f, bool remove_directory)
{
	_cleanup_free_ char *now = strdup(in_root(f, STATUS_PATH));
	_cleanup_free_ char *later = strdup(in_root(f, "/run/later"));
	_cleanup_free_ char *dir = strdup(in_root(f, RUN_DIR));

	assert_int_equal(rename(now, later), 0);
	if (remove_directory)
		assert_int_equal(rmdir(dir), 0);
	f->server = fork();
	if (f->server == 0) {
		usleep(200000);
		mkdir(dir, 0755);
		rename(later, now);
		_exit(0);
	}
}

static void test_it_returns_when_the_host_becomes_ready(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", "");
	ready_soon(f, false);
	write_status(f, getpid(), "converging", "");
	assert_int_equal(ctl(f, "wait", NULL), CTL_READY);
}

static void test_it_waits_for_a_daemon_that_is_yet_to_start(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", "");
	ready_soon(f, true);
	assert_int_equal(ctl(f, "wait", NULL), CTL_READY);
}

static void test_when_the_time_is_up_it_says_what_it_waited_for(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "converging",
		     ",\"modules\":[{\"name\":\"dns\",\"state\":\"converging\","
		     "\"reason\":\"no answer from 10.60.0.10\"},"
		     "{\"name\":\"host\",\"state\":\"ready\",\"reason\":\"web-1\"}]");
	assert_int_equal(ctl(f, "wait", "--timeout", "50ms", NULL), CTL_TIMEOUT);
	assert_has(f->err, "waited for this host, which is converging");
	assert_has(f->err, "dns is converging: no answer from 10.60.0.10");
	assert_lacks(f->err, "host is ready");
}

static void test_when_the_time_is_up_without_a_daemon_it_says_so(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "wait", "--timeout", "50ms", NULL), CTL_TIMEOUT);
	assert_has(f->err, "the daemon, which is not running");
	assert_has(f->err, "next: systemctl start envagent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_a_ready_host_is_not_waited_for),
		fixture_test(test_it_returns_when_the_host_becomes_ready),
		fixture_test(test_it_waits_for_a_daemon_that_is_yet_to_start),
		fixture_test(test_when_the_time_is_up_it_says_what_it_waited_for),
		fixture_test(test_when_the_time_is_up_without_a_daemon_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
