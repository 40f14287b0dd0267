/* SPDX-License-Identifier: MIT */
/* test-config.c -- the settings that the supervisor needs, and the user that fetch runs as */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config.h"

struct fixture {
	char root[64];
	struct config config;
	char *error;
};

static const char *const dirs[] = { "etc", "etc/envagent" };

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];

	strcpy(f->root, "/tmp/envagent-test-XXXXXX");
	if (!mkdtemp(f->root))
		return -1;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", f->root, dirs[i]);
		if (mkdir(path, 0755) < 0)
			return -1;
	}
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/etc/envagent/envagent.conf", f->root);
	unlink(path);
	for (size_t i = 2; i-- > 0;) {
		snprintf(path, sizeof(path), "%s/%s", f->root, dirs[i]);
		rmdir(path);
	}
	rmdir(f->root);
	config_done(&f->config);
	free(f->error);
	free(f);
	return 0;
}

static int read_text(struct fixture *f, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/envagent/envagent.conf", f->root);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	free(f->error);
	f->error = NULL;
	return config_read(f->root, &f->config, &f->error);
}

static void test_no_file_means_the_defaults(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(config_read(f->root, &f->config, &f->error), 0);
	assert_true(f->config.loaded);
	assert_int_equal(f->config.metadata.provider, PROVIDER_SKYTAP);
	assert_int_equal(f->config.metadata.interval, 30000000);
	assert_string_equal(f->config.metadata.order[0], "last");
}

static void test_sections_of_modules_pass_unchecked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "[Metadata]\nProvider=none\n[Dns]\nAnything=1\n"), 0);
	assert_int_equal(f->config.metadata.provider, PROVIDER_NONE);
}

static void test_all_faults_come_in_one_line(void **state)
{
	struct fixture *f = *state;

	assert_true(read_text(f, "[Metadata]\nPort=0\nColour=blue\n") < 0);
	assert_non_null(strstr(f->error, "envagent.conf:2:"));
	assert_non_null(strstr(f->error, "envagent.conf:3:"));
	assert_null(strchr(f->error, '\n'));
}

static void test_a_refused_file_leaves_the_former_settings(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "[Metadata]\nProvider=none\nPort=8080\n"), 0);
	assert_true(read_text(f, "[Metadata]\nPort=x\n") < 0);
	assert_true(f->config.loaded);
	assert_int_equal(f->config.metadata.port, 8080);
}

static void test_no_interval_makes_a_loop(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		read_text(f, "[Metadata]\nProvider=none\nIntervalSec=1ms\nTimeoutSec=1ms\n"), 0);
	assert_true(f->config.metadata.interval >= 50000);
	assert_true(f->config.metadata.timeout >= 100000);
}

static void test_the_user_is_looked_up_only_where_it_is_needed(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0) {
		print_message("skipped: only root has children of another user\n");
		skip();
	}
	assert_int_equal(read_text(f, "[System]\nFetchUser=no-such-user\n"), 0);
	assert_non_null(strstr(f->config.user_error, "no-such-user"));
	config_done(&f->config);
	assert_int_equal(read_text(f, "[System]\nFetchUser=no-such-user\n[Metadata]\n"
				      "Provider=none\n"),
			 0);
	assert_null(f->config.user_error);
	config_done(&f->config);
	assert_int_equal(read_text(f, "[System]\nFetchUser=nobody\n"), 0);
	assert_null(f->config.user_error);
	assert_true(f->config.drop);
	assert_int_not_equal(f->config.uid, 0);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_no_file_means_the_defaults),
		T(test_sections_of_modules_pass_unchecked),
		T(test_all_faults_come_in_one_line),
		T(test_a_refused_file_leaves_the_former_settings),
		T(test_no_interval_makes_a_loop),
		T(test_the_user_is_looked_up_only_where_it_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
