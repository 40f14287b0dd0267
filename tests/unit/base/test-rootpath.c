/* SPDX-License-Identifier: MIT */
/* test-rootpath.c -- paths below a root that no link and no ".." can leave */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/rootpath.h"

struct fixture {
	char root[32];
	int fd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int r = 0;

	*state = f;
	strcpy(f->root, "/tmp/envagent-test.XXXXXX");
	if (!mkdtemp(f->root))
		return -1;
	f->fd = open(f->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r |= mkdirat(f->fd, "etc", 0755) | mkdirat(f->fd, "run", 0755);
	close(openat(f->fd, "etc/passwd", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	r |= symlinkat("/etc", f->fd, "absolute");
	r |= symlinkat("../../../etc", f->fd, "run/upward");
	r |= symlinkat("loop", f->fd, "loop");
	r |= symlinkat("/gone/x", f->fd, "broken");
	r |= symlinkat("../run/new", f->fd, "etc/new");
	return r;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char remove[64];

	snprintf(remove, sizeof(remove), "rm -rf '%s'", f->root);
	close(f->fd);
	free(f);
	return system(remove);
}

/* What opening PATH gives: 0 for our passwd, 1 for another file, -errno. */
static int open_one(struct fixture *f, const char *path)
{
	_cleanup_close_ int fd = rootpath_open(f->fd, path, O_RDONLY);
	struct stat st, ours;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || fstatat(f->fd, "etc/passwd", &ours, 0) < 0)
		return -errno;
	return st.st_ino != ours.st_ino || st.st_dev != ours.st_dev;
}

static const struct {
	const char *path;
	int result;
} cases[] = {
	{ "/etc/passwd", 0 },
	{ "//etc/./passwd", 0 },
	{ "/../../../etc/passwd", 0 },
	{ "/absolute/passwd", 0 },
	{ "/run/upward/passwd", 0 },
	{ "/run/upward/../absolute/passwd", 0 },
	{ "/", 1 },
	{ "/etc", 1 },
	{ "/etc/none", -ENOENT },
	{ "/none/passwd", -ENOENT },
	{ "/broken", -ENOENT },
	{ "/etc/new", -ENOENT },
	{ "/etc/passwd/x", -ENOTDIR },
	{ "/loop", -ELOOP },
	{ "etc/passwd", -EINVAL },
};

static void test_nothing_leads_out_of_the_root(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (open_one(*state, cases[i].path) != cases[i].result)
			fail_msg("%s: %d", cases[i].path, open_one(*state, cases[i].path));
}

/* From here on openat2() is unknown to this process. */
static int forbid_openat2(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) |
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void test_by_hand_it_is_the_same(void **state)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (forbid_openat2() != 0)
			_exit(200);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			if (open_one(*state, cases[i].path) != cases[i].result)
				_exit(i + 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 200) {
		print_message("skipped: no seccomp filters here\n");
		skip();
	}
	if (WEXITSTATUS(status))
		fail_msg("%s", cases[WEXITSTATUS(status) - 1].path);
}

static void test_the_plain_path_of_what_may_not_be_there_yet(void **state)
{
	static const char *const paths[][2] = {
		{ "/run/upward/passwd", "/etc/passwd" },
		{ "/etc/new", "/run/new" },
		{ "/absolute/none", "/etc/none" },
		{ "/run/..", "/" },
	};
	struct fixture *f = *state;
	char *none = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_free_ char *got = NULL;

		assert_int_equal(rootpath_resolve(f->fd, paths[i][0], &got), 0);
		assert_string_equal(got, paths[i][1]);
	}
	assert_int_equal(rootpath_resolve(f->fd, "/broken", &none), -ENOENT);
	assert_int_equal(rootpath_resolve(f->fd, "/loop", &none), -ELOOP);
	assert_int_equal(rootpath_resolve(f->fd, "/etc/passwd/x", &none), -ENOTDIR);
	assert_null(none);
}

/* USER 4242 has the directory "home", with what LINK there leads to. */
static void make_home(struct fixture *f, const char *target, const char *link)
{
	mkdirat(f->fd, "home", 0755);
	mkdirat(f->fd, "home/own", 0755);
	close(openat(f->fd, "home/own/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	assert_int_equal(symlinkat(target, f->fd, link), 0);
	assert_int_equal(fchownat(f->fd, "home", 4242, 4242, 0), 0);
	assert_int_equal(fchownat(f->fd, "home/own", 4242, 4242, 0), 0);
	assert_int_equal(fchownat(f->fd, link, 4242, 4242, AT_SYMLINK_NOFOLLOW), 0);
}

static void test_a_users_link_leads_to_nothing_of_others(void **state)
{
	static const struct {
		const char *target, *path;
		int result;
	} links[] = {
		{ "/etc", "/home/link/passwd", -ENOLINK },
		{ "../etc/passwd", "/home/link", -ENOLINK },
		{ "/etc/new", "/home/link", -ENOLINK },
		{ "/absolute", "/home/link/passwd", -ENOLINK },
		{ "/", "/home/link/etc/passwd", -ENOLINK },
		{ "/", "/home/link", -ENOLINK },
		{ "own", "/home/link/file", 1 },
		{ "/home/own/file", "/home/link", 1 },
		{ "own/none", "/home/link", -ENOENT },
	};
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		_cleanup_free_ char *plain = NULL;

		make_home(f, links[i].target, "home/link");
		if (open_one(f, links[i].path) != links[i].result)
			fail_msg("%s: %d", links[i].target, open_one(f, links[i].path));
		if (links[i].result == -ENOLINK)
			assert_int_equal(rootpath_resolve(f->fd, links[i].path, &plain), -ENOLINK);
		assert_int_equal(unlinkat(f->fd, "home/link", 0), 0);
	}
}

static void test_links_of_two_users_lead_nowhere(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	make_home(f, "own/on", "home/link");
	assert_int_equal(symlinkat("file", f->fd, "home/own/on"), 0);
	assert_int_equal(open_one(f, "/home/link"), 1);
	assert_int_equal(fchownat(f->fd, "home/own/on", 4343, 4343, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(open_one(f, "/home/link"), -ENOLINK);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_leads_out_of_the_root),
		TEST(test_by_hand_it_is_the_same),
		TEST(test_the_plain_path_of_what_may_not_be_there_yet),
		TEST(test_a_users_link_leads_to_nothing_of_others),
		TEST(test_links_of_two_users_lead_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
