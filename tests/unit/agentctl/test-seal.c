/* SPDX-License-Identifier: MIT */
/* test-seal.c -- the verb seal: what goes, what stays, and when nothing goes */
#include "tests/unit/agentctl/fixture.h"

#define LAST(result) "{\"parameters\":{\"result\":\"" result "\",\"changes\":2}}\0"
#define SERVE(f, script) serve(f, script, sizeof(script) - 1, false)

/* A host whose agent remembers a few things. */
static int setup(void **state)
{
	static const char *const dirs[] = {
		"/etc", "/var", "/var/lib", STATE_DIR, STATE_DIR "/former", LEADER_STATE_DIR
	};
	struct fixture *f;
	char path[256];

	fixture_setup(state);
	f = *state;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		assert_true(mkdir(in_root(f, dirs[i]), 0755) == 0 || errno == EEXIST);
	write_text(f, STATE_DIR "/manifest", "{}");
	write_text(f, STATE_DIR "/resting", "1 a b 1 2\n");
	write_text(f, STATE_DIR "/former/abc", "x");
	write_text(f, KEPT_LEADER_PATH, "{}");
	write_text(f, "/etc/mine", "mine");
	snprintf(path, sizeof(path), "%s/etc", f->root);
	assert_int_equal(symlink(path, in_root(f, LEADER_STATE_DIR "/link")), 0);
	return 0;
}

static bool there(struct fixture *f, const char *path)
{
	struct stat st;

	return lstat(in_root(f, path), &st) == 0;
}

static void assert_empty(struct fixture *f, const char *path)
{
	assert_true(there(f, path));
	assert_int_equal(rmdir(in_root(f, path)), 0);
}

static void test_all_that_the_agent_remembers_goes(void **state)
{
	struct fixture *f = *state;

	SERVE(f, LAST("settled"));
	assert_int_equal(ctl(f, "seal", NULL), CTL_READY);
	assert_has(f->out, "it begins anew at the next boot\n");
	assert_empty(f, STATE_DIR);
	assert_empty(f, LEADER_STATE_DIR);
	assert_true(there(f, "/etc/mine"));
}

static void test_what_somebody_changed_since_is_told_and_holds_nothing_up(void **state)
{
	struct fixture *f = *state;

	SERVE(f, LAST("degraded"));
	assert_int_equal(ctl(f, "seal", NULL), CTL_DEGRADED);
	assert_empty(f, STATE_DIR);
}

static void test_who_cannot_be_put_back_is_not_sealed(void **state)
{
	struct fixture *f = *state;

	SERVE(f, LAST("failed"));
	assert_int_equal(ctl(f, "seal", NULL), CTL_FAILED);
	assert_has(f->err, "so it is not sealed");
	assert_true(there(f, STATE_DIR "/manifest"));
}

static void test_an_agent_that_still_runs_keeps_what_it_has(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "degraded", "");
	SERVE(f, LAST("settled"));
	assert_int_equal(ctl(f, "seal", NULL), CTL_ERROR);
	assert_has(f->err, "the agent still runs");
	assert_true(there(f, STATE_DIR "/resting"));
}

#define seal_test(t) cmocka_unit_test_setup_teardown(t, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		seal_test(test_all_that_the_agent_remembers_goes),
		seal_test(test_what_somebody_changed_since_is_told_and_holds_nothing_up),
		seal_test(test_who_cannot_be_put_back_is_not_sealed),
		seal_test(test_an_agent_that_still_runs_keeps_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
