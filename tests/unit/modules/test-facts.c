/* SPDX-License-Identifier: MIT */
/* test-facts.c -- modules/facts: what commands, files and the user data tell */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

extern const struct module module_facts;

static int setup(void **state)
{
	*state = scratch_new(&module_facts, live_reason ? NULL : "/");
	return 0;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

/* One pass over these sections. */
static void gather(struct scratch *s, const char *conf)
{
	scratch_begin(s, conf);
	assert_int_equal(module_facts.facts(&s->pass, NULL), 0);
}

static void expect_known(struct scratch *s, const char *name, const char *json)
{
	struct json_object *v = facts_value(s->facts, name);

	if (!v)
		fail_msg("%s has no value: %s", name, facts_why(s->facts, name));
	assert_string_equal(json_text(v), json);
}

static void expect_none(struct scratch *s, const char *name, enum fact_state state, const char *why)
{
	const struct fact *f = facts_get(s->facts, name);

	assert_non_null(f);
	assert_int_equal(f->state, state);
	if (!strstr(f->why, why))
		fail_msg("%s: %s", name, f->why);
}

static void test_without_a_section_the_module_is_off(void **state)
{
	gather(*state, "");
	scratch_expect_state(*state, STATE_OFF, "no [Fact]");
}

/* ---- files ---- */

static void test_a_file_is_text_or_json_of_any_type(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/rack", "r 7\n\n");
	scratch_file(s, "/etc/rack.json", " {\"rack\": [7, \"x\"]}\n");
	gather(s, "[Fact rack]\nFile=/etc/rack\n[Fact racks]\nFile=/etc/rack.json\nFormat=json\n");
	expect_known(s, "rack", "\"r 7\"");
	expect_known(s, "racks", "{\"rack\":[7,\"x\"]}");
	assert_string_equal(facts_get(s->facts, "rack")->source, "/etc/rack");
	assert_true(facts_get(s->facts, "rack")->time > 1);
	scratch_expect_state(s, STATE_READY, "2 facts");
}

static void test_a_file_that_tells_nothing_is_unknown_with_its_reason(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/empty", "\n");
	scratch_file(s, "/etc/broken.json", "{\n  \"a\": x\n}\n");
	scratch_file(s, "/etc/bytes", "ab\xff\n");
	gather(s, "[Fact a]\nFile=/etc/none\n"
		  "[Fact b]\nFile=/etc/empty\n"
		  "[Fact c]\nFile=/etc/broken.json\nFormat=json\n"
		  "[Fact d]\nFile=/etc/bytes\n");
	expect_none(s, "a", FACT_UNKNOWN, "/etc/none: No such file or directory");
	expect_none(s, "b", FACT_UNKNOWN, "/etc/empty: the file is empty");
	expect_none(s, "c", FACT_UNKNOWN, "/etc/broken.json: line 2, column 8: this is no JSON");
	expect_none(s, "d", FACT_UNKNOWN, "/etc/bytes: byte 3 is no part of a text");
	scratch_expect_state(s, STATE_DEGRADED, "fact a: /etc/none");
}

static void test_null_in_json_is_absent(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/n.json", "null\n");
	gather(s, "[Fact n]\nFile=/etc/n.json\nFormat=json\n");
	expect_none(s, "n", FACT_ABSENT, "/etc/n.json: it is null");
	scratch_expect_state(s, STATE_READY, "1 fact");
}

static void test_a_secret_one_is_marked(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/token", "t0ken\n");
	gather(s, "[Fact token]\nFile=/etc/token\nSecret=yes\n");
	expect_known(s, "token", "\"t0ken\"");
	assert_true(facts_get(s->facts, "token")->secret);
}

/* ---- user data ---- */

static void user_data(struct scratch *s, const char *vm, const char *environment)
{
	assert_int_equal(facts_source(s->facts, "http://gw/skytap", 42), 0);
	assert_int_equal(vm ? facts_set_str(s->facts, "user_data", "user_data", vm)
			    : facts_set_absent(s->facts, "user_data", "none"),
			 0);
	assert_int_equal(environment
				 ? facts_set_str(s->facts, "configuration_user_data",
						 "configuration_user_data", environment)
				 : facts_set_absent(s->facts, "configuration_user_data", "none"),
			 0);
}

static void test_a_key_is_found_in_lines_and_in_json(void **state)
{
	struct scratch *s = *state;

	user_data(s,
		  "# owner: nobody\n owner: indented\nowner:no\nowner:  'Ada L.' \r\nowner: last\n",
		  "\n{\"id\": 7, \"url\": \"http://x\"}");
	gather(s, "[Fact owner]\nUserData=owner\n[Fact number]\nUserData=id\n");
	expect_known(s, "owner", "\"Ada L.\"");
	expect_known(s, "number", "7");
	assert_string_equal(facts_get(s->facts, "number")->source, "http://gw/skytap");
	assert_string_equal(facts_get(s->facts, "number")->path, "configuration_user_data:id");
	assert_int_equal(facts_get(s->facts, "number")->time, 42);
}

static void test_the_own_user_data_of_the_vm_wins(void **state)
{
	user_data(*state, "owner: vm\n", "owner: environment\n");
	gather(*state, "[Fact owner]\nUserData=owner\n");
	expect_known(*state, "owner", "\"vm\"");
}

static void test_a_key_that_is_not_there_is_absent_and_what_was_not_read_is_unknown(void **state)
{
	struct scratch *s = *state;
	const char *conf = "[Fact owner]\nUserData=owner\n";

	user_data(s, "owner:\nother: x\n", NULL);
	gather(s, conf);
	expect_none(s, "owner", FACT_ABSENT, "has a 'owner'");
	scratch_expect_state(s, STATE_READY, "1 fact");

	assert_int_equal(facts_set_unknown(s->facts, "user_data", "the gateway is silent"), 0);
	assert_int_equal(facts_set_str(s->facts, "configuration_user_data", NULL, "owner: x"), 0);
	gather(s, conf);
	expect_none(s, "owner", FACT_UNKNOWN, "the gateway is silent");
}

static void test_user_data_that_is_half_a_json_is_unknown_with_the_place(void **state)
{
	user_data(*state, NULL, "{\"owner\": \"x\",\n oops");
	gather(*state, "[Fact owner]\nUserData=owner\n");
	expect_none(*state, "owner", FACT_UNKNOWN,
		    "the environment's user data, line 2, column 2: this is no JSON");
}

/* ---- commands ---- */

static void test_a_command_tells_by_its_standard_output_alone(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	gather(s, "[Fact a]\nCommand=echo noise >&2; echo \"it's $((1 + 2)) %s\"\n"
		  "[Fact b]\nCommand=echo '{\"k\": [1]}'\nFormat=json\n"
		  "[Fact c]\nCommand=id -un\nUser=nobody\n");
	expect_known(s, "a", "\"it's 3 %s\"");
	expect_known(s, "b", "{\"k\":[1]}");
	expect_known(s, "c", "\"nobody\"");
	assert_string_equal(facts_get(s->facts, "a")->source, "command");
	assert_string_equal(facts_get(s->facts, "a")->path, "test.conf:2:9");
}

static void test_a_command_that_fails_is_unknown_with_status_and_words(void **state)
{
	struct scratch *s = *state;

	live_skip_unless_there();
	gather(s, "[Fact a]\nCommand=echo 'no route' >&2; exit 7\n"
		  "[Fact b]\nCommand=true\n"
		  "[Fact c]\nCommand=sleep 30\nTimeoutSec=200ms\n"
		  "[Fact d]\nCommand=echo x\nUser=no-such-user\n"
		  "[Fact e]\nCommand=echo '[1,'\nFormat=json\n"
		  "[Fact f]\nCommand=echo s3cret; exit 1\nSecret=yes\n"
		  "[Fact g]\nCommand=head -c 70000 /dev/zero\n"
		  "[Fact h]\nCommand=kill -9 $$\n");
	expect_none(s, "a", FACT_UNKNOWN, "the command ended with 7: no route");
	expect_none(s, "b", FACT_UNKNOWN, "ended with 0, but printed nothing");
	expect_none(s, "c", FACT_UNKNOWN, "took longer than 0.2 s");
	expect_none(s, "d", FACT_UNKNOWN, "there is no user no-such-user");
	expect_none(s, "e", FACT_UNKNOWN, "what the command printed: line 2, column 1");
	expect_none(s, "f", FACT_UNKNOWN, "its words are not shown");
	expect_none(s, "g", FACT_UNKNOWN, "over 64 KiB");
	expect_none(s, "h", FACT_UNKNOWN, "signal 9");
}

static void test_a_command_runs_in_each_pass_unless_told(void **state)
{
	struct scratch *s = *state;
	const char *conf = "[Fact each]\nCommand=echo x >>/run/each; wc -l </run/each\n"
			   "[Fact once]\nCommand=echo x >>/run/once; wc -l </run/once\n"
			   "MaxAgeSec=1h\n";
	uint64_t time;

	live_skip_unless_there();
	scratch_fact(s, "config_id", "\"1\"");
	gather(s, conf);
	time = facts_get(s->facts, "once")->time;
	gather(s, conf);
	expect_known(s, "each", "\"2\"");
	expect_known(s, "once", "\"1\"");
	assert_int_equal(facts_get(s->facts, "once")->time, time);
	/* another copy may get another answer */
	scratch_fact(s, "config_id", "\"2\"");
	gather(s, conf);
	expect_known(s, "once", "\"2\"");
}

static void test_below_another_root_no_command_runs(void **state)
{
	struct scratch *s = scratch_new(&module_facts, NULL);

	gather(s, "[Fact a]\nCommand=echo x\n");
	expect_none(s, "a", FACT_UNKNOWN, "not below another root");
	scratch_free(s);
}

/* ---- sections that are wrong ---- */

static void test_a_wrong_section_is_named_with_its_place_and_stops_no_other(void **state)
{
	static const struct {
		const char *conf, *reason;
	} cases[] = {
		{ "[Fact a]\n", "test.conf:1:1: [Fact a] there is no source" },
		{ "[Fact a]\nFile=/x\nUserData=y\n", "[Fact a] more than one of" },
		{ "[Fact a]\nFile=/x\nUser=y\n", "User= is for a Command=" },
		{ "[Fact a]\nFile=/x\nMaxAgeSec=1\n", "MaxAgeSec= is for a Command=" },
		{ "[Fact a]\nCommand=x\nMaxAgeSec=1\nSecret=yes\n", "a secret is not kept" },
		{ "[Fact hostname]\nFile=/x\n",
		  "test.conf:1:1: [Fact hostname] a fact of this name is the agent's own" },
		{ "[Fact My-Fact]\nFile=/x\n", "this is no name for a fact" },
		{ "[Fact end]\nFile=/x\n", "a word of the template language" },
	};
	struct scratch *s = *state;

	scratch_file(s, "/etc/rack", "7");
	scratch_fact(s, "hostname", "\"web-1\"");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *conf =
			str_printf("%s[Fact rack]\nFile=/etc/rack\n", cases[i].conf);

		gather(s, conf);
		scratch_expect_state(s, STATE_FAILED, cases[i].reason);
		expect_known(s, "rack", "\"7\"");
	}
	expect_none(s, "a", FACT_UNKNOWN, "a secret is not kept");
	expect_known(s, "hostname", "\"web-1\"");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_without_a_section_the_module_is_off),
		T(test_a_file_is_text_or_json_of_any_type),
		T(test_a_file_that_tells_nothing_is_unknown_with_its_reason),
		T(test_null_in_json_is_absent),
		T(test_a_secret_one_is_marked),
		T(test_a_key_is_found_in_lines_and_in_json),
		T(test_the_own_user_data_of_the_vm_wins),
		T(test_a_key_that_is_not_there_is_absent_and_what_was_not_read_is_unknown),
		T(test_user_data_that_is_half_a_json_is_unknown_with_the_place),
		T(test_a_command_tells_by_its_standard_output_alone),
		T(test_a_command_that_fails_is_unknown_with_status_and_words),
		T(test_a_command_runs_in_each_pass_unless_told),
		T(test_below_another_root_no_command_runs),
		T(test_a_wrong_section_is_named_with_its_place_and_stops_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
