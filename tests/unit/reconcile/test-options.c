/* SPDX-License-Identifier: MIT */
/* test-options.c -- options.c: each module's section with Manage= added */
#include "fixture.h"

#include "agent/reconcile/options.h"

struct red_conf {
	unsigned number;
	char *text;
};

static const struct conf_item red_items[] = {
	{ "Number", CONF_UINT, offsetof(struct red_conf, number), "7", NULL },
	{ "Text", CONF_STRING, offsetof(struct red_conf, text), NULL, NULL },
	{},
};

static const struct conf_item named_items[] = {
	{ "Port", CONF_PORT, 0, "80", NULL },
	{},
};

static const struct conf_section named[] = {
	{ "Thing", true, named_items, sizeof(unsigned) },
	{ "Red", true, named_items, sizeof(unsigned) },
	{},
};

static const struct module red = {
	.name = "red",
	.section = "Red",
	.items = red_items,
	.size = sizeof(struct red_conf),
	.sections = named,
};
static const struct module green = { .name = "green", .section = "Green" };
static const struct module blue = { .name = "blue" };
static const struct module *const modules[] = { &red, &green, &blue, NULL };

struct loaded {
	struct options *options;
	struct conf *conf;
	struct settings *settings;
	char *error;
};

static void loaded_done(struct loaded *l)
{
	settings_free(l->settings);
	conf_free(l->conf);
	options_free(l->options);
	free(l->error);
}

static int load(struct fixture *f, const char *text, struct loaded *l)
{
	assert_true(sys_mkdir(f->sys, "/etc/envagent", 0755) >= 0);
	fixture_put(f, "/etc/envagent/envagent.conf", text, 0644);
	return options_load(f->dir, modules, false, &l->options, &l->conf, &l->settings, &l->error);
}

static void test_a_module_gets_its_values_and_is_managed_by_default(void **state)
{
	_cleanup_(loaded_done) struct loaded l = {};
	const struct red_conf *c;

	assert_int_equal(load(*state, "[Red]\nText=hello\n[Agent]\nDomain=a.test\n", &l), 0);
	c = options_values(l.options, 0);
	assert_int_equal(c->number, 7);
	assert_string_equal(c->text, "hello");
	assert_true(options_manage(l.options, 0));
	assert_true(options_manage(l.options, 1));
	assert_true(options_manage(l.options, 2));
	assert_null(options_values(l.options, 2));
	assert_string_equal(l.settings->agent.domain, "a.test");
}

static void test_manage_no_is_each_modules_own(void **state)
{
	_cleanup_(loaded_done) struct loaded l = {};

	assert_int_equal(load(*state, "[Red]\nManage=no\n", &l), 0);
	assert_false(options_manage(l.options, 0));
	assert_true(options_manage(l.options, 1));
}

static void test_a_modules_further_sections_are_known(void **state)
{
	_cleanup_(loaded_done) struct loaded l = {};
	unsigned port;

	assert_int_equal(load(*state, "[Thing one]\nPort=81\n", &l), 0);
	assert_int_equal(conf_get(l.conf, named, "one", &port), 0);
	assert_int_equal(port, 81);
}

static void test_a_section_may_have_both_forms(void **state)
{
	_cleanup_(loaded_done) struct loaded l = {};
	unsigned port;

	assert_int_equal(load(*state, "[Red]\nManage=no\n[Red one]\nPort=82\n", &l), 0);
	assert_false(options_manage(l.options, 0));
	assert_int_equal(conf_get(l.conf, named + 1, "one", &port), 0);
	assert_int_equal(port, 82);
}

static void test_a_fault_names_file_line_and_column(void **state)
{
	_cleanup_(loaded_done) struct loaded l = {};

	assert_int_equal(load(*state, "[Red]\nNumbr=5\n", &l), -EINVAL);
	assert_non_null(l.error);
	assert_non_null(strstr(l.error, "envagent.conf:2:1"));
	assert_non_null(strstr(l.error, "Number"));
	assert_null(l.options);
}

static void test_a_fault_between_sections_is_found_too(void **state)
{
	_cleanup_(loaded_done) struct loaded l = {};

	assert_int_equal(load(*state, "[Agent]\nRoles=dsn\n", &l), -EINVAL);
	assert_non_null(strstr(l.error, "did you mean 'dns'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_module_gets_its_values_and_is_managed_by_default),
		TEST(test_manage_no_is_each_modules_own),
		TEST(test_a_modules_further_sections_are_known),
		TEST(test_a_section_may_have_both_forms),
		TEST(test_a_fault_names_file_line_and_column),
		TEST(test_a_fault_between_sections_is_found_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
