/* SPDX-License-Identifier: MIT */
/* test-once.c -- what needs no daemon runs the agent's own programs once */
#include "tests/unit/agentctl/fixture.h"

/* The built agentctl lies in a directory of its own, beside a program that prints its arguments. */
static void install(struct fixture *f)
{
	const char *build = getenv("ENVAGENT_BUILD") ?: "build";
	char built[512], copy[1024];

	snprintf(built, sizeof(built), "%s/agentctl", build);
	if (geteuid() != 0 || access(built, X_OK) < 0) {
		print_message("skip: needs root and the built agentctl\n");
		skip();
	}
	snprintf(copy, sizeof(copy), "cp %s %s/agentctl", built, f->root);
	assert_int_equal(system(copy), 0);
	write_text(f, "/envagentd", "#!/bin/sh\necho \"$*\"\nexit 3\n");
	assert_int_equal(chmod(in_root(f, "/envagentd"), 0755), 0);
}

static int run(struct fixture *f, const char *words, char line[256])
{
	_cleanup_free_ char *command =
		str_printf("%s/agentctl --root %s/x %s", f->root, f->root, words);
	FILE *pipe = popen(command, "re");
	char rest[256];

	assert_non_null(pipe);
	line[0] = '\0';
	if (fgets(line, 256, pipe))
		line[strcspn(line, "\n")] = '\0';
	while (fgets(rest, sizeof(rest), pipe))
		;
	return WEXITSTATUS(pclose(pipe));
}

static void test_the_verb_becomes_the_options_of_the_daemon(void **state)
{
	struct fixture *f = *state;
	char line[256], tail[128];

	install(f);
	snprintf(tail, sizeof(tail), " --root %s/x", f->root);
	/* A plan of a host that is degraded is a plan. */
	assert_int_equal(run(f, "plan", line), 0);
	assert_string_equal(line + strlen("--once --plan"), tail);
	assert_int_equal(run(f, "apply --module dns", line), 3);
	assert_int_equal(strncmp(line, "--once --module dns --root", 26), 0);
	assert_int_equal(run(f, "restore", line), 3);
	assert_int_equal(strncmp(line, "--once --restore --root", 23), 0);
}

static void test_config_is_checked_and_shown_by_the_programs_that_read_it(void **state)
{
	struct fixture *f = *state;
	char line[256], tail[128];

	install(f);
	write_text(f, "/envagent-reconcile", "#!/bin/sh\necho \"$*\"\nexit 0\n");
	assert_int_equal(chmod(in_root(f, "/envagent-reconcile"), 0755), 0);
	/* The exit code of the check is no state. */
	assert_int_equal(run(f, "config check", line), CTL_ERROR);
	assert_int_equal(strncmp(line, "--check --libexec-dir ", 22), 0);
	snprintf(tail, sizeof(tail), "--protocol " PROTOCOL_VERSION " --show --root %s/x", f->root);
	assert_int_equal(run(f, "config show", line), 0);
	assert_string_equal(line, tail);
	assert_int_equal(run(f, "config shew 2>&1", line), CTL_USAGE);
	assert_has(line, "check or show");
}

static void test_children_are_looked_for_where_the_program_lies(void **state)
{
	struct fixture *f = *state;
	char line[256], want[128];

	install(f);
	snprintf(want, sizeof(want), "--libexec-dir %s", f->root);
	write_text(f, "/envagent-reconcile", "#!/bin/sh\n");
	assert_int_equal(chmod(in_root(f, "/envagent-reconcile"), 0755), 0);
	run(f, "apply", line);
	assert_has(line, want);
}

static void test_no_program_to_run_is_no_daemon(void **state)
{
	struct fixture *f = *state;
	char line[256];

	install(f);
	unlink(in_root(f, "/envagentd"));
	assert_int_equal(run(f, "plan 2>&1", line), CTL_NOT_RUNNING);
	assert_has(line, "no daemon is running");
}

/* The events of a pass, as the program beside us tells them. */
static void tells(struct fixture *f, const char *events, int code)
{
	_cleanup_free_ char *script =
		str_printf("#!/bin/sh\necho \"$*\" >%s/args\ncat %s/events\nexit %d\n", f->root,
			   f->root, code);

	write_text(f, "/events", events);
	write_text(f, "/envagentd", script);
	assert_int_equal(chmod(in_root(f, "/envagentd"), 0755), 0);
}

#define CHANGE(state, reason)                                             \
	"{\"module\":\"template\",\"kind\":\"change\",\"state\":\"" state \
	"\",\"reason\":\"" reason "\"}\n"

static void test_a_diff_needs_no_daemon(void **state)
{
	struct fixture *f = *state;
	char line[256], args[256] = "";
	FILE *file;

	install(f);
	tells(f,
	      CHANGE("planned", "write /etc/a")
		      CHANGE("diff", "@@ -1 +1 @@") "no event\n" CHANGE("diff", "-old")
			      CHANGE("diff", "+new"),
	      0);
	assert_int_equal(run(f, "diff", line), 1);
	assert_string_equal(line, "--- /etc/a");
	file = fopen(in_root(f, "/args"), "re");
	assert_non_null(file);
	assert_non_null(fgets(args, sizeof(args), file));
	fclose(file);
	assert_int_equal(strncmp(args, "--once --plan --module template --json", 38), 0);
	tells(f, "", 3);
	assert_int_equal(run(f, "diff", line), 0);
	assert_string_equal(line, "");
	/* a pass that failed has not compared all */
	tells(f, CHANGE("planned", "write /etc/a") CHANGE("diff", "+new"), 5);
	assert_int_equal(run(f, "diff", line), 2);
	unlink(in_root(f, "/envagentd"));
	assert_int_equal(run(f, "diff 2>&1", line), 2);
	assert_has(line, "no daemon is running");
}

static void test_a_pass_for_programs_needs_no_daemon(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ struct json_object *all = NULL;
	_cleanup_free_ char *command = NULL;
	struct json_object *arr, *diff;
	char line[256];
	const char *text;

	install(f);
	tells(f,
	      CHANGE("planned", "write /etc/a") CHANGE(
		      "diff",
		      "+new") "{\"module\":\"dns\",\"kind\":\"state\",\"state\":\"degraded\","
			      "\"reason\":\"it is late\",\"next\":\"go home\"}\n",
	      3);
	command = str_printf("plan --json >%s/out", f->root);
	assert_int_equal(run(f, command, line), CTL_READY);
	all = json_object_from_file(in_root(f, "/out"));
	assert_non_null(all);
	assert_int_equal(json_get_str(all, "schema", &text), 0);
	assert_string_equal(text, "envagent.pass/1");
	assert_int_equal(json_get_str(all, "result", &text), 0);
	assert_string_equal(text, "degraded");
	assert_int_equal(json_get_arr(all, "changes", &arr), 0);
	assert_int_equal(json_object_array_length(arr), 1);
	assert_int_equal(json_get_arr(json_object_array_get_idx(arr, 0), "diff", &diff), 0);
	assert_int_equal(json_object_array_length(diff), 1);
	assert_int_equal(json_get_arr(all, "modules", &arr), 0);
	assert_int_equal(json_get_str(json_object_array_get_idx(arr, 0), "next", &text), 0);
	assert_string_equal(text, "go home");
	/* one that could not even begin is told in words, not as an empty pass */
	tells(f, "", 1);
	assert_int_equal(run(f, "apply --json", line), CTL_ERROR);
	assert_string_equal(line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_the_verb_becomes_the_options_of_the_daemon),
		fixture_test(test_config_is_checked_and_shown_by_the_programs_that_read_it),
		fixture_test(test_children_are_looked_for_where_the_program_lies),
		fixture_test(test_no_program_to_run_is_no_daemon),
		fixture_test(test_a_diff_needs_no_daemon),
		fixture_test(test_a_pass_for_programs_needs_no_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
