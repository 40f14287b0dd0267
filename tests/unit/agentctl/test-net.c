/* SPDX-License-Identifier: MIT */
/* test-net.c -- the verb net: what a switch is at, and a person's word on it */
#include "tests/unit/agentctl/fixture.h"

#define MODULE(state, reason, next)                                                            \
	",\"modules\":[{\"name\":\"host\",\"state\":\"failed\",\"reason\":\"no\",\"since\":1," \
	"\"next\":\"\"},{\"name\":\"network\",\"state\":\"" state "\",\"reason\":\"" reason    \
	"\",\"since\":1,\"next\":\"" next "\"}]"
#define FINE MODULE("ready", "10.60.0.21/24 static via 10.60.0.254 on eth0", "")
#define NETWORK(kind, state, reason)                                                        \
	"{\"parameters\":{\"event\":{\"t\":1,\"module\":\"network\",\"kind\":\"" kind       \
	"\",\"state\":\"" state "\",\"reason\":\"" reason "\",\"since\":0,\"next\":\"\"}}," \
	"\"continues\":true}\0"
#define LAST(result) "{\"parameters\":{\"result\":\"" result "\",\"changes\":1}}\0"
#define SERVE(f, script) serve(f, script, sizeof(script) - 1, false)

static void make_dir(struct fixture *f, const char *path)
{
	assert_int_equal(mkdir(in_root(f, path), 0755), 0);
}

/* A switch as the network module leaves it. */
static void leave_switch(struct fixture *f, const char *state)
{
	_cleanup_free_ char *path = str_printf("/run/envagent/switch/1a2b.%s", state);

	if (access(in_root(f, "/run/envagent/switch"), F_OK) < 0)
		make_dir(f, "/run/envagent/switch");
	write_text(f, path, "{}");
}

static void leave_note(struct fixture *f, const char *text)
{
	if (access(in_root(f, "/var"), F_OK) < 0) {
		make_dir(f, "/var");
		make_dir(f, "/var/lib");
		make_dir(f, "/var/lib/envagent");
	}
	write_text(f, "/var/lib/envagent/network.json", text);
}

static char *note(const char *reason)
{
	return str_printf("{\"version\":1,\"wanted\":\"ab\",\"reason\":\"%s\",\"when\":%llu,"
			  "\"count\":1,\"held\":false,\"boot\":\"x\",\"due\":1}",
			  reason, (unsigned long long)usec_now() - 65000000);
}

/* ---- status ---- */

static void test_the_status_is_that_of_the_network_alone(void **state)
{
	static const struct {
		const char *more;
		int code;
	} cases[] = {
		{ FINE, CTL_READY },
		{ MODULE("degraded", "the gateway is silent", "ip route"), CTL_DEGRADED },
		{ MODULE("converging", "waits", "x"), CTL_CONVERGING },
		{ MODULE("failed", "no", "x"), CTL_FAILED },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_status(f, getpid(), "failed", cases[i].more);
		assert_int_equal(ctl(f, "net", "status", NULL), cases[i].code);
		assert_lacks(f->out, "host");
		assert_lacks(f->out, "net confirm");
		assert_int_equal(ctl(f, "net", "status", "--json", NULL), cases[i].code);
	}
	write_status(f, getpid(), "failed", cases[0].more);
	ctl(f, "net", "status", NULL);
	assert_has(f->out, "network  ready  10.60.0.21/24 static via 10.60.0.254 on eth0\n");
	write_status(f, getpid(), "failed", cases[1].more);
	ctl(f, "net", "status", NULL);
	assert_has(f->out, "network  degraded  the gateway is silent\n");
	assert_has(f->out, "next: ip route\n");
}

static void test_a_switch_that_waits_is_told_with_what_to_type(void **state)
{
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", FINE);
	leave_switch(f, "open");
	ctl(f, "net", "status", NULL);
	assert_lacks(f->out, "waits for your word");
	leave_switch(f, "wait");
	assert_int_equal(ctl(f, "net", "status", NULL), CTL_READY);
	assert_has(f->out, "waits for your word");
	assert_has(f->out, "next: agentctl net confirm\n");
}

static void test_why_the_last_one_was_taken_back(void **state)
{
	_cleanup_free_ char *text = note("the gateway 10.77.0.254 does not answer");
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", FINE);
	leave_note(f, text);
	assert_int_equal(ctl(f, "net", "status", NULL), CTL_READY);
	assert_has(f->out, "rollback  degraded  the gateway 10.77.0.254 does not answer, ");
	assert_has(f->out, " ago\n");
	assert_has(f->out, "next: agentctl net try\n");
}

static void test_as_json_it_has_all_of_it(void **state)
{
	_cleanup_free_ char *text = note("r\\u001b[2J");
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *back, *daemon;
	struct fixture *f = *state;
	const char *word;
	bool waits;

	write_status(f, getpid(), "ready", FINE);
	leave_note(f, text);
	leave_switch(f, "wait");
	assert_int_equal(ctl(f, "net", "status", "--json", NULL), CTL_READY);
	assert_int_equal(json_parse(f->out, f->out_len, 8, &obj, NULL), 0);
	assert_int_equal(json_get_str(obj, "schema", &word), 0);
	assert_string_equal(word, "envagent.net/1");
	assert_int_equal(json_get_str(obj, "state", &word), 0);
	assert_string_equal(word, "ready");
	assert_int_equal(json_get_bool(obj, "waits", &waits), 0);
	assert_true(waits);
	assert_int_equal(json_get_obj(obj, "rollback", &back), 0);
	assert_int_equal(json_get_str(back, "reason", &word), 0);
	assert_string_equal(word, "r\033[2J");
	assert_int_equal(json_get_obj(obj, "daemon", &daemon), 0);
	assert_null(strchr(f->out, '\033'));

	json_object_put(obj);
	obj = NULL;
	unlink(in_root(f, "/run/envagent/switch/1a2b.wait"));
	unlink(in_root(f, "/var/lib/envagent/network.json"));
	assert_int_equal(ctl(f, "net", "status", "--json", NULL), CTL_READY);
	assert_int_equal(json_parse(f->out, f->out_len, 8, &obj, NULL), 0);
	assert_int_equal(json_get_bool(obj, "waits", &waits), 0);
	assert_false(waits);
	assert_int_equal(json_get_obj(obj, "rollback", &back), -ENOENT);
}

static void test_a_broken_note_is_none(void **state)
{
	static const char *const broken[] = { "", "{", "[]", "null", "{\"reason\":5}", "{}" };
	_cleanup_free_ char *big = malloc(10000);
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", FINE);
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		leave_note(f, broken[i]);
		assert_int_equal(ctl(f, "net", "status", NULL), CTL_READY);
		assert_has(f->out, "network");
		assert_lacks(f->out, "rollback");
		assert_int_equal(ctl(f, "net", "status", "--json", NULL), CTL_READY);
		assert_lacks(f->out, "rollback");
	}
	memset(big, ' ', 9999);
	big[9999] = '\0';
	leave_note(f, big);
	assert_int_equal(ctl(f, "net", "status", NULL), CTL_READY);
	assert_lacks(f->out, "rollback");
}

static void test_a_reason_cannot_forge_a_line(void **state)
{
	_cleanup_free_ char *text = note("a\\nforged: ready\\u001b[2J");
	struct fixture *f = *state;

	write_status(f, getpid(), "ready", FINE);
	leave_note(f, text);
	ctl(f, "net", "status", NULL);
	assert_lacks(f->out, "\nforged");
	assert_lacks(f->out, "\033");
}

static void test_without_a_daemon_the_status_is_of_then(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(ctl(f, "net", "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "systemctl start envagent");
	leave_switch(f, "wait");
	assert_int_equal(ctl(f, "net", "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "waits for your word");
	assert_int_equal(waitid(P_PID, (id_t)pid, &(siginfo_t){}, WEXITED | WNOWAIT), 0);
	write_status(f, pid, "ready", FINE);
	waitpid(pid, NULL, 0);
	assert_int_equal(ctl(f, "net", "status", NULL), CTL_NOT_RUNNING);
	assert_has(f->out, "what follows is of then");
	assert_has(f->out, "10.60.0.21/24");
}

/* ---- a person's word ---- */

static void assert_asked(struct fixture *f, const char *verb)
{
	_cleanup_json_ struct json_object *call = served_call(f);
	struct json_object *parameters;
	const char *text;

	assert_int_equal(json_get_str(call, "method", &text), 0);
	assert_string_equal(text, "io.envagent.Apply");
	assert_int_equal(json_get_obj(call, "parameters", &parameters), 0);
	assert_int_equal(json_get_str(parameters, "module", &text), 0);
	assert_string_equal(text, "network");
	assert_int_equal(json_get_str(parameters, "verb", &text), 0);
	assert_string_equal(text, verb);
	unlink(in_root(f, CONTROL_PATH));
}

static void test_each_word_goes_to_the_network_alone(void **state)
{
	static const char *const words[] = { "try", "confirm", "rollback" };
	struct fixture *f = *state;

	leave_switch(f, "wait");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		SERVE(f, NETWORK("change", "done", "the switch holds, you say")
				 NETWORK("state", "ready", "10.60.0.21/24") LAST("settled"));
		assert_int_equal(ctl(f, "net", words[i], NULL), CTL_READY);
		assert_has(f->out, "network: the switch holds, you say\n");
		assert_asked(f, words[i]);
	}
}

static void test_a_switch_taken_back_is_a_failure(void **state)
{
	struct fixture *f = *state;

	SERVE(f, NETWORK("change", "failed", "what answered before shall answer now: no carrier")
			 NETWORK("state", "degraded", "the former network is back") LAST("failed"));
	assert_int_equal(ctl(f, "net", "try", NULL), CTL_FAILED);
	assert_has(f->out, "failed: what answered before shall answer now: no carrier\n");
	assert_has(f->out, "network: degraded: the former network is back\n");
}

static void test_without_a_switch_that_waits_there_is_nothing_to_decide(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		if (i == 1)
			leave_switch(f, "open");
		else if (i == 2)
			leave_switch(f, "back");
		assert_int_equal(ctl(f, "net", "confirm", NULL), CTL_ERROR);
		assert_has(f->err, "no switch waits to be confirmed");
		assert_has(f->err, "next: agentctl net status");
		assert_int_equal(ctl(f, "net", "rollback", NULL), CTL_ERROR);
		assert_has(f->err, "no switch waits to be confirmed");
	}
}

static void test_without_a_daemon_nothing_is_tried(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "net", "try", NULL), CTL_NOT_RUNNING);
	assert_has(f->err, "next: systemctl start envagent");
	leave_switch(f, "wait");
	assert_int_equal(ctl(f, "net", "confirm", NULL), CTL_NOT_RUNNING);
	assert_int_equal(access(in_root(f, "/run/envagent/switch/1a2b.wait"), F_OK), 0);
}

static void test_a_network_that_is_not_managed_is_told(void **state)
{
	struct fixture *f = *state;

	SERVE(f, NETWORK("state", "off", "Manage=no") LAST("settled"));
	assert_int_equal(ctl(f, "net", "try", NULL), CTL_ERROR);
	assert_has(f->err, "the module network took no part: Manage=no");
}

static void test_a_wrong_word_is_named_with_the_right_one(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "net", "comfirm", NULL), CTL_USAGE);
	assert_has(f->err, "did you mean 'confirm'?");
	assert_int_equal(ctl(f, "net", "rollbakc", NULL), CTL_USAGE);
	assert_has(f->err, "did you mean 'rollback'?");
	assert_int_equal(ctl(f, "net", "xyzzy", NULL), CTL_USAGE);
	assert_has(f->err, "net takes status, try, confirm or rollback, not 'xyzzy'");
	assert_int_equal(ctl(f, "net", NULL), CTL_USAGE);
	assert_int_equal(ctl(f, "net", "confirm", "now", NULL), CTL_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_the_status_is_that_of_the_network_alone),
		fixture_test(test_a_switch_that_waits_is_told_with_what_to_type),
		fixture_test(test_why_the_last_one_was_taken_back),
		fixture_test(test_as_json_it_has_all_of_it),
		fixture_test(test_a_broken_note_is_none),
		fixture_test(test_a_reason_cannot_forge_a_line),
		fixture_test(test_without_a_daemon_the_status_is_of_then),
		fixture_test(test_each_word_goes_to_the_network_alone),
		fixture_test(test_a_switch_taken_back_is_a_failure),
		fixture_test(test_without_a_switch_that_waits_there_is_nothing_to_decide),
		fixture_test(test_without_a_daemon_nothing_is_tried),
		fixture_test(test_a_network_that_is_not_managed_is_told),
		fixture_test(test_a_wrong_word_is_named_with_the_right_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
