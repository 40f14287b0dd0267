/* SPDX-License-Identifier: MIT */
/* test-report.c -- report.c: the events of a pass, as the supervisor reads them */
#include "fixture.h"

#include <signal.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/report.h"

struct pipe_end {
	int fd; /* to read from */
	struct report report;
};

static int setup(void **state)
{
	struct pipe_end *p = calloc(1, sizeof(*p));
	int fds[2];

	assert_non_null(p);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	p->fd = fds[0];
	p->report.fd = fds[1];
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pipe_end *p = *state;

	close(p->fd);
	close(p->report.fd);
	free(p);
	return 0;
}

/* The next event; the pipe is empty if there is none. */
static struct event next(struct pipe_end *p)
{
	struct event ev = {};
	char line[EVENT_LINE_MAX];
	size_t n = 0;

	while (n < sizeof(line) && read(p->fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	assert_true(n > 0);
	assert_int_equal(event_parse(line, n, &ev), 0);
	return ev;
}

static void expect_no_more(struct pipe_end *p)
{
	char c;

	assert_int_equal(read(p->fd, &c, 1), -1);
}

static void test_a_state_has_its_sentence_and_time(void **state)
{
	struct pipe_end *p = *state;
	struct module_result result = { .state = STATE_DEGRADED, "half", "look" };
	struct event ev;

	report_state(&p->report, "dns", &result, 42);
	ev = next(p);
	assert_int_equal(ev.kind, EVENT_STATE);
	assert_string_equal(ev.module, "dns");
	assert_string_equal(ev.state, "degraded");
	assert_string_equal(ev.reason, "half");
	assert_string_equal(ev.next, "look");
	assert_int_equal(ev.since, 42);
}

static void test_a_diff_is_an_event_a_line(void **state)
{
	struct pipe_end *p = *state;

	report_diff(&p->report, "host", "@@ -1 +1 @@\n-a\n+b\n");
	assert_string_equal(next(p).reason, "@@ -1 +1 @@");
	assert_string_equal(next(p).reason, "-a");
	assert_string_equal(next(p).reason, "+b");
	expect_no_more(p);
}

static void test_facts_are_told_without_secrets_and_without_lists(void **state)
{
	struct pipe_end *p = *state;
	_cleanup_(facts_freep) struct facts *facts = NULL;

	assert_int_equal(facts_new(&facts), 0);
	assert_int_equal(facts_set_str(facts, "config_id", NULL, "4190101"), 0);
	assert_int_equal(facts_set_secret(facts, "password", NULL, json_object_new_string("pass")),
			 0);
	assert_int_equal(facts_set(facts, "roles", NULL, json_object_new_array()), 0);
	assert_int_equal(facts_set_unknown(facts, "vm_id", "nobody answers"), 0);
	report_facts(&p->report, facts);
	assert_string_equal(next(p).reason, "config_id=4190101");
	assert_string_equal(next(p).reason, "vm_id: nobody answers");
	expect_no_more(p);
}

static void test_the_exit_code_follows_the_worst_state(void **state)
{
	struct pipe_end *p = *state;
	struct event ev;

	assert_int_equal(report_done(&p->report, STATE_FAILED, 0, 0), PROTOCOL_FAILED);
	assert_int_equal(report_done(&p->report, STATE_QUARANTINED, 0, 0), PROTOCOL_DEGRADED);
	assert_int_equal(report_done(&p->report, STATE_CONVERGING, 0, 0), PROTOCOL_DEGRADED);
	assert_int_equal(report_done(&p->report, STATE_DEGRADED, 0, 0), PROTOCOL_DEGRADED);
	assert_int_equal(report_done(&p->report, STATE_READY, 0, 0), PROTOCOL_SETTLED);
	assert_int_equal(report_done(&p->report, _STATE_MAX, 3, 0), PROTOCOL_SETTLED);
	assert_int_equal(report_done(&p->report, STATE_DEGRADED, 0, 30), PROTOCOL_DEGRADED);
	assert_string_equal(next(p).state, "failed");
	for (int i = 0; i < 3; i++)
		assert_string_equal(next(p).state, "degraded");
	next(p);
	ev = next(p);
	assert_string_equal(ev.state, "settled");
	assert_string_equal(ev.reason, "changes=3");
	assert_string_equal(next(p).reason, "changes=0 after=30");
}

static void test_nobody_listening_ends_the_sending_only(void **state)
{
	struct pipe_end *p = *state;

	signal(SIGPIPE, SIG_IGN);
	close(p->fd);
	p->fd = -1;
	report_change(&p->report, "host", "done", "write /etc/hosts");
	assert_true(p->report.gone);
	assert_int_equal(report_done(&p->report, STATE_READY, 0, 0), PROTOCOL_SETTLED);
}

#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(test_a_state_has_its_sentence_and_time),
		REPORT_TEST(test_a_diff_is_an_event_a_line),
		REPORT_TEST(test_facts_are_told_without_secrets_and_without_lists),
		REPORT_TEST(test_the_exit_code_follows_the_worst_state),
		REPORT_TEST(test_nobody_listening_ends_the_sending_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
