/* SPDX-License-Identifier: MIT */
/* test-manifest-disk.c -- manifest-disk.c: written only when it changed, read strictly */
#include "fixture.h"

static void test_it_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	const struct manifest_file *entry;

	fixture_put(f, "/etc/a", "former", 0600);
	assert_int_equal(sys_symlink(f->sys, "target", "/etc/l"), 1);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/l", "x", 1), 0);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/a", "x", 1), 0);
	assert_int_equal(manifest_begin(f->manifest, "dns", "/etc/n", "x", 1), 0);
	assert_int_equal(manifest_wrote(f->manifest, "/etc/a", "x", 1), 0);
	assert_int_equal(manifest_job(f->manifest, "/etc/a", "reload", "app.service"), 0);
	assert_int_equal(manifest_live_begin(f->manifest, "host", "hostname", "debian"), 0);
	assert_int_equal(manifest_save(f->manifest), 1);

	fixture_begin(f);
	entry = manifest_file(f->manifest, "/etc/a");
	assert_int_equal(entry->before, SYS_FILE);
	assert_int_equal(entry->before_mode, 0600);
	assert_int_equal(strlen(entry->hash), 64);
	assert_string_equal(entry->hash, entry->next_hash);
	assert_string_equal(entry->verb, "reload");
	assert_string_equal(entry->unit, "app.service");
	assert_null(manifest_file(f->manifest, "/etc/l")->unit);
	assert_string_equal(manifest_file(f->manifest, "/etc/l")->before_target, "target");
	assert_string_equal(manifest_file(f->manifest, "/etc/n")->module, "dns");
	assert_string_equal(manifest_file(f->manifest, "/etc/n")->hash, "");
	assert_string_equal(manifest_live(f->manifest, "hostname")->before, "debian");
}

static void test_nothing_changed_is_no_write(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;

	assert_int_equal(manifest_save(f->manifest), 0);
	fixture_expect(f, MANIFEST_PATH, NULL);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/n", "x", 1), 0);
	assert_int_equal(manifest_wrote(f->manifest, "/etc/n", "x", 1), 0);
	assert_int_equal(manifest_save(f->manifest), 1);

	before = fixture_stamp(f);
	fixture_begin(f);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/n", "x", 1), 0);
	assert_int_equal(manifest_wrote(f->manifest, "/etc/n", "x", 1), 0);
	assert_int_equal(manifest_save(f->manifest), 0);
	after = fixture_stamp(f);
	assert_string_equal(before, after);
}

static void test_only_root_may_read_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/n", "x", 1), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	assert_int_equal(sys_lstat(f->sys, MANIFEST_PATH, &st), 0);
	assert_int_equal(st.mode, 0600);
}

static void test_a_kept_content_goes_with_its_last_entry(void **state)
{
	struct fixture *f = *state;
	_cleanup_strv_ char **names = NULL;

	fixture_put(f, "/etc/a", "same", 0644);
	fixture_put(f, "/etc/b", "same", 0644);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/a", "x", 1), 0);
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/b", "x", 1), 0);
	assert_int_equal(manifest_forget(f->manifest, "/etc/a"), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	assert_int_equal(sys_list(f->sys, "/var/lib/envagent/former", &names), 0);
	assert_int_equal(strv_len(names), 1);
	strv_free(names);
	names = NULL;

	assert_int_equal(manifest_forget(f->manifest, "/etc/b"), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	assert_int_equal(sys_list(f->sys, "/var/lib/envagent/former", &names), 0);
	assert_int_equal(strv_len(names), 0);
}

static void expect_refused(struct fixture *f, const char *text, int expected, const char *part)
{
	_cleanup_free_ char *error = NULL;
	struct manifest *m = NULL;

	assert_true(sys_mkdir(f->sys, "/var/lib/envagent", 0755) >= 0);
	fixture_put(f, MANIFEST_PATH, text, 0600);
	assert_int_equal(manifest_load(f->sys, &m, &error), expected);
	assert_non_null(error);
	if (!strstr(error, part))
		fail_msg("'%s' does not say '%s'", error, part);
	fixture_expect(f, MANIFEST_PATH, text);
}

static void test_a_newer_or_damaged_one_is_refused_and_left(void **state)
{
	struct fixture *f = *state;

	expect_refused(f, "{\"version\":2,\"files\":[],\"live\":[]}", -EPROTONOSUPPORT,
		       "newer version");
	expect_refused(f, "{\"version\":1,\"files\":[],", -EBADMSG, "no JSON");
	expect_refused(f, "{}", -EBADMSG, "no version");
	expect_refused(f, "{\"version\":1,\"files\":[{\"path\":\"etc/a\"}],\"live\":[]}", -EBADMSG,
		       "entry");
	expect_refused(f,
		       "{\"version\":1,\"files\":[{\"path\":\"/a\",\"module\":\"m\",\"n\":0,"
		       "\"before\":\"file\",\"mode\":420,\"uid\":0,\"gid\":0,"
		       "\"kept\":\"../../../etc/shadow\"}],\"live\":[]}",
		       -EBADMSG, "entry");
	expect_refused(f, "{\"version\":1,\"files\":[],\"live\":[{\"key\":\"hostname\"}]}",
		       -EBADMSG, "entry");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_comes_back_as_it_was),
		TEST(test_nothing_changed_is_no_write),
		TEST(test_only_root_may_read_it),
		TEST(test_a_kept_content_goes_with_its_last_entry),
		TEST(test_a_newer_or_damaged_one_is_refused_and_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
