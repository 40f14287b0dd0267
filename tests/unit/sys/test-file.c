/* SPDX-License-Identifier: MIT */
/* test-file.c -- looking at files below the root */
#include "tests/unit/sys/scratch.h"

static void test_links_and_dots_stay_below_the_root(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *text = NULL;

	scratch_put(s, "/etc/passwd", "ours");
	scratch_link(s, "/../../../etc/passwd", "/absolute");
	scratch_link(s, "../../../../../../etc/passwd", "/etc/relative");
	assert_content(s, "/absolute", "ours");
	assert_content(s, "/etc/relative", "ours");
	assert_content(s, "/../../etc/passwd", "ours");
	assert_int_equal(sys_read(s->sys, "etc/passwd", &text, NULL), -EINVAL);
}

static void test_what_is_there_is_told(void **state)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	struct scratch *s = *state;

	scratch_put(s, "/etc/file", "12345");
	scratch_link(s, "nowhere", "/etc/link");
	assert_int_equal(sys_lstat(s->sys, "/etc/file", &st), 0);
	assert_int_equal(st.kind, SYS_FILE);
	assert_int_equal(st.mode, 0644);
	assert_int_equal(st.size, 5);
	assert_int_equal(st.uid, geteuid());
	assert_false(st.mount_point);
	assert_int_equal(sys_lstat(s->sys, "/etc/link", &st), 0);
	assert_int_equal(st.kind, SYS_LINK);
	assert_string_equal(st.target, "nowhere");
	sys_stat_done(&st);
	assert_int_equal(sys_lstat(s->sys, "/etc/", &st), 0);
	assert_int_equal(st.kind, SYS_DIR);
	assert_int_equal(sys_lstat(s->sys, "/", &st), 0);
	assert_int_equal(st.kind, SYS_DIR);
	assert_int_equal(sys_lstat(s->sys, "/etc/none", &st), 0);
	assert_int_equal(st.kind, SYS_ABSENT);
	assert_int_equal(sys_lstat(s->sys, "/none/none", &st), 0);
	assert_int_equal(st.kind, SYS_ABSENT);
	assert_int_equal(sys_lstat(s->sys, "/etc/file/none", &st), -ENOTDIR);
}

static void assert_real(struct scratch *s, const char *path, const char *expected)
{
	_cleanup_free_ char *got = NULL;

	assert_int_equal(sys_realpath(s->sys, path, &got), 0);
	assert_string_equal(got, expected);
}

static void test_the_real_path_of_links(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *path = NULL;

	scratch_put(s, "/run/resolvconf/resolv.conf", "");
	scratch_put(s, "/etc/x", "");
	scratch_link(s, "../run/resolvconf/resolv.conf", "/etc/resolv.conf");
	scratch_link(s, "/run", "/var");
	scratch_link(s, "../../../../../run/new", "/etc/new");
	scratch_link(s, "loop", "/loop");
	scratch_link(s, "/gone/x", "/broken");

	assert_real(s, "/etc/resolv.conf", "/run/resolvconf/resolv.conf");
	assert_real(s, "/var//resolvconf/./resolv.conf", "/run/resolvconf/resolv.conf");
	assert_real(s, "/etc/../../etc/x", "/etc/x");
	assert_real(s, "/etc/new", "/run/new");
	assert_real(s, "/etc/none", "/etc/none");
	assert_real(s, "/", "/");
	assert_int_equal(sys_realpath(s->sys, "/loop", &path), -ELOOP);
	assert_int_equal(sys_realpath(s->sys, "/broken", &path), -ENOENT);
	assert_int_equal(sys_realpath(s->sys, "/none/x", &path), -ENOENT);
	assert_int_equal(sys_realpath(s->sys, "etc", &path), -EINVAL);
}

static void test_a_file_is_read_whole(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *text = NULL, *path = scratch_path(s, "/big"), *none = NULL;
	size_t len;

	scratch_put(s, "/big", "x");
	assert_int_equal(truncate(path, SYS_FILE_MAX), 0);
	assert_int_equal(sys_read(s->sys, "/big", &text, &len), 0);
	assert_int_equal(len, SYS_FILE_MAX);
	assert_int_equal(text[0], 'x');
	assert_int_equal(text[len], '\0');
	assert_int_equal(truncate(path, SYS_FILE_MAX + 1), 0);
	assert_int_equal(sys_read(s->sys, "/big", &none, &len), -EFBIG);
	assert_int_equal(sys_read(s->sys, "/none", &none, &len), -ENOENT);
	assert_int_equal(sys_read(s->sys, "/", &none, &len), -EISDIR);
}

static void test_a_pipe_does_not_hold_us(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *text = NULL, *path = scratch_path(s, "/pipe");

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(sys_read(s->sys, "/pipe", &text, NULL), -EINVAL);
}

static void test_names_come_sorted(void **state)
{
	struct scratch *s = *state;
	_cleanup_strv_ char **names = NULL, **empty = NULL, **none = NULL;

	for (int i = 99; i >= 0; i--) {
		_cleanup_free_ char *path = str_printf("/hosts.d/h%02d", i);

		scratch_put(s, path, "");
	}
	scratch_put(s, "/hosts.d/.hidden", "");
	scratch_put(s, "/empty/x", "");
	assert_int_equal(sys_list(s->sys, "/hosts.d", &names), 0);
	assert_int_equal(strv_len(names), 101);
	assert_string_equal(names[0], ".hidden");
	assert_string_equal(names[1], "h00");
	assert_string_equal(names[100], "h99");
	assert_int_equal(sys_unlink(s->sys, "/empty/x"), 1);
	assert_int_equal(sys_list(s->sys, "/empty", &empty), 0);
	assert_int_equal(strv_len(empty), 0);
	assert_int_equal(sys_list(s->sys, "/none", &none), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_links_and_dots_stay_below_the_root),
		SCRATCH_TEST(test_what_is_there_is_told),
		SCRATCH_TEST(test_the_real_path_of_links),
		SCRATCH_TEST(test_a_file_is_read_whole),
		SCRATCH_TEST(test_a_pipe_does_not_hold_us),
		SCRATCH_TEST(test_names_come_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
