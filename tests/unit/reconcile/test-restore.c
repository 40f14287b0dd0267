/* SPDX-License-Identifier: MIT */
/* test-restore.c -- restore.c: units hear of the files that are put back, once and after all */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

#include "fixture.h"

#include <sys/mman.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/publish.h"
#include "agent/reconcile/reconcile.h"

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*state = f;
	if (live_reason)
		return 0;
	live_run("rm -rf /run/jobs /run/envagent /var/lib/envagent /etc/a /etc/b /etc/envagent");
	assert_int_equal(sys_open("/", &f->sys), 0);
	assert_true(sys_mkdir(f->sys, "/etc/envagent", 0755) >= 0);
	fixture_put(f, "/etc/envagent/envagent.conf", "[System]\nUnitCommand=/run/unit-command\n",
		    0644);
	fixture_put(f, "/run/unit-command", "#!/bin/sh\necho \"$1 $2 $(cat /etc/a)\" >>/run/jobs\n",
		    0755);
	sys_set_unit_command(f->sys, "/run/unit-command");
	fixture_put(f, "/etc/a", "former", 0644);
	fixture_begin(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fixture_end(f);
	buf_done(&f->told);
	sys_free(f->sys);
	free(f);
	return 0;
}

static void write_ours(struct fixture *f)
{
	struct plan_file_opts opts = {
		.write = { .mode = 0644, .uid = -1, .gid = -1 },
		.reload = "app.service",
	};

	assert_int_equal(plan_file(f->plan, "/etc/a", "ours", 4, &opts), 1);
	assert_int_equal(plan_file(f->plan, "/etc/b", "ours", 4, &opts), 1);
	opts.reload = NULL;
	opts.restart = "dns.service";
	assert_int_equal(plan_file(f->plan, "/etc/c", "ours", 4, &opts), 1);
	assert_int_equal(fixture_apply(f), 0);
	assert_int_equal(sys_unlink(f->sys, "/run/jobs"), 1);
}

static int restore(void)
{
	_cleanup_close_ int events = memfd_create("events", MFD_CLOEXEC);
	struct report report = { .fd = events };

	return restore_run("/", &report);
}

static void test_each_unit_hears_once_after_all_files(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	write_ours(f);
	assert_int_equal(restore(), PROTOCOL_SETTLED);
	fixture_expect(
		f, "/run/jobs",
		"reload-or-try-restart app.service former\ntry-restart dns.service former\n");
	fixture_expect(f, "/etc/b", NULL);
}

static void test_a_unit_that_fails_degrades_and_the_files_are_back(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	write_ours(f);
	fixture_put(f, "/run/unit-command", "#!/bin/sh\nexit 1\n", 0755);
	assert_int_equal(restore(), PROTOCOL_DEGRADED);
	fixture_expect(f, "/etc/a", "former");
}

static void test_a_broken_configuration_is_not_in_the_way(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	write_ours(f);
	fixture_put(f, "/etc/envagent/envagent.conf", "[Agent\n", 0644);
	restore();
	fixture_expect(f, "/etc/a", "former");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_each_unit_hears_once_after_all_files),
		T(test_a_unit_that_fails_degrades_and_the_files_are_back),
		T(test_a_broken_configuration_is_not_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
