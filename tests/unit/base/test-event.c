/* SPDX-License-Identifier: MIT */
/* test-event.c -- the lines of a pass */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/event.h"
#include "agent/base/json.h"

struct fixture {
	int pipefd[2];
	char line[EVENT_LINE_MAX + 1];
	size_t len; /* without the newline */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	signal(SIGPIPE, SIG_IGN);
	return pipe2(f->pipefd, O_CLOEXEC);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	safe_close(f->pipefd[0]);
	safe_close(f->pipefd[1]);
	free(f);
	return 0;
}

/* Sends, and reads back the one line. */
static void send_one(struct fixture *f, const struct event *ev)
{
	ssize_t n;

	assert_int_equal(event_send(f->pipefd[1], ev), 0);
	n = read(f->pipefd[0], f->line, sizeof(f->line) - 1);
	assert_true(n > 1 && n <= EVENT_LINE_MAX);
	assert_int_equal(f->line[n - 1], '\n');
	f->len = n - 1;
	f->line[f->len] = '\0';
	assert_null(strchr(f->line, '\n'));
}

static void test_what_is_sent_is_read(void **state)
{
	struct event ev = { .t = 1795311457123456,
			    .since = 17,
			    .module = "dns",
			    .kind = EVENT_STATE,
			    .state = "ready",
			    .reason = "12 \"hosts\" \\ K\xc3\xb6ln\ttab",
			    .next = "agentctl plan" };
	struct event got = {};

	send_one(*state, &ev);
	assert_string_equal(((struct fixture *)*state)->line,
			    "{\"t\":1795311457123456,\"module\":\"dns\",\"kind\":\"state\","
			    "\"state\":\"ready\",\"reason\":\"12 \\\"hosts\\\" \\\\ K\xc3\xb6ln"
			    "\\ttab\",\"since\":17,\"next\":\"agentctl plan\"}");
	assert_int_equal(event_parse(((struct fixture *)*state)->line,
				     ((struct fixture *)*state)->len, &got),
			 0);
	assert_memory_equal(&got, &ev, sizeof(ev));
}

static void test_control_characters_are_shown(void **state)
{
	struct fixture *f = *state;
	struct event ev = { .kind = EVENT_LOG,
			    .state = "4",
			    .reason = "a\nb\x1b[2J\xff\xe2\x80\xae"
				      "c" };
	struct event got = {};

	send_one(f, &ev);
	assert_int_equal(event_parse(f->line, f->len, &got), 0);
	assert_string_equal(got.reason, "a\\nb\\x1b[2J\\xff\\u202ec");
	assert_true(got.t > 1600000000000000);
}

static void test_a_long_string_is_cut_between_characters(void **state)
{
	struct fixture *f = *state;
	struct event ev = { .kind = EVENT_CHANGE, .state = "diff" };
	struct event got = {};

	for (size_t i = 0; i + 2 < sizeof(ev.reason); i += 2)
		memcpy(ev.reason + i, "\xc3\xa4", 2);
	send_one(f, &ev);
	assert_int_equal(event_parse(f->line, f->len, &got), 0);
	assert_string_equal(got.reason, ev.reason);

	memset(ev.reason, '"', sizeof(ev.reason) - 1);
	memset(ev.next, '\n', sizeof(ev.next) - 1);
	memset(ev.module, '\\', sizeof(ev.module) - 1);
	send_one(f, &ev);
	assert_int_equal(event_parse(f->line, f->len, &got), 0);
	assert_true(strlen(got.reason) > 1000);
	assert_int_equal(strspn(got.reason, "\""), strlen(got.reason));
	assert_int_equal(strlen(got.next) % 2, 0);
}

static void test_a_field_without_its_nul_is_not_overrun(void **state)
{
	struct fixture *f = *state;
	struct event ev = { .kind = EVENT_DONE, .state = "settled" };
	struct event got = {};

	memset(ev.module, 'm', sizeof(ev.module));
	send_one(f, &ev);
	assert_int_equal(event_parse(f->line, f->len, &got), 0);
	assert_int_equal(strlen(got.module), sizeof(got.module) - 1);
}

static void test_a_supervisor_that_is_gone_is_told(void **state)
{
	struct fixture *f = *state;
	struct event ev = { .kind = EVENT_DONE, .state = "settled" };

	safe_close(f->pipefd[0]);
	f->pipefd[0] = -1;
	assert_int_equal(event_send(f->pipefd[1], &ev), -EPIPE);
}

static void test_a_bad_line_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"ready",
		"{\"t\":1,\"kind\":\"state\"}",
		"{\"t\":1,\"kind\":\"nonsense\",\"state\":\"ready\"}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"planned\"}",
		"{\"t\":\"1\",\"kind\":\"state\",\"state\":\"ready\"}",
		"{\"t\":-1,\"kind\":\"state\",\"state\":\"ready\"}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"ready\",\"extra\":1}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"ready\",\"reason\":{}}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"ready\",\"reason\":\"a\\nb\"}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"ready\",\"reason\":\"a\\u001bb\"}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"ready\",\"reason\":5}",
		"{\"t\":1,\"kind\":\"state\",\"state\":\"ready\"} x",
		"{\"kind\":\"state\",\"state\":\"ready\",\"module\":\"a-very-very-long-module-name-"
		"too\"}",
	};
	struct event got;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (event_parse(bad[i], strlen(bad[i]), &got) != -EBADMSG)
			fail_msg("%s was taken", bad[i]);
}

static void test_names_of_states_in_order_of_precedence(void **state)
{
	assert_string_equal(state_name(STATE_FAILED), "failed");
	assert_string_equal(state_name(STATE_OFF), "off");
	assert_null(state_name(_STATE_MAX));
	assert_int_equal(state_from_name("quarantined"), STATE_QUARANTINED);
	assert_int_equal(state_from_name("fine"), -EINVAL);
	assert_true(STATE_FAILED < STATE_QUARANTINED && STATE_QUARANTINED < STATE_CONVERGING &&
		    STATE_CONVERGING < STATE_DEGRADED && STATE_DEGRADED < STATE_READY);
	for (int s = 0; s < _STATE_MAX; s++)
		assert_int_equal(state_from_name(state_name(s)), s);
	assert_string_equal(event_kind_name(EVENT_FACT), "fact");
	assert_null(event_kind_name(_EVENT_MAX));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_sent_is_read),
		TEST(test_control_characters_are_shown),
		TEST(test_a_long_string_is_cut_between_characters),
		TEST(test_a_field_without_its_nul_is_not_overrun),
		TEST(test_a_supervisor_that_is_gone_is_told),
		cmocka_unit_test(test_a_bad_line_is_refused),
		cmocka_unit_test(test_names_of_states_in_order_of_precedence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
