/* SPDX-License-Identifier: MIT */
/* test-cloudinit.c -- whether cloud-init leaves the network alone, in every spelling of it */
#include "tests/unit/modules/persist.h"

#include "modules/network/cloudinit.h"

#define D "/etc/cloud/cloud.cfg.d"

static int setup_cloud(void **state)
{
	struct scratch *s;

	setup(state);
	s = *state;
	program(s, "/usr/bin/cloud-init");
	directory(s, D);
	assert_int_equal(scratch_plan(s, ""), 0);
	return 0;
}

static bool told(struct scratch *s)
{
	s->result.state = _STATE_MAX;
	cloudinit_tell(&s->pass);
	return s->result.state == STATE_DEGRADED;
}

static void expect(struct scratch *s, const char *text, bool off)
{
	scratch_file(s, D "/50.cfg", text);
	if (told(s) == off)
		fail_msg("%s switched off by:\n%s", off ? "not" : "wrongly", text);
}

static void test_each_spelling_of_it_is_understood(void **state)
{
	static const char *const texts[] = {
		"network: {config: disabled}\n",
		"network: {config: disabled}",
		"network: { config : disabled } # by hand\r\n",
		"network: {\"config\": \"disabled\"}\n",
		"network: {version: 2, config: disabled}\n",
		"network: {renderers: [a, {config: x}], config: disabled}\n",
		"network: {\n  # ours\n  config: disabled\n}\n",
		"network:\n  config: disabled\n",
		"network:   # what follows\n\n  # a comment\n    config: 'disabled' # so\n",
		"---\nusers: []\n\"network\":\n  config: \"disabled\"\n",
		"network:\n  other:\n    config: enabled\n  config: disabled\n",
		"{\"users\": [], \"network\": {\"config\":\"disabled\"}}",
		"#cloud-config\n{network: {config: disabled}}\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect(*state, texts[i], true);
}

static void test_what_says_something_else_is_not_taken_for_it(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"{",
		"network",
		"network:",
		"network: {",
		"network: {config",
		"network: {config:",
		"network: {config: \"disabled",
		"network: disabled\n",
		"network: {config: enabled}\n",
		"network: {config:disabled}\n",
		"network: {config: disabledx}\n",
		"network: {config: [disabled]}\n",
		"network: {a: {config: disabled}}\n",
		"network: {a: config, b: disabled}\n",
		"# network: {config: disabled}\n",
		"network:\n# config: disabled\n",
		"network:\n  version: 2\nmy_config: disabled\n",
		"network:\n  version: 2\nconfig: disabled\n",
		"network:\nconfig: disabled\n",
		"network:\n  ethernets:\n    config: disabled\n",
		"network:\n  config:\n    disabled: true\n",
		"old_network: {config: disabled}\n",
		"runcmd: |\n  network: {config: disabled}\n",
		"{\"users\": {\"network\": {\"config\": \"disabled\"}}}",
		"}{][,:::\"'",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect(*state, texts[i], false);
}

static void test_the_last_file_that_speaks_of_it_wins(void **state)
{
	struct scratch *s = *state;

	scratch_file(s, "/etc/cloud/cloud.cfg", "network: {config: disabled}\n");
	assert_false(told(s));
	scratch_file(s, D "/10.cfg", "users: []\n");
	assert_false(told(s));
	scratch_file(s, D "/20.cfg", "network:\n  config:\n    version: 2\n");
	assert_true(told(s));
	/* not one of its files */
	scratch_file(s, D "/30.cfg.bak", "network: {config: disabled}\n");
	assert_true(told(s));
	scratch_file(s, D "/30.cfg", "network: {config: disabled}\n");
	assert_false(told(s));
}

static void test_without_cloud_init_or_with_all_of_it_off_nothing_is_told(void **state)
{
	struct scratch *s = *state;

	assert_true(told(s));
	scratch_file(s, "/etc/cloud/cloud-init.disabled", "");
	assert_false(told(s));
	assert_int_equal(sys_unlink(s->sys, "/etc/cloud/cloud-init.disabled"), 1);
	assert_int_equal(sys_unlink(s->sys, "/usr/bin/cloud-init"), 1);
	assert_false(told(s));
}

int main(void)
{
#define C(name) cmocka_unit_test_setup_teardown(name, setup_cloud, teardown)
	const struct CMUnitTest tests[] = {
		C(test_each_spelling_of_it_is_understood),
		C(test_what_says_something_else_is_not_taken_for_it),
		C(test_the_last_file_that_speaks_of_it_wins),
		C(test_without_cloud_init_or_with_all_of_it_off_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
