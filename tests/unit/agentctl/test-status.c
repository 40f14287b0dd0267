/* SPDX-License-Identifier: MIT */
/* test-status.c -- the verb status, and how it sees whether the daemon lives */
#include "tests/unit/agentctl/fixture.h"

#define IDENTITY                                                                          \
	",\"identity\":{\"state\":\"confirmed\",\"vm\":\"52100021\",\"env\":\"4190101\"," \
	"\"from\":\"169.254.169.254\",\"confirmed\":1},\"host\":\"web-1.cluster.test\""

static void test_every_state_has_its_exit_code(void **state)
{
	static const struct {
		const char *state;
		int code;
	} cases[] = {
		{ "ready", 0 },	 { "degraded", 3 },    { "converging", 4 },
		{ "failed", 5 }, { "quarantined", 8 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_status(f, getpid(), cases[i].state, "");
		assert_int_equal(ctl(f, "status", NULL), cases[i].code);
		assert_has(f->out, cases[i].state);
		assert_int_equal(ctl(f, "status", "--json", NULL), cases[i].code);
	}
}

static void test_the_head_names_environment_vm_and_host(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", IDENTITY);
	assert_int_equal(ctl(f, "status", NULL), CTL_READY);
	assert_has(f->out, "ready   env 4190101   vm 52100021   web-1.cluster.test\n");
	assert_has(f->out, "  identity  confirmed  ");
	assert_has(f->out, " ago by 169.254.169.254\n");
}

static void test_what_is_not_fine_says_why_since_when_and_what_next(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *more = str_printf(
		",\"reason\":\"template: no such fact\",\"since\":1,\"next\":\"x\",\"modules\":["
		"{\"name\":\"network\",\"state\":\"ready\",\"reason\":\"10.60.0.21/"
		"24\",\"since\":1,"
		"\"next\":\"\"},"
		"{\"name\":\"template\",\"state\":\"degraded\",\"reason\":\"no such fact\","
		"\"since\":%llu,\"next\":\"agentctl facts\"}]",
		(unsigned long long)usec_now() - 12000000);

	write_status(f, getpid(), "degraded", more);
	assert_int_equal(ctl(f, "status", NULL), CTL_DEGRADED);
	assert_has(f->out, "  network   ready     10.60.0.21/24\n");
	assert_has(f->out, "  template  degraded  no such fact\n");
	assert_has(f->out, "                      since 12 s; next: agentctl facts\n");
	/* The module said it: the agent does not say it again. */
	assert_lacks(f->out, "  agent ");
}

static void test_a_host_that_waits_says_for_what(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "converging",
		     ",\"reason\":\"no address yet\",\"since\":1,\"next\":\"ip address\","
		     "\"waiting\":\"network\"");
	assert_int_equal(ctl(f, "status", NULL), CTL_CONVERGING);
	assert_has(f->out, "no address yet");
	assert_has(f->out, "next: ip address");
	assert_has(f->out, "for network");
}

static void test_strings_of_the_file_cannot_move_the_cursor(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "failed", ",\"host\":\"web\\u001b[2J\\u009b\\nready\"");
	assert_int_equal(ctl(f, "status", NULL), CTL_FAILED);
	assert_has(f->out, "web?[2J??ready");
}

static void test_colour_comes_only_when_asked_for_off_a_terminal(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", IDENTITY);
	ctl(f, "status", NULL);
	assert_lacks(f->out, "\033");
	ctl(f, "status", "--color=always", NULL);
	assert_has(f->out, "\033[32mready\033[0m");
}

static void test_no_file_is_a_daemon_that_never_ran(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "the daemon has not run");
	assert_has(f->out, "next: systemctl start envagent");
	assert_int_equal(ctl(f, "status", "--json", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "\"never\"");
}

static void test_a_dead_daemon_is_told_before_what_it_left(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	siginfo_t info;

	if (pid == 0)
		_exit(0);
	/* Ended, but its parent has not asked for it yet. */
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	write_status(f, pid, "ready", IDENTITY);
	assert_int_equal(ctl(f, "status", NULL), CTL_NOT_RUNNING);
	waitpid(pid, NULL, 0);
	assert_int_equal(ctl(f, "status", NULL), CTL_NOT_RUNNING);
	assert_int_equal(strncmp(f->out, "the daemon is not running (since ", 33), 0);
	assert_has(f->out, "what follows is of then");
	assert_has(f->out, "env 4190101");
}

/* The number and the boot alone are not the daemon: START and BOOT say who it was. */
static int status_of(struct fixture *f, unsigned long long start, const char *boot)
{
	_cleanup_free_ char *text =
		str_printf("{\"schema\":\"envagent.status/1\",\"pid\":%d,\"pid_start\":%llu,"
			   "\"boot_id\":\"%s\",\"fresh_sec\":60,\"state\":\"ready\"}",
			   (int)getpid(), start, boot);

	write_text(f, STATUS_PATH, text);
	return ctl(f, "status", NULL);
}

static void test_another_process_with_its_number_is_not_the_daemon(void **state)
{
	char boot[64];

	boot_id(boot);
	assert_int_equal(status_of(*state, start_of(getpid()), boot), CTL_READY);
	assert_int_equal(status_of(*state, start_of(getpid()) - 1, boot), CTL_NOT_RUNNING);
}

static void test_a_file_of_another_boot_is_not_of_now(void **state)
{
	assert_int_equal(status_of(*state, start_of(getpid()), "other"), CTL_NOT_RUNNING);
}

static void test_an_old_file_of_a_live_daemon_is_one_that_hangs(void **state)
{
	struct fixture *f = *state;
	struct timespec times[2] = { { .tv_sec = time(NULL) - 3600 },
				     { .tv_sec = time(NULL) - 3600 } };

	write_status(f, getpid(), "ready", "");
	assert_int_equal(utimensat(AT_FDCWD, in_root(f, STATUS_PATH), times, 0), 0);
	assert_int_equal(ctl(f, "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "the daemon does not answer (since ");
	assert_has(f->out, "systemctl restart envagent");
}

static void test_a_file_that_is_none_of_ours_is_an_error(void **state)
{
	static const char *const texts[] = {
		"",
		"no json",
		"[]",
		"{}",
		"{\"schema\":\"other/1\"}",
		"{\"schema\":\"envagent.status/1\",\"pid\":\"1\"}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		write_text(f, STATUS_PATH, texts[i]);
		assert_int_equal(ctl(f, "status", NULL), CTL_ERROR);
		assert_has(f->err, "is no status file");
	}
}

static void test_json_is_the_file_and_who_wrote_it(void **state)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct fixture *f = *state;
	struct json_object *about;
	const char *text;

	write_status(f, getpid(), "ready", IDENTITY);
	assert_int_equal(ctl(f, "status", "--json", NULL), CTL_READY);
	assert_int_equal(json_parse(f->out, f->out_len, 8, &obj, NULL), 0);
	assert_int_equal(json_get_str(obj, "schema", &text), 0);
	assert_string_equal(text, "envagent.status/1");
	assert_int_equal(json_get_obj(obj, "daemon", &about), 0);
	assert_int_equal(json_get_str(about, "state", &text), 0);
	assert_string_equal(text, "running");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_every_state_has_its_exit_code),
		fixture_test(test_the_head_names_environment_vm_and_host),
		fixture_test(test_what_is_not_fine_says_why_since_when_and_what_next),
		fixture_test(test_a_host_that_waits_says_for_what),
		fixture_test(test_strings_of_the_file_cannot_move_the_cursor),
		fixture_test(test_colour_comes_only_when_asked_for_off_a_terminal),
		fixture_test(test_no_file_is_a_daemon_that_never_ran),
		fixture_test(test_a_dead_daemon_is_told_before_what_it_left),
		fixture_test(test_another_process_with_its_number_is_not_the_daemon),
		fixture_test(test_a_file_of_another_boot_is_not_of_now),
		fixture_test(test_an_old_file_of_a_live_daemon_is_one_that_hangs),
		fixture_test(test_a_file_that_is_none_of_ours_is_an_error),
		fixture_test(test_json_is_the_file_and_who_wrote_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
