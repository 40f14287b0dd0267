/* SPDX-License-Identifier: MIT */
/* test-lb.c -- the verb lb: what it reads, what it asks for, how it ends */
#include "tests/unit/agentctl/fixture.h"

#define MODULE(name, state, reason)                                                               \
	"{\"name\":\"" name "\",\"state\":\"" state "\",\"reason\":\"" reason "\",\"since\":1,\"" \
	"next\":\"try " name "\"}"
#define MODULES(more) ",\"modules\":[" MODULE("host", "ready", "dns-1") "" more "]"
#define LEADER(platform, balancer)               \
	MODULES("," MODULE("platform", platform, \
			   "3 NAT addresses") "," MODULE("balancer", balancer, "2 members"))
#define IDENTITY                                                                          \
	",\"identity\":{\"state\":\"confirmed\",\"vm\":\"52100021\",\"env\":\"4190101\"," \
	"\"from\":\"169.254.169.254\",\"confirmed\":1},\"host\":\"dns-1.cluster.test\""

#define FACTS(leader)                                                                       \
	"{\"version\":1,\"facts\":{\"leader\":{\"state\":\"value\",\"value\":" leader "},"  \
	"\"hosts\":{\"state\":\"value\",\"value\":[{\"name\":\"web-1\",\"roles\":[]},"      \
	"{\"name\":\"dns-1\",\"address\":\"10.60.0.10\",\"roles\":[\"dns\",\"leader\"]}]}," \
	"\"services\":{\"state\":\"value\",\"value\":[{\"name\":\"www\",\"port\":8080,"     \
	"\"url\":\"https://www-4190101.test-envs.example.internal\"},{\"name\":\"queue\"}]}}}"

#define EVENT(kind, module, state, reason)                                                      \
	"{\"parameters\":{\"event\":{\"t\":1,\"module\":\"" module "\",\"kind\":\"" kind        \
	"\",\"state\":\"" state "\",\"reason\":\"" reason "\",\"since\":0,\"next\":\"look\"}}," \
	"\"continues\":true}\0"
#define LAST(result) "{\"parameters\":{\"result\":\"" result "\",\"changes\":2}}\0"
#define SERVE(f, script) serve(f, script, sizeof(script) - 1, false)

static void leader_host(struct fixture *f, const char *state, const char *modules)
{
	write_text(f, FACTS_PATH, FACTS("true"));
	write_status(f, getpid(), state, modules);
}

static void test_status_shows_the_two_modules_and_each_public_address(void **state)
{
	struct fixture *f = *state;

	leader_host(f, "ready", IDENTITY LEADER("ready", "ready"));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_READY);
	assert_has(f->out, "ready   env 4190101   vm 52100021   dns-1.cluster.test\n");
	assert_has(f->out, "  platform  ready  3 NAT addresses\n");
	assert_has(f->out, "  balancer  ready  2 members\n");
	assert_has(f->out, "since ");
	assert_has(f->out, "  www    https://www-4190101.test-envs.example.internal\n");
	assert_has(f->out, "  queue  no public name\n");
	assert_lacks(f->out, "try balancer");
	assert_lacks(f->out, "  host ");
}

static void test_status_ends_as_the_worse_of_the_two(void **state)
{
	struct fixture *f = *state;

	leader_host(f, "failed", LEADER("degraded", "ready"));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_DEGRADED);
	assert_has(f->out, "next: try platform");
	leader_host(f, "ready", LEADER("degraded", "failed"));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_FAILED);
	leader_host(f, "ready", LEADER("off", "converging"));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_CONVERGING);
	leader_host(f, "degraded", LEADER("off", "ready"));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_READY);
}

static void test_status_as_json_is_one_object(void **state)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct fixture *f = *state;
	struct json_object *list, *identity;
	const char *text;
	bool leader = false;

	leader_host(f, "degraded", IDENTITY LEADER("ready", "degraded"));
	assert_int_equal(ctl(f, "lb", "status", "--json", NULL), CTL_DEGRADED);
	assert_int_equal(json_parse(f->out, f->out_len, 8, &obj, NULL), 0);
	assert_int_equal(json_get_str(obj, "schema", &text), 0);
	assert_string_equal(text, "envagent.lb/1");
	assert_int_equal(json_get_str(obj, "state", &text), 0);
	assert_string_equal(text, "degraded");
	assert_int_equal(json_get_bool(obj, "leader", &leader), 0);
	assert_true(leader);
	assert_int_equal(json_get_obj(obj, "identity", &identity), 0);
	assert_int_equal(json_get_arr(obj, "services", &list), 0);
	assert_int_equal(json_object_array_length(list), 2);
	assert_int_equal(json_get_arr(obj, "modules", &list), 0);
	assert_int_equal(json_object_array_length(list), 2);
	assert_int_equal(json_get_str(json_object_array_get_idx(list, 1), "next", &text), 0);
	assert_string_equal(text, "try balancer");
}

static void test_without_a_daemon_status_says_so(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "the daemon has not run");
	assert_int_equal(ctl(f, "lb", "status", "--json", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "\"never\"");
	write_text(f, FACTS_PATH, FACTS("true"));
	write_status(f, 1, "ready", IDENTITY LEADER("ready", "ready"));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "what follows is of then");
	assert_has(f->out, "  balancer  ready");
}

static void test_a_host_that_is_no_leader_names_the_one_that_is(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS("false"));
	write_status(f, getpid(), "ready", MODULES(""));
	assert_int_equal(ctl(f, "lb", "status", NULL), CTL_ERROR);
	assert_has(f->err, "this host is not the leader: dns-1 (10.60.0.10) registers");
	assert_has(f->err, "next: agentctl lb status on dns-1 (10.60.0.10)\n");
	assert_int_equal(ctl(f, "lb", "status", "--json", NULL), CTL_ERROR);
	assert_has(f->out, "\"leader\": false");
	assert_has(f->err, "this host is not the leader");
}

static void assert_asked(struct fixture *f, const char *method, const char *verb)
{
	_cleanup_json_ struct json_object *call = served_call(f);
	struct json_object *parameters;
	const char *text;

	assert_int_equal(json_get_str(call, "method", &text), 0);
	assert_string_equal(text, method);
	assert_int_equal(json_get_obj(call, "parameters", &parameters), 0);
	assert_int_equal(json_get_str(parameters, "module", &text), 0);
	assert_string_equal(text, "balancer");
	assert_int_equal(json_get_str(parameters, "verb", &text), verb ? 0 : -ENOENT);
	if (verb)
		assert_string_equal(text, verb);
	unlink(in_root(f, CONTROL_PATH));
}

static void test_plan_asks_for_the_balancer_alone(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("change", "balancer", "planned", "create partition test-4190101")
			 EVENT("state", "balancer", "ready", "") LAST("settled"));
	assert_int_equal(ctl(f, "lb", "plan", NULL), CTL_READY);
	assert_string_equal(f->out, "balancer: create partition test-4190101\n");
	assert_asked(f, "io.envagent.Plan", NULL);

	SERVE(f, EVENT("state", "balancer", "degraded", "no answer") LAST("degraded"));
	assert_int_equal(ctl(f, "lb", "plan", NULL), CTL_READY);
	assert_string_equal(f->out,
			    "balancer: degraded: no answer\n    next: look\nnothing to do\n");
}

static void test_register_and_drain_tell_the_leader_what_to_do(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("change", "balancer", "done", "create pool www-4190101")
			 EVENT("state", "balancer", "ready", "1 services") LAST("settled"));
	assert_int_equal(ctl(f, "lb", "register", NULL), CTL_READY);
	assert_string_equal(f->out, "balancer: create pool www-4190101\n1 change, 0 failed\n");
	assert_asked(f, "io.envagent.Apply", "register");

	SERVE(f, EVENT("state", "balancer", "degraded", "drained by hand") LAST("degraded"));
	assert_int_equal(ctl(f, "lb", "drain", NULL), CTL_DEGRADED);
	assert_asked(f, "io.envagent.Apply", "drain");

	SERVE(f, EVENT("state", "balancer", "failed", "no credential") LAST("failed"));
	assert_int_equal(ctl(f, "lb", "register", NULL), CTL_FAILED);
}

static void test_a_pass_that_did_not_reach_the_balancer_is_no_success(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS("false"));
	write_status(f, getpid(), "ready", "");
	SERVE(f, EVENT("state", "metadata", "ready", "") LAST("settled"));
	assert_int_equal(ctl(f, "lb", "register", NULL), CTL_ERROR);
	assert_string_equal(f->out, "");
	assert_has(f->err, "this host is not the leader");
	stop_server(f);
	unlink(in_root(f, CONTROL_PATH));

	SERVE(f, EVENT("state", "balancer", "off", "not this host's role") LAST("settled"));
	assert_int_equal(ctl(f, "lb", "plan", "--json", NULL), CTL_ERROR);
	assert_has(f->out, "\"schema\": \"envagent.pass/1\"");
	assert_has(f->err, "this host is not the leader");
	stop_server(f);
	unlink(in_root(f, CONTROL_PATH));

	SERVE(f, EVENT("state", "metadata", "failed", "no file") LAST("failed"));
	assert_int_equal(ctl(f, "lb", "drain", NULL), CTL_FAILED);
	assert_has(f->out, "metadata: failed: no file\n");
}

static void test_without_a_daemon_nothing_is_registered(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "lb", "register", NULL), CTL_NOT_RUNNING);
	assert_has(f->err, "next: systemctl start envagent");
}

static void test_another_word_is_a_usage_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "lb", "statsu", NULL), CTL_USAGE);
	assert_has(f->err, "did you mean 'status'?");
	assert_int_equal(ctl(f, "lb", "frobnicate", NULL), CTL_USAGE);
	assert_has(f->err, "status, plan, register or drain");
	assert_int_equal(ctl(f, "lb", NULL), CTL_USAGE);
	assert_int_equal(ctl(f, "lb", "plan", "drain", NULL), CTL_USAGE);
	assert_int_equal(ctl(f, "lb", "plan", "--module", "dns", NULL), CTL_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_status_shows_the_two_modules_and_each_public_address),
		fixture_test(test_status_ends_as_the_worse_of_the_two),
		fixture_test(test_status_as_json_is_one_object),
		fixture_test(test_without_a_daemon_status_says_so),
		fixture_test(test_a_host_that_is_no_leader_names_the_one_that_is),
		fixture_test(test_plan_asks_for_the_balancer_alone),
		fixture_test(test_register_and_drain_tell_the_leader_what_to_do),
		fixture_test(test_a_pass_that_did_not_reach_the_balancer_is_no_success),
		fixture_test(test_without_a_daemon_nothing_is_registered),
		fixture_test(test_another_word_is_a_usage_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
