/* SPDX-License-Identifier: MIT */
/* test-network-guard.c -- who puts the network back, and that it is one alone */
#include "tests/unit/modules/gateway.h"

#include <poll.h>

#include "modules/network/guard-file.h"
#include "modules/network/note.h"

static void test_what_cannot_all_be_put_back_is_told(void **state)
{
	static const char text[] =
		"{\"version\":1,\"links\":[{\"index\":9999,\"mtu\":1500,\"net\":\"\"}],"
		"\"clients\":[],\"files\":[]}";
	_cleanup_json_ struct json_object *cp = NULL;
	struct scratch *s = *state;
	struct guard_found found;
	struct guard *g;

	live_skip_unless_there();
	assert_int_equal(json_parse(text, strlen(text), 8, &cp, NULL), 0);
	assert_int_equal(guard_start(s->sys, cp, "x", 20000000, &g), 0);
	assert_true(guard_back(g, "the test says so") < 0);
	guard_free(g);
	assert_int_equal(guard_find(s->sys, &found), 0);
	assert_int_equal(found.state, GUARD_NONE);
}

/* A checkpoint of one file, /run/put. */
static struct json_object *checkpoint(void)
{
	static const char text[] =
		"{\"version\":1,\"links\":[],\"clients\":[],\"files\":[{\"path\":\"/run/put\","
		"\"mode\":420,\"data\":\"6f6e65\"}]}";
	struct json_object *cp;

	assert_int_equal(json_parse(text, strlen(text), 8, &cp, NULL), 0);
	live_run("rm -f /run/put");
	return cp;
}

static void test_a_guard_that_is_killed_leaves_it_to_the_pass(void **state)
{
	_cleanup_json_ struct json_object *cp = NULL;
	struct scratch *s = *state;
	struct guard_found found;
	struct guard *g;
	struct note note;

	live_skip_unless_there();
	cp = checkpoint();
	assert_int_equal(guard_start(s->sys, cp, "x", 20000000, &g), 0);
	assert_int_equal(guard_find(s->sys, &found), 0);
	kill(found.pid, SIGKILL);
	assert_int_equal(guard_back(g, "the test says so"), 0);
	guard_free(g);
	assert_true(has("cat /run/put", "one"));
	assert_int_equal(guard_find(s->sys, &found), 0);
	assert_int_equal(found.state, GUARD_NONE);
	assert_int_equal(note_read(s->sys, &note), 1);
	assert_string_equal(note.reason, "the test says so");
}

/* One that thought its time was up would kill the pass, which is this test. */
static void test_a_guard_of_the_longest_time_waits(void **state)
{
	_cleanup_json_ struct json_object *cp = NULL;
	struct scratch *s = *state;
	struct guard *g;

	live_skip_unless_there();
	cp = checkpoint();
	assert_int_equal(guard_start(s->sys, cp, "x", UINT64_MAX, &g), 0);
	poll(NULL, 0, 300);
	assert_int_equal(guard_commit(g), 0);
	guard_free(g);
	live_run("test ! -e /run/put");
}

/* A guard in the middle of it: it has the file, and was slow so far. */
static pid_t slow_guard(struct scratch *s)
{
	_cleanup_close_ int in = -1, out = -1;
	int p[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(p), 0);
	in = p[0];
	out = p[1];
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (guard_file_hold("77", "open") < 0 ||
		    guard_file_rename(s->sys, "77", "open", "back") < 0 || write(out, "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(in, &c, 1), 1);
	return pid;
}

static void test_nobody_puts_back_beside_one_who_does(void **state)
{
	_cleanup_json_ struct json_object *cp = NULL;
	struct scratch *s = *state;
	struct guard_found found;
	pid_t pid;

	live_skip_unless_there();
	cp = checkpoint();
	assert_int_equal(guard_file_write(s->sys, "77", cp, "x"), 0);
	pid = slow_guard(s);
	assert_int_equal(guard_find(s->sys, &found), 0);
	assert_int_equal(found.state, GUARD_BUSY);
	assert_int_equal(guard_file_back(s->sys, "77", cp, "late", false, true), -ECANCELED);
	assert_int_equal(guard_recover(s->sys, &found), 0);
	live_run("test ! -e /run/put");

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(guard_find(s->sys, &found), 0);
	assert_int_equal(found.state, GUARD_ORPHAN);
	assert_int_equal(guard_recover(s->sys, &found), 0);
	assert_true(has("cat /run/put", "one"));
	assert_int_equal(guard_file_back(s->sys, "77", cp, "late", false, true), -ECANCELED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_cannot_all_be_put_back_is_told),
		T(test_a_guard_that_is_killed_leaves_it_to_the_pass),
		T(test_a_guard_of_the_longest_time_waits),
		T(test_nobody_puts_back_beside_one_who_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
