/* SPDX-License-Identifier: MIT */
/* test-diff.c -- the verb diff, against a peer that plays a script */
#include "tests/unit/agentctl/fixture.h"

#include "agent/base/spans.h"

#define EVENT(kind, module, state, reason)                                                      \
	"{\"parameters\":{\"event\":{\"t\":1,\"module\":\"" module "\",\"kind\":\"" kind        \
	"\",\"state\":\"" state "\",\"reason\":\"" reason "\",\"since\":0,\"next\":\"look\"}}," \
	"\"continues\":true}\0"
#define PLANNED(path) EVENT("change", "template", "planned", "write " path)
#define LINE(text) EVENT("change", "template", "diff", text)
#define LAST "{\"parameters\":{\"result\":\"settled\",\"changes\":2}}\0"
#define SERVE(f, script) serve(f, script, sizeof(script) - 1, false)

#define TWO                 \
	PLANNED("/etc/a")   \
	LINE("@@ -1 +1 @@") \
	LINE("-old")        \
	LINE("+new")        \
	LINE(" same")       \
	LINE("@@ -9 +9 @@") \
	LINE("+end") LINE("\\\\ no newline at the end") PLANNED("/etc/b") LINE("(secret)")

static int setup(void **state)
{
	static const char *const dirs[] = { "/etc", "/var", "/var/lib", STATE_DIR, SPANS_DIR };
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		assert_int_equal(mkdir(in_root(f, dirs[i]), 0755), 0);
	write_text(f, "/etc/a", "old\n");
	write_text(f, "/etc/b", "x\n");
	write_text(f, SPANS_DIR "/etc%a.json", "{}");
	write_text(f, SPANS_DIR "/etc%b.json", "{}");
	return 0;
}

static void test_differences_are_in_the_form_of_diff_u(void **state)
{
	struct fixture *f = *state;

	SERVE(f, TWO LAST);
	assert_int_equal(ctl(f, "diff", NULL), 1);
	assert_string_equal(f->out, "--- /etc/a\n+++ /etc/a (rendered)\n"
				    "@@ -1,2 +1,2 @@\n-old\n+new\n same\n"
				    "@@ -8,0 +9,1 @@\n+end\n\\ No newline at end of file\n"
				    "--- /etc/b\n+++ /etc/b (rendered)\n(secret)\n");
}

static void test_of_one_file_nothing_else_is_shown(void **state)
{
	struct fixture *f = *state;

	SERVE(f, TWO LAST);
	assert_int_equal(ctl(f, "diff", "/etc/b", NULL), 1);
	assert_string_equal(f->out, "--- /etc/b\n+++ /etc/b (rendered)\n(secret)\n");
}

static void test_what_differs_elsewhere_is_no_difference_of_this_file(void **state)
{
	struct fixture *f = *state;

	SERVE(f, PLANNED("/etc/a") LINE("+x") LAST);
	assert_int_equal(ctl(f, "diff", "/etc/b", NULL), 0);
	assert_string_equal(f->out, "");
}

static void test_no_difference_ends_with_0(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("state", "template", "ready", "2 targets") LAST);
	assert_int_equal(ctl(f, "diff", NULL), 0);
	assert_string_equal(f->out, "");
	assert_string_equal(f->err, "");
}

static void test_a_template_that_cannot_be_rendered_is_trouble(void **state)
{
	struct fixture *f = *state;

	SERVE(f, EVENT("state", "template", "degraded", "template a is held: why") LAST);
	assert_int_equal(ctl(f, "diff", NULL), 2);
	assert_has(f->err, "template a is held: why");
}

static void test_a_file_of_no_template_is_trouble(void **state)
{
	struct fixture *f = *state;

	write_text(f, "/etc/c", "x\n");
	assert_int_equal(ctl(f, "diff", "/etc/c", NULL), 2);
	assert_has(f->err, "no template was rendered into /etc/c");
}

static void test_without_root_no_difference_is_told_and_that_is_said(void **state)
{
	struct fixture *f = *state;

	SERVE(f, PLANNED("/etc/a") LAST);
	assert_int_equal(ctl(f, "diff", NULL), 2);
	assert_has(f->err, "differences are shown to root only");
}

static void test_with_nobody_to_ask_it_is_trouble(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "diff", NULL), 2);
	assert_has(f->err,
		   geteuid() == 0 ? "no daemon is running, and" : "the daemon is not running");
}

static void test_json_has_a_file_each(void **state)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *files, *diff;
	struct fixture *f = *state;
	const char *file;

	SERVE(f, TWO LAST);
	assert_int_equal(ctl(f, "diff", "--json", NULL), 1);
	assert_int_equal(json_parse(f->out, f->out_len, 8, &doc, NULL), 0);
	assert_int_equal(json_get_arr(doc, "files", &files), 0);
	assert_int_equal(json_object_array_length(files), 2);
	assert_int_equal(json_get_str(json_object_array_get_idx(files, 0), "file", &file), 0);
	assert_string_equal(file, "/etc/a");
	assert_int_equal(json_get_arr(json_object_array_get_idx(files, 1), "diff", &diff), 0);
	assert_string_equal(json_text(diff), "[\"(secret)\"]");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_differences_are_in_the_form_of_diff_u),
		T(test_of_one_file_nothing_else_is_shown),
		T(test_what_differs_elsewhere_is_no_difference_of_this_file),
		T(test_no_difference_ends_with_0),
		T(test_a_template_that_cannot_be_rendered_is_trouble),
		T(test_a_file_of_no_template_is_trouble),
		T(test_without_root_no_difference_is_told_and_that_is_said),
		T(test_with_nobody_to_ask_it_is_trouble),
		T(test_json_has_a_file_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
