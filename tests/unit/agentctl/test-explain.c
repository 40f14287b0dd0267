/* SPDX-License-Identifier: MIT */
/* test-explain.c -- the verb explain */
#include "tests/unit/agentctl/fixture.h"

#include "agent/base/spans.h"

#define TEXT "env: 4190101\n# a text\nof two lines\nt0ken\n"

static void write_spans(struct fixture *f, const char *covered)
{
	char hash[SPANS_HASH_TEXT];
	_cleanup_free_ char *doc = str_printf(
		"{\"version\":1,\"template\":\"app\",\"target\":\"/etc/app.yml\","
		"\"source\":\"/etc/t/app.erb\",\"rendered\":1,\"size\":43,\"hash\":\"%s\","
		"\"facts\":[{\"name\":\"config_id\",\"source\":\"http://gw/skytap\","
		"\"path\":\"configuration_url\",\"time\":1000000,\"value\":\"4190101\","
		"\"before\":\"4190100\",\"before_time\":1000000},"
		"{\"name\":\"token\",\"source\":\"/etc/token\",\"time\":1000000,\"secret\":true}],"
		"\"places\":[{\"line\":1,\"column\":1,\"when\":[0]},{\"line\":1,\"column\":10,"
		"\"expression\":\"config_id\",\"facts\":[0]},{\"line\":1,\"column\":22},"
		"{\"line\":4,\"column\":5,\"expression\":\"token\",\"facts\":[1]},"
		"{\"line\":4,\"column\":13}],"
		"\"spans\":[[0,5,0],[5,12,1],[12,35,2],[35,40,3],[40,41,4]],"
		"\"secret\":[3],\"covered\":%s}",
		spans_hash_text(TEXT, strlen(TEXT), hash), covered);

	write_text(f, SPANS_DIR "/etc%app.yml.json", doc);
}

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_int_equal(mkdir(in_root(f, "/etc"), 0755), 0);
	assert_int_equal(mkdir(in_root(f, "/var"), 0755), 0);
	assert_int_equal(mkdir(in_root(f, "/var/lib"), 0755), 0);
	assert_int_equal(mkdir(in_root(f, STATE_DIR), 0755), 0);
	assert_int_equal(mkdir(in_root(f, SPANS_DIR), 0755), 0);
	write_text(f, "/etc/app.yml", TEXT);
	write_spans(f, "41");
	return 0;
}

static void test_an_expression_is_told_with_its_place_fact_and_value_before(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "/etc/app.yml:1:7", NULL), CTL_READY);
	assert_has(f->out, "/etc/app.yml:1:7: '1'\n"
			   "    expression  config_id\n"
			   "    template    /etc/t/app.erb:1:10\n"
			   "    fact        config_id = 4190101\n"
			   "    from        http://gw/skytap configuration_url\n"
			   "    read        1970-01-01");
	assert_has(f->out, "    before      4190100, read 1970-01-01");
}

static void test_a_line_is_told_piece_by_piece(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "/etc/app.yml:1", NULL), CTL_READY);
	assert_has(f->out, "/etc/app.yml:1:1: 'env: '\n    text of     /etc/t/app.erb:1:1\n");
	assert_has(f->out, "/etc/app.yml:1:6: '4190101'\n");
	assert_lacks(f->out, "1:13");
}

static void test_text_in_a_condition_is_told_with_the_fact_that_decided(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "/etc/app.yml:1:2", NULL), CTL_READY);
	assert_has(f->out, "    text of     /etc/t/app.erb:1:2\n"
			   "    decided by  config_id = 4190101\n"
			   "    from        http://gw/skytap configuration_url\n");
	assert_int_equal(ctl(f, "explain", "--json", "/etc/app.yml:1:2", NULL), CTL_READY);
	assert_has(f->out, "\"decided_by\": [\n");
	assert_has(f->out, "\"name\": \"config_id\"");
}

static void test_text_of_the_template_is_found_in_it_byte_by_byte(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "/etc/app.yml:3:4", NULL), CTL_READY);
	assert_string_equal(f->out, "/etc/app.yml:3:4: 't'\n    text of     /etc/t/app.erb:3:4\n");
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:2", NULL), CTL_READY);
	assert_string_equal(f->out,
			    "/etc/app.yml:2:1: '# a text'\n    text of     /etc/t/app.erb:2:1\n");
}

static void test_a_secret_is_not_shown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "/etc/app.yml:4", NULL), CTL_READY);
	assert_has(f->out, "/etc/app.yml:4:1: '(secret)'\n");
	assert_has(f->out, "fact        token (secret)\n");
	assert_lacks(f->out, "t0ken");
	assert_int_equal(ctl(f, "explain", "--json", "/etc/app.yml:4:2", NULL), CTL_READY);
	assert_has(f->out, "\"secret\": true");
	assert_lacks(f->out, "\"text\"");
}

static void test_json_has_the_same(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "--json", "/etc/app.yml:1:6", NULL), CTL_READY);
	assert_has(f->out, "\"schema\": \"envagent.explain/1\"");
	assert_has(f->out, "\"template\": \"/etc/t/app.erb\"");
	assert_has(f->out, "\"template_column\": 10");
	assert_has(f->out, "\"before\": \"4190100\"");
}

static void test_a_place_that_is_none_is_a_clear_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "explain", "/etc/app.yml", NULL), CTL_USAGE);
	assert_has(f->err, "'/etc/app.yml' names no place, expected FILE:LINE[:COLUMN]");
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:0", NULL), CTL_USAGE);
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:5", NULL), CTL_ERROR);
	assert_has(f->err, "has 4 lines only");
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:1:14", NULL), CTL_ERROR);
	assert_has(f->err, "line 1 of /etc/app.yml has 13 bytes only");
	assert_int_equal(ctl(f, "explain", "/etc/none:1", NULL), CTL_ERROR);
	assert_has(f->err, "/etc/none: No such file");
	write_text(f, "/etc/other", "x\n");
	assert_int_equal(ctl(f, "explain", "/etc/other:1", NULL), CTL_ERROR);
	assert_has(f->err, "no template was rendered into it");
}

static void test_a_file_that_was_changed_since_is_not_explained(void **state)
{
	struct fixture *f = *state;

	write_text(f, "/etc/app.yml", TEXT "more\n");
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:1", NULL), CTL_ERROR);
	assert_has(f->err, "/etc/app.yml is not what was rendered");
	assert_has(f->err, "agentctl diff");
}

static void test_what_is_beyond_the_limit_is_said_to_be(void **state)
{
	struct fixture *f = *state;

	write_spans(f, "12");
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:3", NULL), CTL_ERROR);
	assert_has(f->err, "kept up to byte 12");
}

static void test_a_damaged_file_of_spans_is_an_error(void **state)
{
	struct fixture *f = *state;

	write_text(f, SPANS_DIR "/etc%app.yml.json", "{\"version\":2}");
	assert_int_equal(ctl(f, "explain", "/etc/app.yml:1", NULL), CTL_ERROR);
	assert_has(f->err, "not of a form that is known here");
}

static void test_a_link_to_the_target_is_followed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("app.yml", in_root(f, "/etc/link")), 0);
	assert_int_equal(ctl(f, "explain", "/etc/link:1:6", NULL), CTL_READY);
	assert_has(f->out, "/etc/app.yml:1:6: '4'");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_expression_is_told_with_its_place_fact_and_value_before),
		T(test_a_line_is_told_piece_by_piece),
		T(test_text_in_a_condition_is_told_with_the_fact_that_decided),
		T(test_text_of_the_template_is_found_in_it_byte_by_byte),
		T(test_a_secret_is_not_shown),
		T(test_json_has_the_same),
		T(test_a_place_that_is_none_is_a_clear_error),
		T(test_a_file_that_was_changed_since_is_not_explained),
		T(test_what_is_beyond_the_limit_is_said_to_be),
		T(test_a_damaged_file_of_spans_is_an_error),
		T(test_a_link_to_the_target_is_followed),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
