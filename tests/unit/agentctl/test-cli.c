/* SPDX-License-Identifier: MIT */
/* test-cli.c -- the command line of agentctl */
#include "tests/unit/agentctl/fixture.h"

static void test_no_verb_prints_the_overview_and_is_a_usage_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "--color=never", NULL), CTL_USAGE);
	assert_has(f->err, "Usage: agentctl");
	assert_string_equal(f->out, "");
}

static void test_each_verb_has_help_that_names_its_options(void **state)
{
	struct fixture *f = *state;

	for (const struct ctl_verb *v = ctl_verbs; v->name; v++) {
		assert_int_equal(ctl(f, v->name, "--help", NULL), CTL_READY);
		assert_has(f->out, v->name);
		assert_true(!strstr(f->out, "\n  --json") == !(v->options & CTL_JSON));
		assert_true(!strstr(f->out, "\n  --timeout") == !(v->options & CTL_WAIT));
		assert_true(!strstr(f->out, "\n  --module") == !(v->options & CTL_MODULE));
	}
}

static void test_help_lists_every_verb(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "help", NULL), CTL_READY);
	for (const struct ctl_verb *v = ctl_verbs; v->name; v++)
		assert_has(f->out, v->summary);
	assert_int_equal(ctl(f, "help", "wait", NULL), CTL_READY);
	assert_has(f->out, "Usage: agentctl wait");
}

static void test_a_mistyped_verb_or_option_gets_the_nearest(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "statsu", NULL), CTL_USAGE);
	assert_has(f->err, "did you mean 'status'");
	assert_int_equal(ctl(f, "status", "--jsno", NULL), CTL_USAGE);
	assert_has(f->err, "did you mean --json");
}

static void test_what_a_verb_does_not_take_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "facts", "--module", "dns", NULL), CTL_USAGE);
	assert_has(f->err, "does not take --module");
	assert_int_equal(ctl(f, "status", "web-1", NULL), CTL_USAGE);
	assert_has(f->err, "too many: web-1");
	assert_int_equal(ctl(f, "render", NULL), CTL_USAGE);
	assert_has(f->err, "TEMPLATE");
	assert_int_equal(ctl(f, "wait", "--for", "world", NULL), CTL_USAGE);
	assert_has(f->err, "--for takes host");
	assert_int_equal(ctl(f, "wait", "--timeout", "soon", NULL), CTL_USAGE);
	assert_has(f->err, "--timeout takes a time");
	assert_int_equal(ctl(f, "wait", "--timeout", NULL), CTL_USAGE);
	assert_has(f->err, "a value is missing after --timeout");
	assert_int_equal(ctl(f, "status", "--color=pink", NULL), CTL_USAGE);
	assert_has(f->err, "auto, always or never");
}

static void test_version_is_one_line(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ctl(f, "version", NULL), CTL_READY);
	assert_string_equal(f->out, "agentctl " VERSION "\n");
	assert_int_equal(ctl(f, "--version", NULL), CTL_READY);
	assert_string_equal(f->out, "agentctl " VERSION "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_no_verb_prints_the_overview_and_is_a_usage_error),
		fixture_test(test_each_verb_has_help_that_names_its_options),
		fixture_test(test_help_lists_every_verb),
		fixture_test(test_a_mistyped_verb_or_option_gets_the_nearest),
		fixture_test(test_what_a_verb_does_not_take_is_refused),
		fixture_test(test_version_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
