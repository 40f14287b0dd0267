/* SPDX-License-Identifier: MIT */
/* test-manifest-restore.c -- manifest-restore.c: back to what was there, newest first */
#include "fixture.h"

static int put_live(void *userdata, const struct manifest_live *l)
{
	struct fixture *f = userdata;

	buf_addf(&f->told, "live %s=%s\n", l->key, l->before);
	return !strcmp(l->key, "so already") ? 0 : strcmp(l->key, "stubborn") ? 1 : -EIO;
}

static void report(void *userdata, const char *what, int r, const char *kept)
{
	struct fixture *f = userdata;

	buf_addf(&f->told, "%s: %d%s%s\n", what, r, kept ? " " : "", kept ?: "");
}

static int restore(struct fixture *f)
{
	buf_reset(&f->told);
	return manifest_restore(f->manifest, put_live, report, f);
}

static void write_ours(struct fixture *f, const char *path, const char *text)
{
	fixture_begin(f);
	assert_int_equal(fixture_plan_text(f, path, text), 1);
	assert_int_equal(fixture_apply(f), 0);
}

static void test_files_links_and_nothing_come_back(void **state)
{
	struct fixture *f = *state;
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	fixture_put(f, "/etc/hosts", "former\n", 0640);
	assert_int_equal(sys_symlink(f->sys, "../run/r", "/etc/resolv.conf"), 1);
	write_ours(f, "/etc/hosts", "ours\n");
	write_ours(f, "/etc/resolv.conf", "ours\n");
	write_ours(f, "/etc/new", "ours\n");

	fixture_begin(f);
	assert_int_equal(restore(f), 0);
	assert_string_equal(f->told.data, "unlink /etc/new: 0\n"
					  "link /etc/resolv.conf to ../run/r again: 0\n"
					  "put /etc/hosts back: 0\n");
	fixture_expect(f, "/etc/hosts", "former\n");
	fixture_expect(f, "/etc/new", NULL);
	assert_int_equal(sys_lstat(f->sys, "/etc/hosts", &st), 0);
	assert_int_equal(st.mode, 0640);
	sys_stat_done(&st);
	assert_int_equal(sys_lstat(f->sys, "/etc/resolv.conf", &st), 0);
	assert_int_equal(st.kind, SYS_LINK);
	assert_string_equal(st.target, "../run/r");

	fixture_begin(f);
	assert_int_equal(manifest_n_files(f->manifest), 0);
}

static void test_a_file_of_somebody_else_stays_and_is_told(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/hosts", "former\n", 0644);
	write_ours(f, "/etc/hosts", "ours\n");
	fixture_put(f, "/etc/hosts", "somebody's\n", 0644);
	fixture_begin(f);
	assert_int_equal(restore(f), -ESTALE);
	assert_string_equal(f->told.data,
			    "put /etc/hosts back: -116 " MANIFEST_BEFORE "/etc/hosts\n");
	fixture_expect(f, "/etc/hosts", "somebody's\n");
	assert_null(manifest_file(f->manifest, "/etc/hosts"));
}

static void edit(struct fixture *f, const char *former)
{
	fixture_put(f, "/etc/hosts", former, 0640);
	fixture_begin(f);
	assert_int_equal(fixture_plan_text(f, "/etc/hosts", "ours\n"), 1);
	assert_int_equal(fixture_apply(f), 0);
	fixture_put(f, "/etc/hosts", "somebody's\n", 0644);
	fixture_begin(f);
	assert_int_equal(restore(f), -ESTALE);
}

static void test_what_was_before_somebody_elses_file_is_kept_each_time(void **state)
{
	struct fixture *f = *state;
	struct sys_stat st;

	edit(f, "former\n");
	fixture_expect(f, MANIFEST_BEFORE "/etc/hosts", "former\n");
	assert_int_equal(sys_lstat(f->sys, MANIFEST_BEFORE "/etc/hosts", &st), 0);
	assert_int_equal(st.mode, 0640);
	assert_int_equal(sys_lstat(f->sys, MANIFEST_BEFORE, &st), 0);
	assert_int_equal(st.mode, 0700);
	/* the next one does not take its place, unless it is the same */
	edit(f, "of the second time\n");
	fixture_expect(f, MANIFEST_BEFORE "/etc/hosts", "former\n");
	fixture_expect(f, MANIFEST_BEFORE "/etc/hosts.1", "of the second time\n");
	edit(f, "former\n");
	assert_string_equal(f->told.data,
			    "put /etc/hosts back: -116 " MANIFEST_BEFORE "/etc/hosts\n");
	fixture_expect(f, MANIFEST_BEFORE "/etc/hosts.2", NULL);
}

static void test_what_cannot_be_kept_is_not_forgotten(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/hosts", "former\n", 0644);
	write_ours(f, "/etc/hosts", "ours\n");
	fixture_put(f, "/etc/hosts", "somebody's\n", 0644);
	fixture_put(f, MANIFEST_BEFORE, "in the way\n", 0644);
	fixture_begin(f);
	assert_int_equal(restore(f), -ENOTDIR);
	assert_non_null(manifest_file(f->manifest, "/etc/hosts"));
	fixture_expect(f, "/etc/hosts", "somebody's\n");
}

static void test_a_killed_write_is_taken_back(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/hosts", "former\n", 0644);
	/* the entry is on the disk, the file is written, but nobody noted that it is */
	assert_int_equal(manifest_begin(f->manifest, "host", "/etc/hosts", "ours\n", 5), 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	fixture_put(f, "/etc/hosts", "ours\n", 0644);
	fixture_begin(f);
	assert_int_equal(restore(f), 0);
	fixture_expect(f, "/etc/hosts", "former\n");
}

static void test_what_is_as_before_is_left_alone(void **state)
{
	struct fixture *f = *state;

	fixture_put(f, "/etc/hosts", "former\n", 0644);
	write_ours(f, "/etc/hosts", "ours\n");
	fixture_put(f, "/etc/hosts", "former\n", 0644);
	fixture_begin(f);
	assert_int_equal(manifest_live_begin(f->manifest, "host", "so already", "x"), 0);
	assert_int_equal(restore(f), 0);
	fixture_expect(f, "/etc/hosts", "former\n");
	/* nothing was done, and nothing is listed, now or again */
	assert_string_equal(f->told.data, "live so already=x\n");
	assert_null(manifest_live(f->manifest, "so already"));
	assert_int_equal(manifest_n_files(f->manifest), 0);
}

static void test_live_things_in_turn_but_name_and_dhcp_clients_last(void **state)
{
	struct fixture *f = *state;

	write_ours(f, "/etc/new", "ours\n");
	assert_int_equal(manifest_live_begin(f->manifest, "host", "hostname", "debian"), 0);
	assert_int_equal(
		manifest_live_begin(f->manifest, "network", "addr eth0 10.0.0.1/8", "absent"), 0);
	assert_int_equal(manifest_live_begin(f->manifest, "network", "dhcp eth0 dhclient", "[]"),
			 0);
	assert_int_equal(manifest_save(f->manifest), 1);
	assert_int_equal(restore(f), 0);
	assert_string_equal(f->told.data, "live addr eth0 10.0.0.1/8=absent\n"
					  "put back: addr eth0 10.0.0.1/8: 0\n"
					  "unlink /etc/new: 0\n"
					  "live dhcp eth0 dhclient=[]\n"
					  "put back: dhcp eth0 dhclient: 0\n"
					  "live hostname=debian\n"
					  "put back: hostname: 0\n");
}

static void test_what_failed_stays_listed_and_the_rest_goes_on(void **state)
{
	struct fixture *f = *state;

	write_ours(f, "/etc/new", "ours\n");
	assert_int_equal(manifest_live_begin(f->manifest, "host", "stubborn", "x"), 0);
	assert_int_equal(restore(f), -EIO);
	fixture_expect(f, "/etc/new", NULL);
	fixture_begin(f);
	assert_non_null(manifest_live(f->manifest, "stubborn"));
	assert_int_equal(manifest_n_files(f->manifest), 0);
}

static void test_a_lost_content_is_an_error_and_not_an_empty_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *kept = NULL;

	fixture_put(f, "/etc/hosts", "former\n", 0644);
	write_ours(f, "/etc/hosts", "ours\n");
	assert_int_equal(sys_list(f->sys, "/var/lib/envagent/former", &names), 0);
	kept = str_printf("/var/lib/envagent/former/%s", names[0]);
	fixture_put(f, kept, "", 0600);
	fixture_begin(f);
	assert_int_equal(restore(f), -EBADMSG);
	fixture_expect(f, "/etc/hosts", "ours\n");
	assert_non_null(manifest_file(f->manifest, "/etc/hosts"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files_links_and_nothing_come_back),
		TEST(test_a_file_of_somebody_else_stays_and_is_told),
		TEST(test_what_was_before_somebody_elses_file_is_kept_each_time),
		TEST(test_what_cannot_be_kept_is_not_forgotten),
		TEST(test_a_killed_write_is_taken_back),
		TEST(test_what_is_as_before_is_left_alone),
		TEST(test_live_things_in_turn_but_name_and_dhcp_clients_last),
		TEST(test_what_failed_stays_listed_and_the_rest_goes_on),
		TEST(test_a_lost_content_is_an_error_and_not_an_empty_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
