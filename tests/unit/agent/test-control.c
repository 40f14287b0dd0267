/* SPDX-License-Identifier: MIT */
/* test-control.c -- the control socket: who may ask for what, and the answers */
#include "tests/unit/agent/control.h"

static void test_a_plan_is_streamed_to_its_caller(void **state)
{
	struct fixture *f = *state;
	struct event ev = event_of(EVENT_CHANGE, "planned", "write /etc/hosts");
	struct control_call call;
	struct client *client;
	int fd = dial(f);

	say(f, fd,
	    "{\"method\":\"io.envagent.Plan\",\"parameters\":{\"module\":\"dns\"},"
	    "\"more\":true}");
	assert_int_equal(f->waiting, 1);
	client = control_next(f->control, false, &call);
	assert_non_null(client);
	assert_int_equal(call.verb, CONTROL_PLAN);
	assert_string_equal(call.module, "dns");
	assert_string_equal(call.leader_verb, "");
	client_event(client, &ev);
	client_result(client, "settled", 1);
	turn(f);
	assert_string_equal(
		heard(f, fd),
		"{\"parameters\":{\"event\":{\"t\":0,\"module\":\"dns\",\"kind\":\"change\","
		"\"state\":\"planned\",\"reason\":\"write /etc/hosts\",\"since\":0,"
		"\"next\":\"\"}},\"continues\":true}\n"
		"{\"parameters\":{\"result\":\"settled\",\"changes\":1}}\n");
	close(fd);
}

static void test_without_more_only_the_result_is_sent(void **state)
{
	struct fixture *f = *state;
	struct event ev = event_of(EVENT_CHANGE, "planned", "write /etc/hosts");
	struct control_call call;
	struct client *client;
	int fd = dial(f);

	say(f, fd, "{\"method\":\"io.envagent.Plan\"}");
	client = control_next(f->control, false, &call);
	client_event(client, &ev);
	client_result(client, "settled", 1);
	turn(f);
	assert_string_equal(heard(f, fd),
			    "{\"parameters\":{\"result\":\"settled\",\"changes\":1}}\n");
	close(fd);
}

static void test_calls_wait_their_turn(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	struct client *client;
	int a = dial(f), b = dial(f);

	say(f, b, "{\"method\":\"io.envagent.Restore\"}");
	say(f, a, PLAN);
	assert_non_null(client = control_next(f->control, false, &call));
	assert_int_equal(call.verb, CONTROL_RESTORE);
	client_result(client, "settled", 0);
	assert_non_null(control_next(f->control, false, &call));
	assert_int_equal(call.verb, CONTROL_PLAN);
	assert_null(control_next(f->control, false, &call));
	close(a);
	close(b);
}

static void test_a_caller_that_goes_away_is_not_told_any_more(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	int fd = dial(f);

	say(f, fd, PLAN);
	assert_non_null(control_next(f->control, false, &call));
	close(fd);
	turn(f);
	assert_int_equal(f->gone, 1);
}

static void test_reload_answers_at_once_and_tells_the_error(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd, "{\"method\":\"io.envagent.Reload\"}");
	assert_string_equal(heard(f, fd), "{\"parameters\":{}}\n");
	f->reload_error = "envagent.conf:3:1: unknown key";
	say(f, fd, "{\"method\":\"io.envagent.Reload\"}");
	assert_string_equal(heard(f, fd), "{\"error\":\"io.envagent.ConfigError\",\"parameters\":"
					  "{\"reason\":\"envagent.conf:3:1: unknown key\"}}\n");
	assert_int_equal(f->reloads, 2);
	close(fd);
}

static void test_a_pause_has_a_length_and_a_name(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd,
	    "{\"method\":\"io.envagent.Pause\",\"parameters\":{\"seconds\":90,\"by\":\"alice\"}}");
	assert_string_equal(heard(f, fd),
			    "{\"parameters\":{\"until\":1790000000000090,\"busy\":true}}\n");
	assert_string_equal(f->by, "alice");
	say(f, fd, "{\"method\":\"io.envagent.Resume\"}");
	assert_string_equal(heard(f, fd), "{\"parameters\":{\"paused\":true}}\n");
	say(f, fd, "{\"method\":\"io.envagent.Resume\"}");
	assert_string_equal(heard(f, fd), "{\"parameters\":{\"paused\":false}}\n");

	say(f, fd, "{\"method\":\"io.envagent.Pause\"}");
	heard(f, fd);
	assert_int_equal(f->pause, PAUSE_SEC_DEFAULT);
	assert_int_equal(strncmp(f->by, "uid-", 4), 0);
	f->pause_error = -EROFS;
	say(f, fd, "{\"method\":\"io.envagent.Pause\"}");
	assert_non_null(strstr(heard(f, fd), "Read-only file system"));
	close(fd);
}

static void test_a_pause_of_no_sense_is_refused(void **state)
{
	static const char *const bad[] = { "\"seconds\":0",	"\"seconds\":-1",
					   "\"seconds\":86401", "\"seconds\":\"1h\"",
					   "\"by\":\"a b\"",	"\"by\":\"a\\n\"",
					   "\"by\":7" };
	struct fixture *f = *state;
	char text[128];
	int fd = dial(f);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text),
			 "{\"method\":\"io.envagent.Pause\",\"parameters\":{%s}}", bad[i]);
		say(f, fd, text);
		assert_non_null(strstr(heard(f, fd), "InvalidParameter"));
		assert_int_equal(f->pause, 0);
	}
	close(fd);
}

static void test_unknown_methods_and_parameters_are_named(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(f, fd, "{\"method\":\"io.envagent.Explode\"}");
	assert_string_equal(heard(f, fd), "{\"error\":\"org.varlink.service.MethodNotFound\","
					  "\"parameters\":{\"method\":\"io.envagent.Explode\"}}\n");
	say(f, fd, "{\"method\":\"io.envagent.Plan\",\"parameters\":{\"module\":1}}");
	assert_string_equal(heard(f, fd), "{\"error\":\"org.varlink.service.InvalidParameter\","
					  "\"parameters\":{\"parameter\":\"module\"}}\n");
	close(fd);
}

static void test_a_verb_of_the_leader_is_handed_on_or_refused(void **state)
{
	struct fixture *f = *state;
	struct control_call call;
	int fd = dial(f);

	say(f, fd,
	    "{\"method\":\"io.envagent.Apply\",\"parameters\":{\"module\":\"balancer\","
	    "\"verb\":\"explode\"}}");
	assert_string_equal(heard(f, fd), "{\"error\":\"org.varlink.service.InvalidParameter\","
					  "\"parameters\":{\"parameter\":\"verb\"}}\n");
	assert_int_equal(f->waiting, 0);
	say(f, fd,
	    "{\"method\":\"io.envagent.Apply\",\"parameters\":{\"module\":\"balancer\","
	    "\"verb\":\"drain\"}}");
	assert_non_null(control_next(f->control, false, &call));
	assert_int_equal(call.verb, CONTROL_APPLY);
	assert_string_equal(call.module, "balancer");
	assert_string_equal(call.leader_verb, "drain");
	close(fd);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_plan_is_streamed_to_its_caller),
		T(test_without_more_only_the_result_is_sent),
		T(test_calls_wait_their_turn),
		T(test_a_caller_that_goes_away_is_not_told_any_more),
		T(test_reload_answers_at_once_and_tells_the_error),
		T(test_a_pause_has_a_length_and_a_name),
		T(test_a_pause_of_no_sense_is_refused),
		T(test_unknown_methods_and_parameters_are_named),
		T(test_a_verb_of_the_leader_is_handed_on_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
