/* SPDX-License-Identifier: MIT */
/* test-main.c -- the program envagent-reconcile itself: its options, descriptors and exit codes */
#include "fixture.h"

#include <sys/wait.h>

#include "agent/base/protocol.h"

static char
	program[4096]; /* build/envagent-reconcile, found beside build/unit/reconcile/test-main */

/* Runs it with descriptor 3 as FD_EVENTS, -1 for none; returns the exit code. */
static int run(int fd_events, const char *const *argv)
{
	const char *all[16] = { program };
	pid_t pid;
	int status;

	for (size_t i = 0; argv[i]; i++)
		all[i + 1] = argv[i];
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		if (fd_events >= 0)
			dup2(fd_events, PROTOCOL_FD_EVENTS);
		else
			close(PROTOCOL_FD_EVENTS);
		close(PROTOCOL_FD_DOCUMENT);
		close(PROTOCOL_FD_FACTS);
		execv(program, (char *const *)all);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RUN(fd, ...) run(fd, (const char *const[]){ __VA_ARGS__, NULL })

static int setup(void **state)
{
	if (access(program, X_OK) == 0)
		return fixture_setup(state);
	*state = NULL;
	return 0;
}

static int teardown(void **state)
{
	return *state ? fixture_teardown(state) : 0;
}

static void skip_unless_built(void **state)
{
	if (*state)
		return;
	print_message("skipped: %s is not built\n", program);
	skip();
}

static void test_another_protocol_is_seventy_whatever_else_is_said(void **state)
{
	struct fixture *f = *state;

	skip_unless_built(state);
	assert_int_equal(RUN(-1, "--protocol", "2"), PROTOCOL_MISMATCH);
	assert_int_equal(RUN(-1, "--protocol", "2", "--new-option", "--root", f->dir),
			 PROTOCOL_MISMATCH);
	assert_int_equal(RUN(-1, "--plan"), PROTOCOL_MISMATCH);
}

static void test_an_unknown_option_is_refused(void **state)
{
	struct fixture *f = *state;

	skip_unless_built(state);
	assert_int_equal(RUN(-1, "--protocol", "1", "--root", f->dir, "--nonsense"),
			 PROTOCOL_FAILED);
	assert_int_equal(RUN(-1, "--protocol", "1", "--root", f->dir, "word"), PROTOCOL_FAILED);
}

static void test_without_a_descriptor_for_events_nothing_is_done(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	skip_unless_built(state);
	before = fixture_stamp(f);
	assert_int_equal(RUN(-1, "--protocol", "1", "--root", f->dir), PROTOCOL_FAILED);
	after = fixture_stamp(f);
	assert_string_equal(before, after);
}

static void test_without_a_document_a_host_is_on_its_way(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t len;
	int fd;

	skip_unless_built(state);
	path = str_printf("%s/events", f->dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(RUN(fd, "--protocol", "1", "--root", f->dir, "--why", "nobody answers"),
			 PROTOCOL_DEGRADED);
	close(fd);
	assert_int_equal(sys_read(f->sys, "/events", &text, &len), 0);
	assert_non_null(strstr(text, "\"module\":\"metadata\",\"kind\":\"state\","
				     "\"state\":\"converging\",\"reason\":\"nobody answers\""));
	assert_non_null(strstr(text, "\"kind\":\"done\",\"state\":\"degraded\""));
}

#define MAIN_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		MAIN_TEST(test_another_protocol_is_seventy_whatever_else_is_said),
		MAIN_TEST(test_an_unknown_option_is_refused),
		MAIN_TEST(test_without_a_descriptor_for_events_nothing_is_done),
		MAIN_TEST(test_without_a_document_a_host_is_on_its_way),
	};
	const char *slash = strrchr(argv[0], '/');

	snprintf(program, sizeof(program), "%.*s/../../envagent-reconcile",
		 slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
