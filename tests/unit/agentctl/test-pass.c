/* SPDX-License-Identifier: MIT */
/* test-pass.c -- the verbs plan, apply, restore and reload, against a peer that plays a script */
#include "tests/unit/agentctl/fixture.h"

#define EVENT(kind, module, state, reason)                                                      \
	"{\"parameters\":{\"event\":{\"t\":1,\"module\":\"" module "\",\"kind\":\"" kind        \
	"\",\"state\":\"" state "\",\"reason\":\"" reason "\",\"since\":0,\"next\":\"look\"}}," \
	"\"continues\":true}\0"
#define LAST(result) "{\"parameters\":{\"result\":\"" result "\",\"changes\":2}}\0"
#define SERVE(f, script) serve(f, script, sizeof(script) - 1, false)

static void assert_called(struct fixture *f, const char *method, const char *module)
{
	_cleanup_json_ struct json_object *call = served_call(f);
	struct json_object *parameters;
	const char *text;

	assert_int_equal(json_get_str(call, "method", &text), 0);
	assert_string_equal(text, method);
	if (!module)
		return;
	assert_int_equal(json_get_obj(call, "parameters", &parameters), 0);
	assert_int_equal(json_get_str(parameters, "module", &text), 0);
	assert_string_equal(text, module);
}

static void test_a_plan_is_changes_with_their_differences(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("change", "resolv", "planned", "write /etc/resolv.conf")
			 EVENT("change", "resolv", "diff", "-nameserver 1.1.1.1")
				 EVENT("change", "resolv", "diff", "+nameserver 10.60.0.10")
					 EVENT("change", "host", "planned", "set the host name")
						 LAST("settled"));
	assert_int_equal(ctl(f, "plan", NULL), CTL_READY);
	assert_string_equal(f->out, "resolv: write /etc/resolv.conf\n"
				    "    -nameserver 1.1.1.1\n"
				    "    +nameserver 10.60.0.10\n"
				    "host: set the host name\n");
	assert_called(f, "io.envagent.Plan", NULL);
}

static void test_an_empty_plan_says_that_there_is_nothing_to_do(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("state", "host", "ready", "web-1") LAST("settled"));
	assert_int_equal(ctl(f, "plan", "--module", "host", NULL), CTL_READY);
	assert_string_equal(f->out, "nothing to do\n");
	assert_called(f, "io.envagent.Plan", "host");
}

static void test_a_module_that_is_not_fine_is_told_with_what_to_do(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("state", "template", "degraded", "web: no such fact") LAST("degraded"));
	assert_int_equal(ctl(f, "plan", NULL), CTL_READY);
	assert_has(f->out, "template: degraded: web: no such fact\n    next: look\n");
}

static void test_apply_ends_as_the_pass_did(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("change", "host", "planned", "write /etc/hosts")
			 EVENT("change", "host", "done", "write /etc/hosts") LAST("settled"));
	assert_int_equal(ctl(f, "apply", NULL), CTL_READY);
	assert_string_equal(f->out, "host: write /etc/hosts\n1 change, 0 failed\n");
	assert_called(f, "io.envagent.Apply", NULL);
	unlink(in_root(f, CONTROL_PATH));

	SERVE(f, EVENT("change", "host", "failed", "write /etc/hosts: Read-only") LAST("failed"));
	assert_int_equal(ctl(f, "apply", NULL), CTL_FAILED);
	assert_has(f->out, "host: failed: write /etc/hosts: Read-only\n");
	stop_server(f);
	unlink(in_root(f, CONTROL_PATH));

	SERVE(f, LAST("degraded"));
	assert_int_equal(ctl(f, "apply", NULL), CTL_DEGRADED);
}

static void test_restore_asks_for_it(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("change", "resolv", "done", "restore /etc/resolv.conf") LAST("settled"));
	assert_int_equal(ctl(f, "restore", NULL), CTL_READY);
	assert_has(f->out, "resolv: restore /etc/resolv.conf\n");
	assert_called(f, "io.envagent.Restore", NULL);
}

static void test_json_is_one_object(void **state)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct fixture *f = *state;
	struct json_object *changes, *diff;

	SERVE(f, EVENT("change", "resolv", "planned", "write /x")
			 EVENT("change", "resolv", "diff", "+a")
				 EVENT("state", "dns", "degraded", "r") LAST("degraded"));
	assert_int_equal(ctl(f, "plan", "--json", NULL), CTL_READY);
	assert_int_equal(json_parse(f->out, f->out_len, 8, &obj, NULL), 0);
	assert_int_equal(json_get_arr(obj, "changes", &changes), 0);
	assert_int_equal(json_object_array_length(changes), 1);
	assert_int_equal(json_get_arr(json_object_array_get_idx(changes, 0), "diff", &diff), 0);
	assert_string_equal(json_text(diff), "[\"+a\"]");
}

static void test_foreign_text_cannot_forge_a_line(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("change", "a\\nb", "planned", "write\\n\\u001b[2J") LAST("settled"));
	assert_int_equal(ctl(f, "plan", NULL), CTL_READY);
	assert_string_equal(f->out, "a?b: write??[2J\n");
}

static void test_errors_of_the_daemon_become_advice(void **state)
{
	static const struct {
		const char *error, *text;
	} cases[] = {
		{ "io.envagent.PermissionDenied", "agentctl apply is for root only" },
		{ "io.envagent.Failed", "apply failed: why" },
		{ "io.envagent.ConfigError", "configuration has an error" },
		{ "org.varlink.service.MethodNotFound", "another version" },
		{ "org.varlink.service.InvalidParameter", "knows no such module" },
		{ "new.Error", "new.Error" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *reply =
			str_printf("{\"error\":\"%s\",\"parameters\":{\"reason\":\"why\","
				   "\"parameter\":\"module\"}}",
				   cases[i].error);

		serve(f, reply, strlen(reply) + 1, false);
		assert_int_equal(ctl(f, "apply", NULL), CTL_ERROR);
		assert_has(f->err, cases[i].text);
		assert_has(f->err, "next: ");
		stop_server(f);
		unlink(in_root(f, CONTROL_PATH));
	}
}

static void test_a_daemon_that_hangs_up_or_babbles_is_reported(void **state)
{
	struct fixture *f = *state;

	serve(f, "{\"param", 7, false);
	assert_int_equal(ctl(f, "apply", NULL), CTL_ERROR);
	assert_has(f->err, "hung up");
	stop_server(f);
	unlink(in_root(f, CONTROL_PATH));

	serve(f, "<html>", 7, false);
	assert_int_equal(ctl(f, "apply", NULL), CTL_ERROR);
	assert_has(f->err, "does not understand");
}

static void test_a_daemon_that_says_nothing_meets_the_time_limit(void **state)
{
	struct fixture *f = *state;

	serve(f, "", 0, true);
	assert_int_equal(ctl(f, "apply", "--timeout", "50ms", NULL), CTL_TIMEOUT);
	assert_has(f->err, "has not finished apply in time");
}

static void test_without_a_daemon_reload_says_how_to_start_it(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "reload", NULL), CTL_NOT_RUNNING);
	assert_has(f->err, "the daemon is not running");
	assert_int_equal(ctl(f, "plan", "--json", NULL), CTL_NOT_RUNNING);
	assert_has(f->err, "next: systemctl start envagent");
}

static void test_reload_succeeds_or_shows_the_fault_in_the_file(void **state)
{
	static const char fault[] =
		"{\"error\":\"io.envagent.ConfigError\",\"parameters\":"
		"{\"reason\":\"/etc/envagent/envagent.conf:3:1: unknown key\"}}";
	struct fixture *f = *state;

	serve(f, "{\"parameters\":{}}", sizeof("{\"parameters\":{}}"), false);
	assert_int_equal(ctl(f, "reload", NULL), CTL_READY);
	assert_called(f, "io.envagent.Reload", NULL);
	unlink(in_root(f, CONTROL_PATH));

	serve(f, fault, sizeof(fault), false);
	assert_int_equal(ctl(f, "reload", NULL), CTL_ERROR);
	assert_has(f->err, "\n  /etc/envagent/envagent.conf:3:1: unknown key\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_a_plan_is_changes_with_their_differences),
		fixture_test(test_an_empty_plan_says_that_there_is_nothing_to_do),
		fixture_test(test_a_module_that_is_not_fine_is_told_with_what_to_do),
		fixture_test(test_apply_ends_as_the_pass_did),
		fixture_test(test_restore_asks_for_it),
		fixture_test(test_json_is_one_object),
		fixture_test(test_foreign_text_cannot_forge_a_line),
		fixture_test(test_errors_of_the_daemon_become_advice),
		fixture_test(test_a_daemon_that_hangs_up_or_babbles_is_reported),
		fixture_test(test_a_daemon_that_says_nothing_meets_the_time_limit),
		fixture_test(test_without_a_daemon_reload_says_how_to_start_it),
		fixture_test(test_reload_succeeds_or_shows_the_fault_in_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
