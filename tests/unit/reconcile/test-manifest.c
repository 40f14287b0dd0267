/* SPDX-License-Identifier: MIT */
/* test-manifest.c -- manifest.c: what was there before is kept first, and once */
#include "fixture.h"

#define FORMER "/var/lib/envagent/former"

static void test_a_file_is_kept_with_content_mode_and_owner(void **state)
{
	struct fixture *f = *state;
	const struct manifest_file *entry;
	_cleanup_free_ char *kept = NULL;

	fixture_put(f, "/etc/hosts", "127.0.0.1 localhost\n", 0640);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "new", 3), 0);
	entry = manifest_file(f->manifest, "/etc/hosts");
	assert_non_null(entry);
	assert_string_equal(entry->module, "host");
	assert_int_equal(entry->before, SYS_FILE);
	assert_int_equal(entry->before_mode, 0640);
	assert_int_equal(entry->before_uid, getuid());
	assert_string_equal(entry->hash, "");
	kept = str_printf(FORMER "/%s", entry->before_hash);
	fixture_expect(f, kept, "127.0.0.1 localhost\n");
}

static void test_a_link_is_kept_as_a_link(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sys_symlink(f->sys, "../run/resolv.conf", "/etc/resolv.conf"), 1);
	assert_int_equal(manifest_begin(f->manifest, "resolv", "/etc/resolv.conf", "x", 1), 0);
	assert_int_equal(manifest_file(f->manifest, "/etc/resolv.conf")->before, SYS_LINK);
	assert_string_equal(manifest_file(f->manifest, "/etc/resolv.conf")->before_target,
			    "../run/resolv.conf");
}

static void test_the_first_before_stays(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/hosts", "first\n", 0644);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "a", 1), 0);
	fixture_put(f, "/etc/hosts", "a", 0600);
	assert_int_equal(manifest_wrote(f->manifest, "/etc/hosts", "a", 1), 0);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "b", 1), 0);
	assert_int_equal(manifest_file(f->manifest, "/etc/hosts")->before_mode, 0644);
	assert_int_equal(manifest_n_files(f->manifest), 1);
	assert_int_equal(manifest_live_begin(f->manifest, "host", "hostname", "debian"), 0);
	assert_int_equal(manifest_live_begin(f->manifest, "host", "hostname", "web-1"), 0);
	assert_string_equal(manifest_live(f->manifest, "hostname")->before, "debian");
}

static void test_what_cannot_be_kept_is_not_ours(void **state)
{
	struct fixture *f = *state;

	assert_true(sys_mkdir(f->sys, "/etc/dir", 0755) > 0);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/dir", "x", 1), -EISDIR);
	assert_null(manifest_file(f->manifest, "/etc/dir"));
	assert_int_equal(manifest_wrote(f->manifest, "/etc/other", "x", 1), -ENOENT);
}

static void test_files_are_sorted_by_path(void **state)
{
	static const char *const paths[] = { "/etc/c", "/etc/a", "/etc/b" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(manifest_begin(f->manifest, "host", paths[i], "x", 1), 0);
	assert_string_equal(manifest_file_at(f->manifest, 0)->path, "/etc/a");
	assert_string_equal(manifest_file_at(f->manifest, 2)->path, "/etc/c");
	assert_null(manifest_file_at(f->manifest, 3));
	assert_int_equal(manifest_forget(f->manifest, "/etc/b"), 0);
	assert_string_equal(manifest_file_at(f->manifest, 1)->path, "/etc/c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_file_is_kept_with_content_mode_and_owner),
		TEST(test_a_link_is_kept_as_a_link),
		TEST(test_the_first_before_stays),
		TEST(test_what_cannot_be_kept_is_not_ours),
		TEST(test_files_are_sorted_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
