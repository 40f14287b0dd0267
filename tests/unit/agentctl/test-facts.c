/* SPDX-License-Identifier: MIT */
/* test-facts.c -- the verb facts, and reading the file that it shows */
#include "tests/unit/agentctl/fixture.h"
#include "tools/agentctl/factsfile.h"

#define FACTS                                                                                      \
	"{\"version\":1,\"facts\":{"                                                               \
	"\"vm_id\":{\"state\":\"unknown\",\"why\":\"connection "                                   \
	"refused\",\"source\":\"gw\",\"time\":1},"                                                 \
	"\"config_id\":{\"state\":\"value\",\"value\":\"4190101\",\"source\":\"http://gw/"         \
	"skytap\","                                                                                \
	"\"path\":\"configuration_url\",\"time\":1},"                                              \
	"\"roles\":{\"state\":\"value\",\"value\":[\"dns\",\"leader\"],\"source\":\"x\",\"time\":" \
	"1},"                                                                                      \
	"\"base_domain\":{\"state\":\"absent\",\"why\":\"not "                                     \
	"configured\",\"source\":\"x\",\"time\":1},"                                               \
	"\"credentials\":{\"state\":\"value\",\"secret\":true,\"value\":[\"root/hunter2\"],"       \
	"\"source\":\"x\",\"time\":1}}}"

static void test_the_table_shows_value_source_and_state(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS);
	assert_int_equal(ctl(f, "facts", NULL), CTL_READY);
	assert_has(f->out, "config_id    4190101 ");
	assert_has(f->out, "http://gw/skytap configuration_url");
	assert_has(f->out, "[\"dns\",\"leader\"]");
	assert_has(f->out, "unknown: connection refused");
	assert_has(f->out, "absent: not configured");
	assert_true(strstr(f->out, "base_domain") < strstr(f->out, "config_id"));
	assert_true(strstr(f->out, "config_id") < strstr(f->out, "vm_id"));
}

static void test_a_text_of_several_lines_takes_one_line_of_the_table(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, "{\"a\":\"one\\ntwo\",\"b\":\"\"}");
	assert_int_equal(ctl(f, "facts", NULL), CTL_READY);
	assert_has(f->out, "a     \"one\\ntwo\"");
	assert_int_equal(ctl(f, "facts", "a", NULL), CTL_READY);
	assert_string_equal(f->out, "one\ntwo\n");
}

static void test_what_the_leader_found_is_among_them(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS);
	write_text(f, LEADER_FACTS_PATH,
		   "{\"version\":1,\"facts\":{\"nat\":{\"state\":\"value\",\"value\":"
		   "{\"web-1\":\"10.200.1.21\"},\"source\":\"https://cloud\",\"time\":1},"
		   "\"config_id\":{\"state\":\"value\",\"value\":\"666\",\"source\":\"x\","
		   "\"time\":1}}}");
	assert_int_equal(ctl(f, "facts", "nat", NULL), CTL_READY);
	assert_string_equal(f->out, "{\"web-1\":\"10.200.1.21\"}\n");
	assert_int_equal(ctl(f, "facts", NULL), CTL_READY);
	assert_true(strstr(f->out, "nat ") < strstr(f->out, "roles"));
	/* What this host has read of itself is not the leader's to say. */
	assert_lacks(f->out, "666");
	write_text(f, LEADER_FACTS_PATH, "{\"version\":1,");
	assert_int_equal(ctl(f, "facts", NULL), CTL_ERROR);
	assert_has(f->err, LEADER_FACTS_PATH);
}

static void test_a_secret_is_shown_nowhere(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS);
	ctl(f, "facts", NULL);
	assert_has(f->out, "(secret)");
	assert_lacks(f->out, "hunter2");
	ctl(f, "facts", "--json", NULL);
	assert_lacks(f->out, "hunter2");
	assert_int_equal(ctl(f, "facts", "credentials", NULL), CTL_ERROR);
	assert_lacks(f->out, "hunter2");
	assert_has(f->err, "is secret");
	ctl(f, "facts", "credentials", "--json", NULL);
	assert_lacks(f->out, "hunter2");
}

static void test_one_fact_is_its_value_alone(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS);
	assert_int_equal(ctl(f, "facts", "config_id", NULL), CTL_READY);
	assert_string_equal(f->out, "4190101\n");
	assert_int_equal(ctl(f, "facts", "roles", NULL), CTL_READY);
	assert_string_equal(f->out, "[\"dns\",\"leader\"]\n");
}

static void test_a_fact_without_value_is_an_error_with_its_reason(void **state)
{
	struct fixture *f = *state;

	write_text(f, FACTS_PATH, FACTS);
	assert_int_equal(ctl(f, "facts", "vm_id", NULL), CTL_ERROR);
	assert_string_equal(f->out, "");
	assert_has(f->err, "'vm_id' is unknown: connection refused");
	assert_int_equal(ctl(f, "facts", "base_domain", NULL), CTL_ERROR);
	assert_has(f->err, "absent: not configured");
	assert_int_equal(ctl(f, "facts", "confg_id", NULL), CTL_ERROR);
	assert_has(f->err, "did you mean 'config_id'?");
}

static void test_no_file_means_no_pass_yet(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "facts", NULL), CTL_NOT_RUNNING);
	assert_has(f->err, "no facts yet");
}

static void test_a_broken_file_is_named_with_the_place(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "{\n  \"a\": tru\n}", "facts.json:2:" },
		{ "[1]", "expected an object" },
		{ "{\"version\":9,\"facts\":{}}", "form 9" },
		{ "{\"version\":1,\"facts\":{\"Bad Name\":{}}}", "'Bad Name'" },
		{ "{\"version\":1,\"facts\":{\"a\":1}}", "fact 'a'" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_text(f, FACTS_PATH, cases[i].text);
		assert_int_equal(ctl(f, "facts", NULL), CTL_ERROR);
		assert_has(f->err, cases[i].error);
	}
}

static void test_a_plain_object_is_taken_too(void **state)
{
	_cleanup_(factsfile_freep) struct factsfile *facts = NULL;
	_cleanup_free_ char *error = NULL;
	struct fixture *f = *state;

	write_text(f, "/plain.json", "{\"config_id\":\"1\",\"count\":3,\"owner\":null}");
	assert_int_equal(factsfile_load(f->root, "/plain.json", &facts, &error), 0);
	assert_int_equal(factsfile_count(facts), 3);
	assert_int_equal(factsfile_get(facts, "config_id").state, ERB_FOUND);
	assert_string_equal(json_text(factsfile_get(facts, "count").value), "3");
	assert_int_equal(factsfile_get(facts, "owner").state, ERB_IS_ABSENT);
	assert_int_equal(factsfile_get(facts, "other").state, ERB_NO_SUCH);
	assert_string_equal(factsfile_at(facts, 0).name, "config_id");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_the_table_shows_value_source_and_state),
		fixture_test(test_a_text_of_several_lines_takes_one_line_of_the_table),
		fixture_test(test_what_the_leader_found_is_among_them),
		fixture_test(test_a_secret_is_shown_nowhere),
		fixture_test(test_one_fact_is_its_value_alone),
		fixture_test(test_a_fact_without_value_is_an_error_with_its_reason),
		fixture_test(test_no_file_means_no_pass_yet),
		fixture_test(test_a_broken_file_is_named_with_the_place),
		fixture_test(test_a_plain_object_is_taken_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
