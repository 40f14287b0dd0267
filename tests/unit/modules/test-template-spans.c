/* SPDX-License-Identifier: MIT */
/* test-template-spans.c -- what is kept about where the bytes of a target come from */
#include "tests/unit/modules/templates.h"

#include "agent/base/spans.h"

#define KEPT SPANS_DIR "/etc%web.yml.json"

static int setup_spans(void **state)
{
	struct scratch *s;

	setup(state);
	s = *state;
	scratch_file(
		s, "/etc/t/web.erb",
		"env: <%= config_id %>\n<% hosts.each do |h| -%>\n<%= h.name %>\n<% end -%>\n");
	assert_int_equal(facts_source(s->facts, "http://gw/skytap", 5), 0);
	assert_int_equal(facts_set_str(s->facts, "config_id", "configuration_url", "4190101"), 0);
	scratch_fact(s, "hosts", "[{\"name\":\"a\"},{\"name\":\"b\"}]");
	return 0;
}

/* The document at PATH; owned. */
static struct json_object *kept(struct scratch *s, const char *path)
{
	_cleanup_free_ char *text = NULL;
	struct json_object *doc;
	size_t len;

	assert_int_equal(sys_read(s->sys, path, &text, &len), 0);
	assert_int_equal(json_parse(text, len, 8, &doc, NULL), 0);
	return doc;
}

static const char *member(struct json_object *doc, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(doc, key, &v) ? json_text(v) : "";
}

static uint64_t mtime(struct scratch *s, const char *path)
{
	_cleanup_free_ char *full = str_printf("%s%s", s->dir, path);
	struct stat st;

	assert_int_equal(stat(full, &st), 0);
	return (uint64_t)st.st_ino ^ (uint64_t)st.st_mtim.tv_nsec ^ (uint64_t)st.st_mtim.tv_sec;
}

static void test_each_span_names_its_expression_and_facts(void **state)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct scratch *s = *state;

	make(s, WEB);
	scratch_expect_file(s, "/etc/web.yml", "env: 4190101\na\nb\n");
	doc = kept(s, KEPT);
	assert_string_equal(member(doc, "source"), "\"/etc/t/web.erb\"");
	assert_string_equal(member(doc, "facts"),
			    "[{\"name\":\"config_id\",\"source\":\"http://gw/skytap\","
			    "\"path\":\"configuration_url\",\"time\":5,\"value\":\"4190101\"},"
			    "{\"name\":\"hosts\",\"source\":\"http://gw/skytap\",\"time\":5,"
			    "\"value\":\"[{\\\"name\\\":\\\"a\\\"},{\\\"name\\\":\\\"b\\\"}]\"}]");
	/* a block that runs twice has its places once */
	assert_string_equal(member(doc, "places"),
			    "[{\"line\":1,\"column\":1},"
			    "{\"line\":1,\"column\":10,\"expression\":\"config_id\",\"facts\":[0]},"
			    "{\"line\":1,\"column\":22},"
			    "{\"line\":3,\"column\":5,\"expression\":\"h.name\",\"facts\":[1]},"
			    "{\"line\":3,\"column\":14,\"when\":[1]}]");
	assert_string_equal(member(doc, "spans"), "[[0,5,0],[5,12,1],[12,13,2],[13,14,3],"
						  "[14,15,4],[15,16,3],[16,17,4]]");
}

static void test_a_settled_pass_writes_nothing(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *before = NULL;
	uint64_t time;

	make(s, WEB);
	time = mtime(s, KEPT);
	before = strdup(json_text(s->state));
	make(s, WEB);
	assert_true(mtime(s, KEPT) == time);
	assert_string_equal(json_text(s->state), before);
}

static void test_a_changed_fact_keeps_its_value_of_before(void **state)
{
	_cleanup_json_ struct json_object *doc = NULL, *again = NULL;
	struct scratch *s = *state;

	make(s, WEB);
	assert_int_equal(facts_source(s->facts, "http://gw/skytap", 7), 0);
	assert_int_equal(facts_set_str(s->facts, "config_id", NULL, "4190102"), 0);
	make(s, WEB);
	doc = kept(s, KEPT);
	assert_non_null(strstr(member(doc, "facts"), "\"time\":7,\"value\":\"4190102\","
						     "\"before\":\"4190101\",\"before_time\":5}"));
	/* another change does not make it forget */
	scratch_fact(s, "hosts", "[]");
	make(s, WEB);
	again = kept(s, KEPT);
	assert_non_null(strstr(member(again, "facts"), "\"before\":\"4190101\""));
}

static void test_a_template_that_moves_its_lines_is_kept_anew(void **state)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct scratch *s = *state;

	make(s, WEB);
	scratch_file(s, "/etc/t/web.erb",
		     "<%# -%>\n<%# new -%>\nenv: <%= config_id %>\n<% hosts.each do |h| -%>\n"
		     "<%= h.name %>\n<% end -%>\n");
	make(s, WEB);
	scratch_expect_plan(s, "");
	doc = kept(s, KEPT);
	assert_non_null(strstr(member(doc, "places"), "{\"line\":3,\"column\":10,"));
}

static void test_a_secret_is_in_no_file_of_spans(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct scratch *s = *state;
	size_t len;
	struct sys_stat st;

	assert_int_equal(facts_set_secret(s->facts, "token", NULL, json_object_new_string("t0ken")),
			 0);
	scratch_file(s, "/etc/t/web.erb", "<%= token %> <%= token.upcase + config_id %>\n");
	make(s, WEB);
	scratch_expect_file(s, "/etc/web.yml", "t0ken T0KEN4190101\n");
	assert_int_equal(sys_read(s->sys, KEPT, &text, &len), 0);
	assert_null(strcasestr(text, "t0ken"));
	assert_non_null(strstr(text, "\"secret\":[0,2]"));
	assert_null(strstr(json_text(s->state), "t0ken"));
	assert_int_equal(sys_lstat(s->sys, KEPT, &st), 0);
	assert_int_equal(st.mode, 0600);
}

static void test_a_plan_alone_keeps_nothing(void **state)
{
	struct scratch *s = *state;
	struct sys_stat st;

	scratch_begin(s, WEB);
	s->pass.planning = true;
	assert_int_equal(module_template.plan(&s->pass, s->values), 0);
	assert_int_equal(sys_lstat(s->sys, SPANS_DIR, &st), 0);
	assert_int_equal(st.kind, SYS_ABSENT);
}

static void test_spans_go_when_their_template_goes(void **state)
{
	struct scratch *s = *state;
	struct sys_stat st;

	make(s, WEB);
	make(s, "[Template other]\nSource=/etc/t/web.erb\nTarget=/etc/other.yml\n");
	assert_int_equal(sys_lstat(s->sys, KEPT, &st), 0);
	assert_int_equal(st.kind, SYS_ABSENT);
	assert_int_equal(sys_lstat(s->sys, SPANS_DIR "/etc%other.yml.json", &st), 0);
	assert_int_equal(st.kind, SYS_FILE);
}

static void test_what_is_too_much_is_kept_to_its_limit(void **state)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *spans;
	struct scratch *s = *state;
	int64_t covered;

	scratch_file(s, "/etc/t/web.erb",
		     "<% ('x,' * 5000).split(',').each do |x| %>\n<%= x %><% end %>");
	make(s, WEB);
	doc = kept(s, KEPT);
	assert_int_equal(json_get_arr(doc, "spans", &spans), 0);
	assert_int_equal(json_object_array_length(spans), SPANS_MAX);
	assert_int_equal(json_get_int(doc, "covered", &covered), 0);
	assert_int_equal(covered, SPANS_MAX);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_spans, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_each_span_names_its_expression_and_facts),
		T(test_a_settled_pass_writes_nothing),
		T(test_a_changed_fact_keeps_its_value_of_before),
		T(test_a_template_that_moves_its_lines_is_kept_anew),
		T(test_a_secret_is_in_no_file_of_spans),
		T(test_a_plan_alone_keeps_nothing),
		T(test_spans_go_when_their_template_goes),
		T(test_what_is_too_much_is_kept_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
