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

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_leads_out_of_the_root),
		TEST(test_by_hand_it_is_the_same),
		TEST(test_the_plain_path_of_what_may_not_be_there_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
