/* SPDX-License-Identifier: MIT */
/* test-pause.c -- the verbs pause and resume, and what status says of a pause */
#include "tests/unit/agentctl/fixture.h"

static const char paused[] = "{\"parameters\":{\"until\":1795311457000000,\"busy\":false}}";

static void test_a_pause_is_an_hour_and_has_the_name_behind_sudo(void **state)
{
	_cleanup_json_ struct json_object *call = NULL;
	struct fixture *f = *state;
	struct json_object *p;
	const char *by;
	int64_t sec;

	serve(f, paused, sizeof(paused), false);
	setenv("SUDO_USER", "alice", 1);
	assert_int_equal(ctl(f, "pause", NULL), CTL_READY);
	unsetenv("SUDO_USER");
	assert_has(f->out, "no pass starts by itself until 2026-");
	assert_has(f->out, "next: agentctl resume");
	call = served_call(f);
	assert_int_equal(json_get_obj(call, "parameters", &p), 0);
	assert_int_equal(json_get_int(p, "seconds", &sec), 0);
	assert_int_equal(json_get_str(p, "by", &by), 0);
	assert_int_equal(sec, 3600);
	assert_string_equal(by, "alice");
}

static void test_a_length_is_taken_or_named_as_wrong(void **state)
{
	static const char *const bad[] = { "0", "soon", "25h", "500ms", "-1" };
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *call = NULL;
	struct json_object *p;
	int64_t sec;

	for (size_t i = 0; i + 1 < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(ctl(f, "pause", bad[i], NULL), CTL_USAGE);
		assert_has(f->err, "from 1s to 24h");
		assert_has(f->err, bad[i]);
	}
	serve(f, paused, sizeof(paused), false);
	assert_int_equal(ctl(f, "pause", "90min", NULL), CTL_READY);
	call = served_call(f);
	json_get_obj(call, "parameters", &p);
	assert_int_equal(json_get_int(p, "seconds", &sec), 0);
	assert_int_equal(sec, 5400);
}

static void test_resume_says_whether_there_was_a_pause(void **state)
{
	static const char none[] = "{\"parameters\":{\"paused\":false}}";
	struct fixture *f = *state;

	serve(f, none, sizeof(none), false);
	assert_int_equal(ctl(f, "resume", NULL), CTL_READY);
	assert_has(f->out, "there is no pause");
}

static void test_without_a_daemon_there_is_nothing_to_pause(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "pause", NULL), CTL_NOT_RUNNING);
	assert_has(f->err, "next: systemctl start envagent");
}

static void test_the_status_says_until_when_and_by_whom(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready",
		     ",\"paused\":{\"until\":1795311457000000,\"by\":\"alice\"}");
	ctl(f, "status", NULL);
	assert_has(f->out, "paused");
	assert_has(f->out, " by alice");
	assert_has(f->out, "next: agentctl resume");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_a_pause_is_an_hour_and_has_the_name_behind_sudo),
		fixture_test(test_a_length_is_taken_or_named_as_wrong),
		fixture_test(test_resume_says_whether_there_was_a_pause),
		fixture_test(test_without_a_daemon_there_is_nothing_to_pause),
		fixture_test(test_the_status_says_until_when_and_by_whom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
