/* SPDX-License-Identifier: MIT */
/* test-facts-env.c -- facts-env.c: what sh and systemd themselves read from the file */
#include "fixture.h"

#include <dlfcn.h>
#include <glob.h>

#include "agent/reconcile/facts-env.h"

static const char nasty[] = "a 'b' \"c\" $HOME `id` \\ \\n #d ;e =f\n\n  g\th%!\nENVAGENT_X=\"y\"";

static struct facts *some(void)
{
	struct facts *f;

	assert_int_equal(facts_new(&f), 0);
	assert_int_equal(facts_source(f, "test", 1), 0);
	assert_int_equal(facts_set_str(f, "config_id", NULL, "4190101"), 0);
	assert_int_equal(facts_set_str(f, "empty", NULL, ""), 0);
	assert_int_equal(facts_set_str(f, "nasty", NULL, nasty), 0);
	assert_int_equal(facts_set(f, "leader", NULL, json_object_new_boolean(1)), 0);
	assert_int_equal(facts_set(f, "list", NULL, json_tokener_parse("[\"a\",{\"b\":\"$c\"}]")),
			 0);
	assert_int_equal(facts_set_secret(f, "password", NULL, json_object_new_string("hidden")),
			 0);
	assert_int_equal(facts_set_unknown(f, "lost", "nobody \\"), 0);
	assert_int_equal(facts_set_absent(f, "none", "nobody"), 0);
	assert_int_equal(facts_set_str(f, "bell", NULL, "a\ab"), 0);
	return f;
}

static const struct {
	const char *name, *value;
} wanted[] = {
	{ "ENVAGENT_CONFIG_ID", "4190101" }, { "ENVAGENT_EMPTY", "" },
	{ "ENVAGENT_LEADER", "true" },	     { "ENVAGENT_LIST", "[\"a\",{\"b\":\"$c\"}]" },
	{ "ENVAGENT_NASTY", nasty },
};

static char *write_file(struct fixture *f, const struct facts *facts)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *path = str_printf("%s/facts.env", f->dir);
	FILE *file;

	assert_int_equal(facts_to_env(facts, &b), 0);
	assert_null(strstr(b.data, "hidden"));
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(b.data, 1, b.len, file), b.len);
	fclose(file);
	return path;
}

static void test_sh_reads_each_value_as_it_is(void **state)
{
	_cleanup_(facts_freep) struct facts *facts = some();
	_cleanup_free_ char *path = write_file(*state, facts);

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		_cleanup_free_ char *command = str_printf(
			"env -i /bin/sh -uc '. %s; printf %%s \"$%s\"'", path, wanted[i].name);
		char text[1024];
		FILE *f = popen(command, "re");

		assert_non_null(f);
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		assert_int_equal(pclose(f), 0);
		assert_string_equal(text, wanted[i].value);
	}
}

/* What has no value is no variable, rather than an empty one. */
static void test_sh_gets_no_variable_for_what_has_no_value(void **state)
{
	static const char *const names[] = { "PASSWORD", "LOST", "NONE", "BELL" };
	_cleanup_(facts_freep) struct facts *facts = some();
	_cleanup_free_ char *path = write_file(*state, facts);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *command = str_printf(
			"/bin/sh -c '. %s; test -z \"${ENVAGENT_%s+set}\"'", path, names[i]);

		assert_int_equal(system(command), 0);
	}
}

/* The parser behind EnvironmentFile=, where this machine has systemd's own library. */
static void test_systemd_reads_the_same(void **state)
{
	int (*load)(FILE * file, const char *name, char ***ret);
	_cleanup_(facts_freep) struct facts *facts = some();
	_cleanup_free_ char *path = write_file(*state, facts);
	_cleanup_strv_ char **vars = NULL;
	void *library = NULL;
	glob_t found = {};

	if (glob("/usr/lib/*/systemd/libsystemd-shared-*.so", 0, NULL, &found) == 0)
		library = dlopen(found.gl_pathv[0], RTLD_NOW | RTLD_LOCAL);
	globfree(&found);
	load = library ? (int (*)(FILE *, const char *, char ***))dlsym(library, "load_env_file")
		       : NULL;
	if (!load) {
		print_message("skipped: there is no parser of systemd here\n");
		skip();
	}
	assert_int_equal(load(NULL, path, &vars), 0);
	assert_int_equal(strv_len(vars), ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		_cleanup_free_ char *var = str_printf("%s=%s", wanted[i].name, wanted[i].value);

		assert_true(strv_contains(vars, var));
	}
}

static void test_what_no_environment_can_hold_is_left_out(void **state)
{
	_cleanup_(facts_freep) struct facts *facts = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *text = calloc(1, 20000);

	assert_int_equal(facts_new(&facts), 0);
	memset(text, 'x', 19999);
	assert_int_equal(facts_set_str(facts, "long", NULL, text), 0);
	text[15000] = '\0';
	for (char name[] = "a"; *name < 'h'; ++*name)
		assert_int_equal(facts_set_str(facts, name, NULL, text), 0);
	free(text);
	assert_int_equal(facts_to_env(facts, &b), 0);
	assert_true(b.len < 70000);
	assert_non_null(strstr(b.data, "\n# ENVAGENT_LONG: too long\n"));
	assert_non_null(strstr(b.data, "\nENVAGENT_A=\"xxx"));
	assert_non_null(strstr(b.data, "\n# ENVAGENT_G: too long\n"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_sh_reads_each_value_as_it_is),
		T(test_sh_gets_no_variable_for_what_has_no_value),
		T(test_systemd_reads_the_same),
		T(test_what_no_environment_can_hold_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
