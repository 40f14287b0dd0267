/* SPDX-License-Identifier: MIT */
/* test-render.c -- the verb render */
#include "tests/unit/agentctl/fixture.h"

static int render(struct fixture *f, const char *facts, const char *template)
{
	_cleanup_free_ char *facts_path = strdup(in_root(f, "/f.json"));
	_cleanup_free_ char *path = strdup(in_root(f, "/t.erb"));

	write_text(f, "/f.json", facts);
	write_text(f, "/t.erb", template);
	return ctl(f, "render", "--facts", facts_path, path, NULL);
}

/* The same again, for programs. */
static int render_json(struct fixture *f)
{
	_cleanup_free_ char *facts_path = strdup(in_root(f, "/f.json"));
	_cleanup_free_ char *path = strdup(in_root(f, "/t.erb"));

	return ctl(f, "render", "--json", "--facts", facts_path, path, NULL);
}

static void test_the_text_goes_to_stdout(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(render(f, "{\"config_id\":\"4190101\"}", "id <%= config_id %>.\n"),
			 CTL_READY);
	assert_string_equal(f->out, "id 4190101.\n");
	assert_string_equal(f->err, "");
}

static void test_the_form_of_the_agent_is_taken_with_secrets(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(render(f,
				"{\"version\":1,\"facts\":{\"token\":{\"state\":\"value\","
				"\"value\":\"s3\",\"secret\":true}}}",
				"<%= token %>"),
			 CTL_READY);
	assert_string_equal(f->out, "s3");
}

static void test_an_error_is_file_line_column_and_a_caret(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(render(f, "{\"config_id\":\"1\"}", "a\nb <%= confg_id %>\n"), CTL_ERROR);
	assert_string_equal(f->out, "");
	assert_has(f->err, "/t.erb:2:7: ");
	assert_has(f->err, "did you mean 'config_id'");
	assert_has(f->err, "\n  b <%= confg_id %>\n        ^\n");
}

static void test_an_unknown_fact_is_an_error_with_its_reason(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(render(f,
				"{\"version\":1,\"facts\":{\"config_id\":{\"state\":\"unknown\","
				"\"why\":\"connection refused\"}}}",
				"<%= config_id %>"),
			 CTL_ERROR);
	assert_string_equal(f->out, "");
	assert_has(f->err, "connection refused");
}

static void test_the_line_of_an_error_cannot_move_the_cursor(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(render(f, "{}", "\033[2J\t<%= x %>\n"), CTL_ERROR);
	assert_lacks(f->err, "\033");
	assert_has(f->err, "?[2J\t<%= x %>");
}

static void test_a_missing_file_is_named(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *facts = strdup(in_root(f, "/f.json"));

	assert_int_equal(ctl(f, "render", "--facts", "/no/such.json", "/no/t.erb", NULL),
			 CTL_ERROR);
	assert_has(f->err, "/no/such.json: No such file");
	write_text(f, "/f.json", "{}");
	assert_int_equal(ctl(f, "render", "--facts", facts, "/no/t.erb", NULL), CTL_ERROR);
	assert_has(f->err, "/no/t.erb: No such file");
}

static void test_without_facts_it_takes_those_of_this_host(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = strdup(in_root(f, "/t.erb"));

	write_text(f, FACTS_PATH,
		   "{\"version\":1,\"facts\":{\"a\":{\"state\":\"value\",\"value\":\"here\"}}}");
	write_text(f, "/t.erb", "<%= a %>");
	assert_int_equal(ctl(f, "render", path, NULL), CTL_READY);
	assert_string_equal(f->out, "here");
}

/* What was printed, as JSON; the caller's. */
static struct json_object *printed(struct fixture *f)
{
	struct json_object *all;
	const char *schema;

	assert_int_equal(json_parse(f->out, f->out_len, 8, &all, NULL), 0);
	assert_int_equal(json_get_str(all, "schema", &schema), 0);
	assert_string_equal(schema, "envagent.render/1");
	return all;
}

static void test_json_has_the_text_and_where_each_piece_comes_from(void **state)
{
	_cleanup_json_ struct json_object *all = NULL;
	struct fixture *f = *state;
	struct json_object *pieces, *piece, *facts;
	const char *text, *expression;
	bool secret = true;
	int64_t n;

	assert_int_equal(render(f, "{\"id\":\"41\"}", "a\nid <%= id %>.\n"), CTL_READY);
	assert_int_equal(render_json(f), CTL_READY);
	all = printed(f);
	assert_int_equal(json_get_str(all, "text", &text), 0);
	assert_string_equal(text, "a\nid 41.\n");
	assert_int_equal(json_get_bool(all, "secret", &secret), 0);
	assert_false(secret);
	assert_int_equal(json_get_arr(all, "pieces", &pieces), 0);
	assert_int_equal(json_object_array_length(pieces), 3);
	piece = json_object_array_get_idx(pieces, 1);
	assert_int_equal(json_get_int(piece, "start", &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(json_get_int(piece, "end", &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_int(piece, "template_line", &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(json_get_str(piece, "expression", &expression), 0);
	assert_string_equal(expression, "id");
	assert_int_equal(json_get_arr(piece, "facts", &facts), 0);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(facts, 0)), "id");
}

static void test_json_names_the_facts_of_the_conditions_around(void **state)
{
	struct fixture *f = *state;

	render(f, "{\"on\":true}", "<% if on %>yes<% end %>");
	assert_int_equal(render_json(f), CTL_READY);
	assert_has(f->out, "\"facts\": [\n      ],\n      \"decided_by\": [\n        \"on\"\n");
}

static void test_json_tells_an_error_with_its_place(void **state)
{
	_cleanup_json_ struct json_object *all = NULL;
	struct fixture *f = *state;
	struct json_object *error;
	const char *text;
	int64_t n;

	render(f, "{}", "a\nb <%= nobody %>\n");
	assert_int_equal(render_json(f), CTL_ERROR);
	assert_string_equal(f->err, "");
	all = printed(f);
	assert_int_equal(json_get_obj(all, "error", &error), 0);
	assert_int_equal(json_get_int(error, "line", &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(json_get_int(error, "column", &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(json_get_str(error, "fact", &text), 0);
	assert_string_equal(text, "nobody");
	assert_int_equal(json_get_str(all, "text", &text), -ENOENT);
}

static void test_bytes_that_no_json_can_hold_are_told(void **state)
{
	_cleanup_json_ struct json_object *all = NULL;
	struct fixture *f = *state;
	bool exact = true;
	const char *text;

	assert_int_equal(render(f, "{}", "caf\xe9.\n"), CTL_READY);
	assert_string_equal(f->out, "caf\xe9.\n");
	assert_int_equal(render_json(f), CTL_READY);
	all = printed(f);
	assert_int_equal(json_get_str(all, "text", &text), 0);
	assert_string_equal(text, "caf\xef\xbf\xbd.\n");
	assert_int_equal(json_get_bool(all, "text_exact", &exact), 0);
	assert_false(exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_the_text_goes_to_stdout),
		fixture_test(test_the_form_of_the_agent_is_taken_with_secrets),
		fixture_test(test_an_error_is_file_line_column_and_a_caret),
		fixture_test(test_an_unknown_fact_is_an_error_with_its_reason),
		fixture_test(test_the_line_of_an_error_cannot_move_the_cursor),
		fixture_test(test_a_missing_file_is_named),
		fixture_test(test_without_facts_it_takes_those_of_this_host),
		fixture_test(test_json_has_the_text_and_where_each_piece_comes_from),
		fixture_test(test_json_names_the_facts_of_the_conditions_around),
		fixture_test(test_json_tells_an_error_with_its_place),
		fixture_test(test_bytes_that_no_json_can_hold_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
