/* SPDX-License-Identifier: MIT */
/* test-options.c -- the whole program: its options, and --check */
#include "tests/unit/envmux/main.h"

static int run(char *const argv[], char *text, size_t size)
{
	pid_t pid = start(argv, text, size);
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_wrong_options_are_told(void **state)
{
	struct fixture *f = *state;
	char text[4096];

	if (access(f->program, X_OK) < 0) {
		print_message("skipped: no %s\n", f->program);
		skip();
	}
	assert_int_equal(run((char *[]){ f->program, NULL }, text, sizeof(text)), 2);
	assert_non_null(strstr(text, "--help"));
	assert_int_equal(run((char *[]){ f->program, (char *)"--dev", (char *)"--api",
					 (char *)"127.0.0.1:1", NULL },
			     text, sizeof(text)),
			 2);
	assert_int_equal(run((char *[]){ f->program, (char *)"--help", NULL }, text, sizeof(text)),
			 0);
}

static void test_check_reads_the_file_and_no_more(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = str_printf("%s/envmux.conf", f->dir);
	char *const argv[] = { f->program, (char *)"--check", (char *)"--config", path, NULL };
	char text[4096];
	FILE *file;

	if (access(f->program, X_OK) < 0) {
		print_message("skipped: no %s\n", f->program);
		skip();
	}
	assert_int_equal(run(argv, text, sizeof(text)), 1);
	assert_non_null(strstr(text, path));
	file = fopen(path, "we");
	fputs("[Front]\nBaseDomain=t.internal\n", file);
	fclose(file);
	assert_int_equal(run(argv, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong_options_are_told),
		TEST(test_check_reads_the_file_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
