/* SPDX-License-Identifier: MIT */
/* test-log.c -- one line for a person */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"

static char seen[8192];
static int seen_level;

static void keep(int level, const char *text)
{
	seen_level = level;
	snprintf(seen, sizeof(seen), "%s", text);
}

static int setup(void **state)
{
	seen[0] = '\0';
	log_set_sink(keep);
	log_set_level(LOG_INFO);
	return 0;
}

static int teardown(void **state)
{
	log_set_sink(NULL);
	return 0;
}

static void test_the_code_goes_up_and_errno_stays(void **state)
{
	errno = EAGAIN;
	assert_int_equal(log_error_errno(-ENOENT, "Cannot open %s: %m", "it"), -ENOENT);
	assert_string_equal(seen, "Cannot open it: No such file or directory");
	assert_int_equal(seen_level, LOG_ERR);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(log_warning_errno(ENOSPC, "%m"), -ENOSPC);
	assert_string_equal(seen, "No space left on device");
}

static void test_lines_above_the_level_are_dropped(void **state)
{
	log_debug("fine detail");
	assert_string_equal(seen, "");
	log_set_level(LOG_DEBUG);
	log_debug("fine detail");
	assert_string_equal(seen, "fine detail");
	log_set_level(LOG_ERR);
	assert_int_equal(log_warning_errno(-EIO, "unseen"), -EIO);
	assert_string_equal(seen, "fine detail");
}

static void test_a_foreign_string_cannot_forge_a_line(void **state)
{
	log_info("name '%s'", "x\n<0>fire\x1b[0m\xff");
	assert_string_equal(seen, "name 'x?<0>fire?[0m?'");
	log_info("%s", "K\xc3\xb6ln");
	assert_string_equal(seen, "K\xc3\xb6ln");
}

/* What log_notice() writes to a pipe that stands for stderr; JOURNAL: that is the journal's. */
static const char *written(bool journal)
{
	static char text[256];
	int pipefd[2], saved = dup(STDERR_FILENO);
	char stream[64];
	struct stat st;
	ssize_t n;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	assert_int_equal(fstat(pipefd[1], &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino + !journal);
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(pipefd[1], STDERR_FILENO);
	log_set_sink(NULL);
	log_set_name("program");
	log_notice("it is %d", 5);
	dup2(saved, STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
	n = read(pipefd[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(saved);
	close(pipefd[0]);
	close(pipefd[1]);
	return text;
}

static void test_where_the_journal_reads_the_level_stands_first(void **state)
{
	assert_string_equal(written(true), "<5>it is 5\n");
}

static void test_anywhere_else_the_line_is_plain(void **state)
{
	assert_string_equal(written(false), "program: it is 5\n");
}

static void test_who_starts_us_may_ask_for_the_level(void **state)
{
	setenv(LOG_PREFIX_VARIABLE, "yes", 1);
	assert_string_equal(written(false), "<5>it is 5\n");
	unsetenv(LOG_PREFIX_VARIABLE);
}

static void test_a_long_line_is_cut(void **state)
{
	char *word = malloc(10001);

	memset(word, 'x', 10000);
	word[10000] = '\0';
	log_info("%s", word);
	assert_true(strlen(seen) > 1000 && strlen(seen) < 4096);
	free(word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_code_goes_up_and_errno_stays, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_lines_above_the_level_are_dropped, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_foreign_string_cannot_forge_a_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_where_the_journal_reads_the_level_stands_first,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_anywhere_else_the_line_is_plain, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_who_starts_us_may_ask_for_the_level, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_long_line_is_cut, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
