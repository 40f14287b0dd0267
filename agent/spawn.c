/* SPDX-License-Identifier: MIT */
/* spawn.c -- arrange the descriptors of protocol.h, give up what is not needed, exec; the end */
#include "agent/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/log.h"
#include "agent/base/protocol.h"

#define FIRST_FREE (PROTOCOL_FD_CREDENTIALS + CHILD_CREDENTIALS_MAX)

/* FD, or /dev/null for -1, out of the way of the numbers that are given out. */
static int aside(int fd)
{
	int null, r;

	if (fd >= 0)
		return fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -1;
	r = fcntl(null, F_DUPFD_CLOEXEC, FIRST_FREE);
	safe_close(null);
	return r;
}

static int arrange(const struct child_opts *opts, int events)
{
	int from[] = { aside(events), aside(opts->document), aside(opts->extra), aside(-1) };
	static const int to[] = { PROTOCOL_FD_EVENTS, PROTOCOL_FD_DOCUMENT, PROTOCOL_FD_FACTS,
				  STDIN_FILENO };

	int credentials[CHILD_CREDENTIALS_MAX], next = PROTOCOL_FD_CREDENTIALS;

	/* All out of the way before the first number is given out. */
	for (size_t i = 0; i < opts->n_credentials; i++)
		credentials[i] = aside(opts->credentials[i]);
	for (size_t i = 0; i < ARRAY_SIZE(to); i++)
		if (from[i] < 0 || dup2(from[i], to[i]) < 0)
			return -errno;
	for (size_t i = 0; i < opts->n_credentials; i++)
		if (credentials[i] < 0 || dup2(credentials[i], next++) < 0)
			return -errno;
	return close_range((unsigned)next, ~0u, 0) < 0 ? -errno : 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < _NSIG; i++)
		signal(i, SIG_DFL); /* KILL and STOP refuse, which is fine */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int drop_root(const struct child_opts *opts)
{
	if (!opts->drop)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(opts->gid, opts->gid, opts->gid) < 0 ||
	    setresuid(opts->uid, opts->uid, opts->uid) < 0)
		return -errno;
	return 0;
}

/* What the child reads, and its one answer: it has our memory until it runs its program. */
struct start {
	const struct child_opts *opts;
	int events;
	pid_t parent;
	bool prefix;	    /* log lines start with <N>, as ours do */
	volatile int error; /* the compiler does not know that we come back after its end */
};

static int prepare(const struct start *s)
{
	int r;

	setsid();
	reset_signals();
	r = arrange(s->opts, s->events);
	if (r < 0)
		return r;
	r = drop_root(s->opts);
	if (r < 0)
		return r;
	/* A change of user takes the mark away, so it comes after; who is orphaned by now goes. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == s->parent ? 0 : -ESRCH;
}

static _Noreturn void child_main(struct start *s)
{
	static char *const bare[] = { NULL };
	static char *const told[] = { (char *)LOG_PREFIX_VARIABLE "=yes", NULL };

	s->error = prepare(s);
	if (s->error == 0) {
		execve(s->opts->path, s->opts->argv,
		       !s->opts->bare ? environ
		       : s->prefix    ? told
				      : bare);
		s->error = -errno;
	}
	_exit(1);
}

/*
 * vfork(2): we wait until the program runs, and the child's answer is ours to read. fork(2) would
 * copy the page tables of a dozen libraries at each identity check, a fifth of its whole cost.
 * Between the two the child only makes system calls, and no signal has a handler.
 */
int spawn(const struct child_opts *opts, int events, pid_t *ret)
{
	struct start s = {
		.opts = opts, .events = events, .parent = getpid(), .prefix = log_prefixed()
	};
	pid_t pid = vfork();

	if (pid == 0)
		child_main(&s);
	if (pid < 0)
		return -errno;
	if (s.error < 0) {
		waitpid(pid, NULL, 0);
		return s.error;
	}
	*ret = pid;
	return 0;
}

/*
 * A child of another user is signalled as that user, so the unit needs no CAP_KILL. The helper too
 * has our memory, and does nothing but three system calls.
 */
void spawn_kill(const struct child_opts *opts, pid_t pid)
{
	pid_t helper;

	if (kill(pid, SIGKILL) == 0 || errno != EPERM || !opts->drop)
		return;
	helper = vfork();
	if (helper == 0) {
		if (setresuid(opts->uid, opts->uid, opts->uid) == 0)
			kill(pid, SIGKILL);
		_exit(0);
	}
	if (helper > 0)
		while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
			;
}
