/* SPDX-License-Identifier: MIT */
/* test-shell.c -- commands in backticks: refused, or run by the caller */
#include <sys/wait.h>

#include "tests/unit/erb/render.h"

/* As Ruby runs it; a command that does not even start is an error. */
static int run_sh(void *userdata, const char *command, struct buf *out, char why[ERB_WHY_MAX])
{
	unsigned *calls = userdata;
	_cleanup_buf_ struct buf script = BUF_INIT;
	char chunk[512];
	FILE *f;
	size_t n;

	++*calls;
	if (strcmp(command, "no-such-program") == 0) {
		snprintf(why, ERB_WHY_MAX, "there is no program '%s'", command);
		return -ENOENT;
	}
	f = popen(command, "re");
	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, chunk, n);
	pclose(f);
	return out->error;
}

static int run(const char *text, struct erb_result *ret, struct erb_error *ret_error)
{
	unsigned calls = 0;
	const struct erb_options options = { .shell = run_sh, .userdata = &calls };

	return render_limited(text, strlen(text), &options, ret, ret_error);
}

static void prints(const char *text, const char *expected)
{
	struct erb_result result = {};
	struct erb_error error = {};

	if (run(text, &result, &error) < 0)
		fail_msg("%s\n%u:%u: %s", text, error.line, error.column, error.text);
	assert_string_equal(result.out.data, expected);
	erb_result_done(&result);
}

static void stops(const char *text, const char *message)
{
	struct erb_result result = {};
	struct erb_error error = {};

	assert_int_equal(run(text, &result, &error), -EINVAL);
	assert_string_equal(error.text, message);
}

#define FOLDER "tests/golden/template/shell/"

static char *stored(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 4096);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, 4095, f) > 0);
	fclose(f);
	return text;
}

/* The services' own idiom; make check-oracle compares the same files with what Ruby prints. */
static void test_an_id_from_a_pipeline_or_the_stand_in_for_it(void **state)
{
	_cleanup_free_ char *text = stored(FOLDER "snippet.erb"),
			    *found = stored(FOLDER "answered.out"),
			    *lost = stored(FOLDER "silent.out"), *path = NULL,
			    *former = strdup(getenv("PATH") ?: ""), *here = getcwd(NULL, 0);

	path = str_printf("%s/" FOLDER "bin:/usr/bin:/bin", here);
	setenv("PATH", path, 1);
	setenv("GW", "answers", 1);
	prints(text, found);
	setenv("GW", "is-silent", 1);
	prints(text, lost);
	setenv("PATH", former, 1);
}

static void test_a_command_is_a_string_with_all_that_a_string_may_have(void **state)
{
	prints("<%= `echo #{port} \\x41 \\`echo b\\``%>", "8080 A b\n");
	prints("<%= `false` + 'x' %>", "x");
	prints("<%= words.map { |w| `printf %s #{w}` }.join ',' %>", "b,a");
	prints("<%= `printf \\\\\\\\377`.inspect %>", "\"\\xFF\"");
	prints("<%= 'a'.include? `printf a` %>", "true");
}

static void test_a_command_that_is_not_reached_is_not_run(void **state)
{
	unsigned calls = 0;
	const struct erb_options options = { .shell = run_sh, .userdata = &calls };
	struct erb_result result = {};
	struct erb_error error;
	const char *text = "<% if off %><%= `echo x` %><% end %><%= on || `echo y` %>";

	assert_int_equal(render_limited(text, strlen(text), &options, &result, &error), 0);
	assert_int_equal(calls, 0);
	erb_result_done(&result);
}

static void test_what_cannot_run_says_why(void **state)
{
	stops("<%= `no-such-program` %>",
	      "the command failed: there is no program 'no-such-program'");
	stops("<%= `` %>", "a command is neither empty nor has a NUL in it");
	stops("<%= `a\\0` %>", "a command is neither empty nor has a NUL in it");
	stops("<%= `echo %>", "this command is not closed, expected '`'");
}

static void test_a_secret_does_not_get_into_a_command(void **state)
{
	stops("<%= `echo #{secret_key}` %>",
	      "a secret may not get into a command: every user of the host can read the arguments "
	      "of a running program");
	stops("<% if secret_on %><% `true` %><% end %>",
	      "a secret may not get into a command: every user of the host can read the arguments "
	      "of a running program");
}

static void test_without_leave_a_command_is_refused_with_advice(void **state)
{
	fails("<% id = `curl http://gw/skytap`.strip %>",
	      "1:9: '`' is not part of the language: a template runs no commands; let a [Fact] "
	      "with Command= bring the value, or allow it for this template with AllowShell=yes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_id_from_a_pipeline_or_the_stand_in_for_it),
		cmocka_unit_test(test_a_command_is_a_string_with_all_that_a_string_may_have),
		cmocka_unit_test(test_a_command_that_is_not_reached_is_not_run),
		cmocka_unit_test(test_what_cannot_run_says_why),
		cmocka_unit_test(test_a_secret_does_not_get_into_a_command),
		cmocka_unit_test(test_without_leave_a_command_is_refused_with_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
