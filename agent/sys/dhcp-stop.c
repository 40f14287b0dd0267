/* SPDX-License-Identifier: MIT */
/* dhcp-stop.c -- ending a DHCP client, and what it would be found by */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "agent/sys/dhcp-client.h"

#define STOP_WAIT_MS 2000

/* A process held by its descriptor or, before Linux 5.3, known by its number alone (PIDFD -1). */
struct process {
	pid_t pid;
	int pidfd;
};

static int signal_once(const struct process *p, int signal)
{
	int r = p->pidfd < 0 ? kill(p->pid, signal)
			     : (int)syscall(SYS_pidfd_send_signal, p->pidfd, signal, NULL, 0);

	return r < 0 ? -errno : 0;
}

/* Some clients give up root; with CAP_SETUID and without CAP_KILL that user can be told by itself.
 */
static int signal_as_owner(const struct process *p, int signal)
{
	struct stat st;
	char path[64];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/%d", p->pid);
	if (stat(path, &st) < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	pid = vfork();
	if (pid == 0) {
		/* the plain system call: the library's would change our threads' user too */
		if (syscall(SYS_setresuid, st.st_uid, st.st_uid, st.st_uid) < 0)
			_exit(EPERM);
		_exit(-signal_once(p, signal));
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

static int send_signal(const struct process *p, int signal)
{
	int r = signal_once(p, signal);

	return r == -EPERM ? signal_as_owner(p, signal) : r;
}

/* Sends SIGNAL and waits. 1 if the process is gone, 0 if it is still there. */
static int end_process(const struct process *p, int signal)
{
	uint64_t until = sys_now_monotonic() + STOP_WAIT_MS * 1000, t;
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
	int r;

	r = send_signal(p, signal);
	while (r == 0 && (t = sys_now_monotonic()) < until) {
		if (poll(&fd, 1, p->pidfd < 0 ? 10 : sys_poll_ms(t, until)) > 0)
			return 1;
		if (p->pidfd < 0)
			r = send_signal(p, 0);
	}
	return r == -ESRCH ? 1 : r;
}

/* Its pid file is of no use to anybody now, and a later start could kill a stranger by it. */
static int remove_pid_files(struct sys *sys, const struct dhcp_client *c, const struct sys_dhcp *d)
{
	_cleanup_strv_ char **files = NULL;
	const char *named;
	int r = 0;

	if (!d->argv)
		return 0;
	named = dhcp_option(d->argv, c->pid_option);
	if (named)
		r = dhcp_add_file(sys, &files, named, "");
	for (char *const *word = d->argv; r >= 0 && !named && *word; word++)
		for (const char *const *p = c->pids; r >= 0 && *p; p++)
			r = filename_valid(*word) ? dhcp_add_file(sys, &files, *p, *word) : 0;
	for (char **p = files; r >= 0 && p && *p; p++) {
		_cleanup_free_ char *text = NULL;

		if (sys_read(sys, *p, &text, NULL) == 0 && atoi(text) == d->pid)
			r = sys_unlink(sys, *p);
	}
	return r;
}

/* PID, if it is still a process of C: ended, politely where C says so. */
static int end_client(const struct dhcp_client *c, pid_t pid, bool polite)
{
	_cleanup_buf_ struct buf comm = BUF_INIT_MAX(64);
	struct process p = { .pid = pid };
	_cleanup_close_ int pidfd = -1;
	int gone = 0;

	p.pidfd = pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 && errno != ESRCH && errno != ENOSYS)
		return -errno;
	/* only now that the descriptor holds it: is it still that program? */
	if (dhcp_read_proc(pid, "comm", &comm) < 0 || !comm.len ||
	    strncmp(comm.data, c->comm, strlen(c->comm)) != 0)
		return 0;
	if (polite)
		gone = end_process(&p, SIGTERM);
	if (gone == 0)
		gone = end_process(&p, SIGKILL);
	return gone < 0 ? gone : gone == 0 ? -ETIMEDOUT : 0;
}

/*
 * dhcpcd shares its work among processes of one session; the one that is root still acts for the
 * others, and none of them is of use alone. All of that name in SESSION, but PID, which is gone.
 */
static int end_helpers(const struct dhcp_client *c, pid_t pid, pid_t session)
{
	_cleanup_closedir_ DIR *dir = c->helpers && session > 0 ? opendir("/proc") : NULL;
	struct dirent *e;
	int r = 0;

	while (dir && r >= 0 && (e = readdir(dir))) {
		pid_t other = e->d_name[strspn(e->d_name, "0123456789")] ? 0 : atoi(e->d_name);

		if (other > 1 && other != pid && dhcp_session(other) == session)
			r = end_client(c, other, false);
	}
	return r;
}

int sys_dhcp_stop(struct sys *sys, const struct sys_dhcp *d)
{
	const struct dhcp_client *c = dhcp_client_of(d->program);
	pid_t session;
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!c || d->pid <= 1)
		return -EINVAL;
	session = dhcp_session(d->pid);
	r = end_client(c, d->pid, c->polite);
	if (r >= 0)
		r = end_helpers(c, d->pid, session);
	for (char *const *file = d->leases; r >= 0 && file && *file; file++)
		r = sys_unlink(sys, *file);
	if (r >= 0)
		r = remove_pid_files(sys, c, d);
	return r < 0 ? r : 0;
}
