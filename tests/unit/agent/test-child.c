/* SPDX-License-Identifier: MIT */
/* test-child.c -- one child: started, read, reaped, killed when late */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/child.h"

struct fixture {
	sd_event *event;
	struct child *child;
	char lines[16][128];
	size_t n_lines;
	bool ended;
	struct child_result result;
	char text[512];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, NULL);
	*state = f;
	return sd_event_new(&f->event);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	child_free(f->child);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static int on_line(void *userdata, const char *line, size_t len)
{
	struct fixture *f = userdata;

	if (len >= sizeof(f->lines[0]) || f->n_lines == 16 || *line == '!')
		return -1;
	memcpy(f->lines[f->n_lines], line, len);
	f->lines[f->n_lines++][len] = '\0';
	return 0;
}

static void on_done(void *userdata, const struct child_result *result)
{
	struct fixture *f = userdata;

	f->child = NULL;
	f->ended = true;
	f->result = *result;
	memcpy(f->text, result->text, result->len < 500 ? result->len : 500);
	sd_event_exit(f->event, 0);
}

static struct child_opts opts_of(struct fixture *f, const char *script)
{
	static const char *argv[4] = { "sh", "-c" };

	argv[2] = script;
	return (struct child_opts){
		.path = "/bin/sh",
		.argv = (char *const *)argv,
		.document = -1,
		.extra = -1,
		.limit = 20000000,
		.line = on_line,
		.done = on_done,
		.userdata = f,
	};
}

static void run_opts(struct fixture *f, const struct child_opts *opts)
{
	assert_int_equal(child_start(f->event, opts, &f->child), 0);
	assert_true(sd_event_loop(f->event) >= 0);
	assert_true(f->ended);
}

static void run(struct fixture *f, const char *script)
{
	struct child_opts opts = opts_of(f, script);

	run_opts(f, &opts);
}

static void test_lines_come_one_by_one_and_the_status_last(void **state)
{
	struct fixture *f = *state;

	run(f, "printf 'a\nb' >&3; sleep 0.05; printf 'c\n\nd\n' >&3; exit 3");
	assert_int_equal(f->n_lines, 4);
	assert_string_equal(f->lines[1], "bc");
	assert_string_equal(f->lines[3], "d");
	assert_int_equal(f->result.status, 3);
	assert_false(f->result.bad_line);
}

static void test_without_a_handler_the_text_is_read_at_the_end(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = opts_of(f, "echo one >&3; echo two >&3");

	opts.line = NULL;
	run_opts(f, &opts);
	assert_string_equal(f->text, "one\ntwo\n");
	assert_int_equal(f->result.len, 8);
}

static void test_a_bad_line_is_the_end_of_the_child(void **state)
{
	struct fixture *f = *state;

	run(f, "echo good >&3; echo '!bad' >&3; sleep 60; echo late >&3");
	assert_true(f->result.bad_line);
	assert_int_equal(f->result.signal, SIGKILL);
	assert_int_equal(f->n_lines, 1);
}

static void test_a_line_without_end_is_bad(void **state)
{
	struct fixture *f = *state;

	run(f, "echo good >&3; printf half >&3");
	assert_true(f->result.bad_line);
	assert_int_equal(f->n_lines, 1);
}

static void test_an_endless_line_is_bad(void **state)
{
	struct fixture *f = *state;

	run(f, "exec cat /dev/zero >&3");
	assert_true(f->result.bad_line);
	assert_int_equal(f->n_lines, 0);
}

/* Slower than the child talks. */
static int on_any_line(void *userdata, const char *line, size_t len)
{
	usleep(1000);
	return 0;
}

static void test_a_child_that_never_stops_talking_is_late_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = opts_of(f, "exec yes \"$(printf %01000d 0)\" >&3");

	opts.line = on_any_line;
	opts.limit = 500000;
	alarm(60); /* what hangs here is the loop itself */
	run_opts(f, &opts);
	alarm(0);
	assert_true(f->result.timed_out);
	assert_int_equal(f->result.signal, SIGKILL);
}

/* Its new parent may not have reaped it yet, but a zombie has no command line. */
static bool is_gone(const char *pid)
{
	char path[64], c;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", atoi(pid));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = (int)read(fd, &c, 1);
	close(fd);
	return n == 0;
}

static void test_a_hanging_child_is_killed_with_what_it_started(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = opts_of(f, "sleep 300 & echo $! >&3; wait");

	opts.limit = 300000;
	run_opts(f, &opts);
	assert_true(f->result.timed_out);
	assert_int_equal(f->result.signal, SIGKILL);
	assert_int_equal(f->n_lines, 1);
	for (int i = 0; i < 250 && !is_gone(f->lines[0]); i++)
		usleep(20000);
	assert_true(is_gone(f->lines[0]));
}

static void test_a_crash_is_told_by_its_signal(void **state)
{
	struct fixture *f = *state;

	run(f, "kill -SEGV $$");
	assert_int_equal(f->result.signal, SIGSEGV);
	assert_int_equal(f->result.status, -1);
	assert_false(f->result.timed_out);
}

static void test_a_missing_program_is_told_at_once(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = opts_of(f, "");

	opts.path = "/nonexistent/program";
	assert_int_equal(child_start(f->event, &opts, &f->child), -ENOENT);
	assert_null(f->child);
	opts.path = "/etc/passwd";
	assert_int_equal(child_start(f->event, &opts, &f->child), -EACCES);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_it_holds_no_descriptor_beyond_five(void **state)
{
	struct fixture *f = *state;
	int open_one = open("/dev/null", O_RDONLY); /* on purpose without O_CLOEXEC */

	/* The shell's own search for names is over when it looks whether one is still there. */
	run(f, "for d in /proc/$$/fd/*; do [ -e $d ] && [ ${d##*/} -gt 5 ] && echo $d >&3; done; "
	       "readlink /proc/$$/fd/4 >&3; readlink /proc/$$/fd/5 >&3");
	close(open_one);
	assert_int_equal(f->n_lines, 2);
	assert_string_equal(f->lines[0], "/dev/null");
	assert_string_equal(f->lines[1], "/dev/null");
}

static void test_it_leads_a_session_with_clean_signals(void **state)
{
	struct fixture *f = *state;

	signal(SIGPIPE, SIG_IGN);
	run(f, "set -- $(cat /proc/$$/stat); echo $(($1 - $6)) >&3; "
	       "grep -E 'Sig(Blk|Ign)' /proc/$$/status | tr -d '\t' >&3");
	signal(SIGPIPE, SIG_DFL);
	assert_string_equal(f->lines[0], "0");
	assert_string_equal(f->lines[1], "SigBlk:0000000000000000");
	/* 32 and 33 are glibc's own: a posix_spawn(3) above us may have left them ignored. */
	assert_int_equal(strtoull(f->lines[2] + strlen("SigIgn:"), NULL, 16) & ~(3ULL << 31), 0);
}

static void test_dropping_root_leaves_nothing_of_it(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = opts_of(f, "id -u >&3; id -G >&3; env | grep -c ROOT_SECRET >&3");
	const struct passwd *pw = getpwnam("nobody");

	if (geteuid() != 0 || !pw) {
		print_message("skipped: needs root and a user nobody\n");
		skip();
	}
	setenv("ROOT_SECRET", "1", 1);
	opts.drop = true;
	opts.uid = pw->pw_uid;
	opts.gid = pw->pw_gid;
	opts.bare = true;
	run_opts(f, &opts);
	unsetenv("ROOT_SECRET");
	assert_int_equal(atoi(f->lines[0]), pw->pw_uid);
	assert_int_equal(atoi(f->lines[1]), pw->pw_gid);
	assert_null(strchr(f->lines[1], ' '));
	assert_string_equal(f->lines[2], "0");
}

static void test_freeing_a_running_child_ends_it_without_a_word(void **state)
{
	struct fixture *f = *state;
	struct child_opts opts = opts_of(f, "sleep 300");
	pid_t pid;

	assert_int_equal(child_start(f->event, &opts, &f->child), 0);
	pid = child_pid(f->child);
	child_free(f->child);
	f->child = NULL;
	assert_int_equal(kill(pid, 0), -1);
	assert_false(f->ended);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_lines_come_one_by_one_and_the_status_last),
		T(test_without_a_handler_the_text_is_read_at_the_end),
		T(test_a_bad_line_is_the_end_of_the_child),
		T(test_a_line_without_end_is_bad),
		T(test_an_endless_line_is_bad),
		T(test_a_child_that_never_stops_talking_is_late_all_the_same),
		T(test_a_hanging_child_is_killed_with_what_it_started),
		T(test_a_crash_is_told_by_its_signal),
		T(test_a_missing_program_is_told_at_once),
		T(test_it_holds_no_descriptor_beyond_five),
		T(test_it_leads_a_session_with_clean_signals),
		T(test_dropping_root_leaves_nothing_of_it),
		T(test_freeing_a_running_child_ends_it_without_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
