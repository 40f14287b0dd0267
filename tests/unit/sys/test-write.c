/* SPDX-License-Identifier: MIT */
/* test-write.c -- changing files below the root, each change in one step */
#include "tests/unit/sys/scratch.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/wait.h>

static int put(struct scratch *s, const char *path, const char *text, mode_t mode)
{
	struct sys_write_opts opts = { .mode = mode, .uid = -1, .gid = -1 };

	return sys_write(s->sys, path, text, strlen(text), &opts);
}

static struct stat look(struct scratch *s, const char *path)
{
	_cleanup_free_ char *full = scratch_path(s, path);
	struct stat st;

	assert_int_equal(lstat(full, &st), 0);
	return st;
}

/* Nothing but these names is in /etc. */
static void assert_names(struct scratch *s, const char *a, const char *b)
{
	_cleanup_strv_ char **names = NULL;

	assert_int_equal(sys_list(s->sys, "/etc", &names), 0);
	assert_int_equal(strv_len(names), b ? 2 : 1);
	assert_string_equal(names[0], a);
	if (b)
		assert_string_equal(names[1], b);
}

static void test_a_file_is_made_with_exactly_its_mode(void **state)
{
	struct scratch *s = *state;
	mode_t mask = umask(077);

	assert_int_equal(sys_mkdir(s->sys, "/etc", 0755), 1);
	assert_int_equal(put(s, "/etc/hosts", "one\n", 0644), 1);
	umask(mask);
	assert_content(s, "/etc/hosts", "one\n");
	assert_int_equal(look(s, "/etc/hosts").st_mode & 07777, 0644);
	assert_names(s, "hosts", NULL);
}

static void test_the_same_bytes_are_not_written_again(void **state)
{
	struct scratch *s = *state;
	struct stat before, after;

	scratch_put(s, "/etc/hosts", "one\n");
	before = look(s, "/etc/hosts");
	assert_int_equal(put(s, "/etc/hosts", "one\n", 0644), 0);
	after = look(s, "/etc/hosts");
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
}

static void test_other_bytes_or_another_mode_are_a_change(void **state)
{
	struct scratch *s = *state;
	ino_t before;

	scratch_put(s, "/etc/hosts", "one\n");
	before = look(s, "/etc/hosts").st_ino;
	assert_int_equal(put(s, "/etc/hosts", "two\n", 0644), 1);
	assert_content(s, "/etc/hosts", "two\n");
	assert_int_not_equal(look(s, "/etc/hosts").st_ino, before);
	assert_int_equal(put(s, "/etc/hosts", "two\n", 0600), 1);
	assert_int_equal(look(s, "/etc/hosts").st_mode & 07777, 0600);
	assert_names(s, "hosts", NULL);
}

static void test_mode_and_owner_can_be_kept(void **state)
{
	struct scratch *s = *state;
	_cleanup_free_ char *path = scratch_path(s, "/etc/secret");
	struct sys_write_opts opts = { .mode = 0644, .uid = -1, .gid = -1, .keep_mode = true };

	scratch_put(s, "/etc/secret", "old");
	assert_int_equal(chmod(path, 0640), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, 12, 34), 0);
	assert_int_equal(sys_write(s->sys, "/etc/secret", "new", 3, &opts), 1);
	assert_int_equal(look(s, "/etc/secret").st_mode & 07777, 0640);
	if (geteuid() != 0)
		return;
	assert_int_equal(look(s, "/etc/secret").st_uid, 12);
	assert_int_equal(look(s, "/etc/secret").st_gid, 34);
	opts.uid = 0;
	assert_int_equal(sys_write(s->sys, "/etc/secret", "new", 3, &opts), 1);
	assert_int_equal(look(s, "/etc/secret").st_uid, 0);
	assert_int_equal(look(s, "/etc/secret").st_gid, 34);
}

static void test_a_link_is_replaced_or_followed(void **state)
{
	struct sys_write_opts opts = { .mode = 0644, .uid = -1, .gid = -1, .follow = true };
	struct scratch *s = *state;

	scratch_put(s, "/run/resolv.conf", "old\n");
	scratch_put(s, "/etc/other", "");
	scratch_link(s, "../run/resolv.conf", "/etc/resolv.conf");
	assert_int_equal(sys_write(s->sys, "/etc/resolv.conf", "new\n", 4, &opts), 1);
	assert_true(S_ISLNK(look(s, "/etc/resolv.conf").st_mode));
	assert_content(s, "/run/resolv.conf", "new\n");

	assert_int_equal(put(s, "/etc/resolv.conf", "file\n", 0644), 1);
	assert_true(S_ISREG(look(s, "/etc/resolv.conf").st_mode));
	assert_content(s, "/run/resolv.conf", "new\n");
}

static void test_what_cannot_be_written_leaves_all_as_it_was(void **state)
{
	struct scratch *s = *state;

	scratch_put(s, "/etc/dir/x", "");
	assert_int_equal(put(s, "/etc/dir", "text", 0644), -EISDIR);
	assert_int_equal(put(s, "/none/hosts", "text", 0644), -ENOENT);
	assert_int_equal(put(s, "/etc/dir/x/y", "text", 0644), -ENOTDIR);
	assert_int_equal(put(s, "/etc/..", "text", 0644), -EINVAL);
	assert_int_equal(put(s, "/", "text", 0644), -EINVAL);
	assert_names(s, "dir", NULL);
}

static void test_a_write_that_breaks_off_leaves_nothing(void **state)
{
	struct scratch *s = *state;
	struct rlimit old, limit;
	_cleanup_free_ char *big = malloc(65537);
	int r;

	memset(big, 'x', 65536);
	big[65536] = '\0';
	scratch_put(s, "/etc/hosts", "old\n");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &limit);
	r = put(s, "/etc/hosts", big, 0644);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(r, -EFBIG);
	assert_content(s, "/etc/hosts", "old\n");
	assert_names(s, "hosts", NULL);
}

/* In a mount namespace of the child's own; its exit status is the number of what went wrong. */
static int try_mounts(const struct scratch *outer)
{
	_cleanup_(sys_freep) struct sys *sys = NULL;
	struct scratch inner = *outer, *s = &inner;
	_cleanup_free_ char *hosts = scratch_path(s, "/etc/hosts");
	_cleanup_free_ char *full = scratch_path(s, "/full"), *ro = scratch_path(s, "/ro");
	char text[65536 + 1];

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	/* the descriptor of the outer root does not see the mounts made here */
	if (sys_open(s->root, &sys) < 0)
		return 1;
	s->sys = sys;
	if (mount(hosts, hosts, "none", MS_BIND, NULL) < 0 ||
	    mount("t", full, "tmpfs", 0, "size=16k") < 0 || mount("t", ro, "tmpfs", 0, NULL) < 0 ||
	    put(s, "/ro/file", "old", 0644) != 1 || put(s, "/full/file", "old", 0644) != 1 ||
	    mount("none", ro, "none", MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return 1;
	if (put(s, "/etc/hosts", "new", 0644) != -EBUSY)
		return 2;
	if (put(s, "/ro/file", "new", 0644) != -EROFS || put(s, "/ro/file", "old", 0644) != 0)
		return 3;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	if (put(s, "/full/file", text, 0644) != -ENOSPC || put(s, "/full/file", "old", 0644) != 0)
		return 4;
	if (sys_symlink(s->sys, "x", "/etc/hosts") != -EBUSY)
		return 5;
	return 0;
}

static void test_mount_points_full_and_read_only_disks(void **state)
{
	struct scratch *s = *state;
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("skipped: needs root to mount\n");
		skip();
	}
	scratch_put(s, "/etc/hosts", "old");
	scratch_put(s, "/full/.keep", "");
	scratch_put(s, "/ro/.keep", "");
	pid = fork();
	if (pid == 0)
		_exit(try_mounts(s));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: mount namespaces are forbidden here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_content(s, "/etc/hosts", "old");
	assert_names(s, "hosts", NULL);
}

static void test_symbolic_links_change_in_one_step(void **state)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	struct scratch *s = *state;

	scratch_put(s, "/etc/resolv.conf", "file");
	assert_int_equal(sys_symlink(s->sys, "../run/a", "/etc/resolv.conf"), 1);
	assert_int_equal(sys_symlink(s->sys, "../run/a", "/etc/resolv.conf"), 0);
	assert_int_equal(sys_symlink(s->sys, "../run/b", "/etc/resolv.conf"), 1);
	assert_int_equal(sys_lstat(s->sys, "/etc/resolv.conf", &st), 0);
	assert_string_equal(st.target, "../run/b");
	assert_names(s, "resolv.conf", NULL);
	assert_int_equal(sys_symlink(s->sys, "x", "/etc"), -EISDIR);
}

static void test_unlinking_twice_is_no_error(void **state)
{
	struct scratch *s = *state;

	scratch_put(s, "/etc/x", "");
	scratch_put(s, "/etc/dir/y", "");
	assert_int_equal(sys_unlink(s->sys, "/etc/x"), 1);
	assert_int_equal(sys_unlink(s->sys, "/etc/x"), 0);
	assert_int_equal(sys_unlink(s->sys, "/none/x"), 0);
	assert_int_equal(sys_unlink(s->sys, "/etc/dir"), -EISDIR);
	assert_int_equal(sys_rmdir(s->sys, "/etc/dir"), 0);
	assert_names(s, "dir", NULL);
	assert_int_equal(sys_unlink(s->sys, "/etc/dir/y"), 1);
	assert_int_equal(sys_rmdir(s->sys, "/etc/dir"), 0);
	assert_int_equal(sys_rmdir(s->sys, "/etc/dir"), 0);
	assert_int_equal(sys_rmdir(s->sys, "/none/dir"), 0);
}

static void test_folders_are_made_with_their_parents(void **state)
{
	struct scratch *s = *state;
	mode_t mask = umask(077);

	assert_int_equal(sys_mkdir(s->sys, "/var/lib/envagent/hosts.d/", 0700), 1);
	umask(mask);
	assert_int_equal(sys_mkdir(s->sys, "/var/lib/envagent/hosts.d", 0755), 0);
	assert_int_equal(look(s, "/var/lib/envagent/hosts.d").st_mode & 07777, 0700);
	assert_int_equal(look(s, "/var/lib/envagent").st_mode & 07777, 0755);
	scratch_link(s, "lib", "/var/alias");
	assert_int_equal(sys_mkdir(s->sys, "/var/alias/new", 0755), 1);
	assert_true(S_ISDIR(look(s, "/var/lib/new").st_mode));
	scratch_put(s, "/file", "");
	assert_int_equal(sys_mkdir(s->sys, "/file", 0755), -ENOTDIR);
	assert_int_equal(sys_mkdir(s->sys, "/file/x", 0755), -ENOTDIR);
	assert_int_equal(sys_mkdir(s->sys, "/", 0755), 0);
}

static void test_leftovers_of_a_dead_process_are_removed(void **state)
{
	struct scratch *s = *state;

	scratch_put(s, "/etc/.envagent.hosts.00aabb", "part");
	scratch_put(s, "/etc/.hidden", "");
	scratch_put(s, "/etc/hosts", "");
	assert_int_equal(sys_clean_temporaries(s->sys, "/etc"), 0);
	assert_names(s, ".hidden", "hosts");
	assert_int_equal(sys_clean_temporaries(s->sys, "/none"), 0);
}

static void test_a_name_of_255_bytes_can_be_written(void **state)
{
	struct scratch *s = *state;
	char path[300] = "/etc/";

	scratch_put(s, "/etc/x", "");
	memset(path + 5, 'n', 255);
	assert_int_equal(put(s, path, "text", 0644), 1);
	assert_content(s, path, "text");
	path[260] = 'n';
	assert_int_equal(put(s, path, "text", 0644), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(test_a_file_is_made_with_exactly_its_mode),
		SCRATCH_TEST(test_the_same_bytes_are_not_written_again),
		SCRATCH_TEST(test_other_bytes_or_another_mode_are_a_change),
		SCRATCH_TEST(test_mode_and_owner_can_be_kept),
		SCRATCH_TEST(test_a_link_is_replaced_or_followed),
		SCRATCH_TEST(test_what_cannot_be_written_leaves_all_as_it_was),
		SCRATCH_TEST(test_a_write_that_breaks_off_leaves_nothing),
		SCRATCH_TEST(test_mount_points_full_and_read_only_disks),
		SCRATCH_TEST(test_symbolic_links_change_in_one_step),
		SCRATCH_TEST(test_unlinking_twice_is_no_error),
		SCRATCH_TEST(test_folders_are_made_with_their_parents),
		SCRATCH_TEST(test_leftovers_of_a_dead_process_are_removed),
		SCRATCH_TEST(test_a_name_of_255_bytes_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
