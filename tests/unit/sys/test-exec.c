/* SPDX-License-Identifier: MIT */
/* test-exec.c -- running one program to its end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/sys/sys.h"

static int setup(void **state)
{
	return sys_open("/", (struct sys **)state);
}

static int teardown(void **state)
{
	sys_free(*state);
	return 0;
}

static int shell(struct sys *sys, char *command, struct sys_run_opts opts, struct buf *out)
{
	char *argv[] = { "sh", "-c", command, NULL };

	opts.timeout = opts.timeout ?: 30000000;
	opts.output_max = opts.output_max ?: 65536;
	return sys_run(sys, argv, &opts, out);
}
#define SHELL(sys, command, out, ...) shell(sys, command, (struct sys_run_opts){ __VA_ARGS__ }, out)

static void test_the_status_is_the_answer(void **state)
{
	assert_int_equal(SHELL(*state, "exit 0", NULL), 0);
	assert_int_equal(SHELL(*state, "exit 255", NULL), 255);
	assert_int_equal(SHELL(*state, "kill -TERM $$", NULL), 128 + 15);
}

static void test_a_program_that_is_not_there(void **state)
{
	char *argv[] = { "/nonexistent/program", NULL };
	char *folder[] = { "/etc", NULL };
	struct sys_run_opts opts = { .timeout = 1000000 };

	assert_int_equal(sys_run(*state, argv, &opts, NULL), -ENOENT);
	assert_int_equal(sys_run(*state, folder, &opts, NULL), -EACCES);
	opts.user = "no-such-user";
	assert_int_equal(sys_run(*state, argv, &opts, NULL), -ESRCH);
}

static void test_both_outputs_are_kept_up_to_the_limit(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT, cut = BUF_INIT;

	assert_int_equal(SHELL(*state, "echo one; echo two >&2; printf three", &out), 0);
	assert_string_equal(out.data, "one\ntwo\nthree");
	assert_int_equal(SHELL(*state, "yes | head -c 1000000; exit 7", &cut, .output_max = 5), 7);
	assert_string_equal(cut.data, "y\ny\ny");
}

static void test_input_is_given_or_empty(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT, none = BUF_INIT;

	assert_int_equal(SHELL(*state, "tr a-z A-Z", &out, .stdin_text = "text\n"), 0);
	assert_string_equal(out.data, "TEXT\n");
	assert_int_equal(SHELL(*state, "cat; echo end", &none), 0);
	assert_string_equal(none.data, "end\n");
}

static void test_when_time_is_up_the_whole_group_goes(void **state)
{
	uint64_t start = sys_now_monotonic();
	_cleanup_buf_ struct buf out = BUF_INIT;
	pid_t inner;

	assert_int_equal(SHELL(*state, "sleep 300 & echo $!; wait", &out, .timeout = 500000),
			 -ETIMEDOUT);
	assert_true(sys_now_monotonic() - start < 20000000);
	inner = atoi(out.data);
	assert_true(inner > 1);
	for (int i = 0; i < 500; i++) {
		_cleanup_free_ char *path = str_printf("/proc/%d/stat", inner);
		_cleanup_fclose_ FILE *f = fopen(path, "re");
		char status = 'Z';

		if (f)
			assert_int_equal(fscanf(f, "%*d %*s %c", &status), 1);
		if (status == 'Z')
			return;
		usleep(10000);
	}
	fail_msg("process %d outlived its group", inner);
}

static void test_a_program_that_never_stops_writing_is_stopped(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(SHELL(*state, "exec yes", &out, .timeout = 300000, .output_max = 10),
			 -ETIMEDOUT);
	assert_int_equal(out.len, 10);
}

static void test_what_runs_on_in_the_background_holds_nobody(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	uint64_t start = sys_now_monotonic();

	assert_int_equal(SHELL(*state, "sleep 5 & echo done", &out), 0);
	assert_true(sys_now_monotonic() - start < 4000000);
	assert_string_equal(out.data, "done\n");
}

static void test_no_descriptor_of_ours_gets_through(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int fd = open("/dev/null", O_RDONLY); /* as one that we inherited: no O_CLOEXEC */

	assert_true(fd >= 3);
	assert_int_equal(SHELL(*state, "ls /proc/self/fd | tr '\\n' ' '", &out), 0);
	close(fd);
	assert_string_equal(out.data, "0 1 2 3 "); /* 3 is that of ls */
}

static void test_it_leads_a_session_of_its_own(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(
		SHELL(*state, "set -- $(cat /proc/$$/stat); test $6 = $$ && echo leads", &out), 0);
	assert_string_equal(out.data, "leads\n");
}

static void test_it_runs_as_the_user(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (geteuid() != 0) {
		print_message("skipped: needs root to become somebody else\n");
		skip();
	}
	assert_int_equal(SHELL(*state, "id -un; id -ru; echo $USER; grep CapEff /proc/self/status",
			       &out, .user = "nobody"),
			 0);
	assert_string_equal(out.data, "nobody\n65534\nnobody\nCapEff:\t0000000000000000\n");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_status_is_the_answer),
		TEST(test_a_program_that_is_not_there),
		TEST(test_both_outputs_are_kept_up_to_the_limit),
		TEST(test_input_is_given_or_empty),
		TEST(test_when_time_is_up_the_whole_group_goes),
		TEST(test_a_program_that_never_stops_writing_is_stopped),
		TEST(test_what_runs_on_in_the_background_holds_nobody),
		TEST(test_no_descriptor_of_ours_gets_through),
		TEST(test_it_leads_a_session_of_its_own),
		TEST(test_it_runs_as_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
