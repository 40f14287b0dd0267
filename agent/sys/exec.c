/* SPDX-License-Identifier: MIT */
/* exec.c -- running one program to its end */
#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/sys/sys-internal.h"

#define SLICE_MS 10

struct account {
	uid_t uid;
	gid_t gid;
	char *name, *home;
};

static void account_done(struct account *a)
{
	free(a->name);
	free(a->home);
}

static int account_find(const char *user, struct account *ret)
{
	char text[4096];
	struct passwd pw, *found;
	int r;

	r = getpwnam_r(user, &pw, text, sizeof(text), &found);
	if (r)
		return -r;
	if (!found)
		return -ESRCH;
	ret->uid = pw.pw_uid;
	ret->gid = pw.pw_gid;
	ret->name = strdup(pw.pw_name);
	ret->home = strdup(pw.pw_dir);
	return ret->name && ret->home ? 0 : -ENOMEM;
}

int sys_input(const char *text)
{
	_cleanup_close_ int fd = -1;
	size_t len = text ? strlen(text) : 0;

	if (!len) {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return fd < 0 ? -errno : TAKE_FD(fd);
	}
	/* no pipe: the program may end without reading, or write before it reads */
	fd = memfd_create("envagent-input", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0)
			return -errno;
		text += n;
		len -= n;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : TAKE_FD(fd);
}

int sys_output(int *ret, int *ret_far)
{
	int pipefd[2];

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return -errno;
	*ret = pipefd[0];
	*ret_far = pipefd[1];
	return fcntl(pipefd[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int sys_drain(int fd, size_t max, struct buf *out)
{
	char block[4096];
	size_t room;
	ssize_t n;

	/* not for ever: a program that never stops writing has a time limit too */
	for (int i = 0; i < 64; i++) {
		n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 1 : -errno;
		if (n == 0)
			return 0;
		room = out && out->len < max ? max - out->len : 0;
		if (room)
			buf_add(out, block, (size_t)n < room ? (size_t)n : room);
	}
	return 1;
}

static int become(const struct account *a)
{
	if (initgroups(a->name, a->gid) < 0 || setresgid(a->gid, a->gid, a->gid) < 0 ||
	    setresuid(a->uid, a->uid, a->uid) < 0)
		return -errno;
	setenv("HOME", a->home, 1);
	setenv("USER", a->name, 1);
	setenv("LOGNAME", a->name, 1);
	if (chdir(a->home) < 0 && chdir("/") < 0)
		return -errno;
	return 0;
}

/* What we inherited for ourselves (documents, credentials) is not for the program. */
static void close_later(void)
{
	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	/* a kernel before 5.11 */
	for (int fd = 3; fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* In the child: never returns. What fails before the program runs goes to ERRORS as an errno. */
static void run_child(char *const *argv, const struct account *a, int input, int output, int errors)
{
	sigset_t none;
	int r = 0;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		r = errno;
	close_later();
	if (!r && a)
		r = -become(a);
	if (!r) {
		setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
		execvp(argv[0], argv);
		r = errno;
	}
	while (write(errors, &r, sizeof(r)) < 0 && errno == EINTR)
		;
	_exit(127);
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Waits for the program's end, reading its output. What it left running does not hold us. */
static int watch(pid_t pid, int output, const struct sys_run_opts *opts, struct buf *out)
{
	uint64_t until = sys_now_monotonic() + opts->timeout, t;
	_cleanup_close_ int pidfd = syscall(SYS_pidfd_open, pid, 0);
	/* without descriptors of processes (before Linux 5.3) the child is asked every so often */
	int slice = pidfd < 0 ? SLICE_MS : INT_MAX;
	struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN },
			       { .fd = output, .events = POLLIN } };
	siginfo_t end;
	int r;

	for (;;) {
		t = sys_now_monotonic();
		if (t >= until)
			return -ETIMEDOUT;
		if (poll(p, 2, least(sys_poll_ms(t, until), slice)) < 0 && errno != EINTR)
			return -errno;
		end.si_pid = 0;
		if (waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT) < 0)
			return -errno;
		if (p[1].revents) {
			r = sys_drain(output, opts->output_max, out);
			if (r < 0)
				return r;
			if (r == 0)
				p[1].fd = -1;
		}
		if (end.si_pid) {
			r = p[1].fd < 0 ? 0 : sys_drain(output, opts->output_max, out);
			return r < 0 ? r : 0;
		}
	}
}

/* The child's pid, once its program runs. */
static int start(char *const *argv, const struct account *a, int input, int output, pid_t *ret)
{
	_cleanup_close_ int errors = -1;
	int pipefd[2], error = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		run_child(argv, a, input, output, pipefd[1]);
	error = pid < 0 ? errno : 0;
	errors = pipefd[0];
	safe_close(pipefd[1]);
	if (pid < 0)
		return -error;
	do {
		n = read(errors, &error, sizeof(error));
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(error)) {
		waitpid(pid, NULL, 0);
		return -error;
	}
	*ret = pid;
	return 0;
}

int sys_spawn(char *const *argv, const struct sys_run_opts *opts, struct buf *out)
{
	_cleanup_(account_done) struct account a = {};
	_cleanup_close_ int input = -1, output = -1, output_far = -1;
	int status, r;
	pid_t pid = -1;

	if (opts->user) {
		r = account_find(opts->user, &a);
		if (r < 0)
			return r;
	}
	input = sys_input(opts->stdin_text);
	if (input < 0)
		return input;
	r = sys_output(&output, &output_far);
	if (r < 0)
		return r;
	r = start(argv, opts->user ? &a : NULL, input, output_far, &pid);
	if (r < 0)
		return r;
	safe_close(TAKE_FD(output_far));

	r = watch(pid, output, opts, out);
	if (r < 0)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int sys_run(struct sys *sys, char *const *argv, const struct sys_run_opts *opts, struct buf *out)
{
	return sys->live ? sys_spawn(argv, opts, out) : -EOPNOTSUPP;
}
