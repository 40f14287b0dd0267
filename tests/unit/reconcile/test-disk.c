/* SPDX-License-Identifier: MIT */
/* test-disk.c -- a full disk and a read-only /etc, real ones: what worked before stays, told by
 * name */
#include "tests/unit/live.h"
#include "tests/unit/modules/scratch.h"

#include "fixture.h"

#include <sys/mman.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/publish.h"
#include "agent/reconcile/reconcile.h"

#define BIG 60000

static int writer_plan(struct pass *pass, const void *conf)
{
	const struct plan_file_opts opts = { .write = { .mode = 0644, .uid = -1, .gid = -1 } };
	static char big[BIG];
	int r;

	memset(big, 'x', sizeof(big));
	r = plan_file(pass->plan, "/etc/big", big, sizeof(big), &opts);
	return r < 0 ? r : 0;
}

static const struct module writer = { .name = "writer", .plan = writer_plan };
static const struct module *const modules[] = { &writer, NULL };

static int setup(void **state)
{
	return live_reason ? 0 : fixture_setup(state);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = NULL;

	if (live_reason)
		return 0;
	path = str_printf("cd / && umount -l %s/etc %s/var 2>/dev/null; :", f->dir, f->dir);
	live_run(path);
	return fixture_teardown(state);
}

/* Mounts a small file system at DIR below the root; OPTIONS as mount(8). */
static void mount_small(struct fixture *f, const char *dir, const char *options)
{
	_cleanup_free_ char *command =
		str_printf("mkdir -p %s%s && mount -t tmpfs -o %s tmpfs %s%s", f->dir, dir, options,
			   f->dir, dir);

	live_run(command);
}

/* Runs a pass and keeps its events as text. */
static int run_pass(struct fixture *f)
{
	_cleanup_close_ int events = memfd_create("events", MFD_CLOEXEC);
	struct reconcile_opts opts = { .root = f->dir, .fd_document = -1, .fd_facts = -1 };
	struct report report = { .fd = events };
	_cleanup_free_ char *text = NULL;
	size_t len;
	int code;

	code = reconcile_run(&opts, &(struct program){ .name = "test", .modules = modules },
			     &report);
	buf_reset(&f->told);
	assert_int_equal(read_document(events, &text, &len), 0);
	buf_add(&f->told, text, len);
	return code;
}

static void expect_told(struct fixture *f, const char *part)
{
	if (!strstr(f->told.data, part))
		fail_msg("'%s' is not in:\n%s", part, f->told.data);
}

static void test_a_full_disk_leaves_the_former_file(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	mount_small(f, "/etc", "size=32k");
	fixture_put(f, "/etc/big", "former", 0644);
	assert_int_equal(run_pass(f), PROTOCOL_DEGRADED);
	expect_told(
		f, "\"state\":\"degraded\",\"reason\":\"write /etc/big: No space left on device\"");
	fixture_expect(f, "/etc/big", "former");
	fixture_begin(f);
	assert_null(manifest_file(f->manifest, "/etc/big"));
}

static void test_a_read_only_etc_leaves_the_former_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *command = str_printf("mount -o remount,ro %s/etc", f->dir);

	live_skip_unless_there();
	mount_small(f, "/etc", "size=1m");
	fixture_put(f, "/etc/big", "former", 0644);
	live_run(command);
	assert_int_equal(run_pass(f), PROTOCOL_DEGRADED);
	expect_told(f,
		    "\"state\":\"degraded\",\"reason\":\"write /etc/big: Read-only file system\"");
	fixture_expect(f, "/etc/big", "former");
}

static void test_no_room_for_the_manifest_is_no_change_at_all(void **state)
{
	struct fixture *f = *state;

	live_skip_unless_there();
	mount_small(f, "/var", "size=32k,nr_inodes=3");
	assert_true(sys_mkdir(f->sys, "/var/lib/envagent", 0755) >= 0);
	assert_int_equal(run_pass(f), PROTOCOL_DEGRADED);
	expect_told(f, MANIFEST_PATH " cannot be written: No space left on device");
	fixture_expect(f, "/etc/big", NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_full_disk_leaves_the_former_file),
		T(test_a_read_only_etc_leaves_the_former_file),
		T(test_no_room_for_the_manifest_is_no_change_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}
