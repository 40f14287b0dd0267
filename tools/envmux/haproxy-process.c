/* SPDX-License-Identifier: MIT */
/* haproxy-process.c -- HAProxy's life: checked, started, reloaded, watched, ended */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define START_LIMIT_MS 15000
#define RELOAD_LIMIT_MS 30000
#define STOP_LIMIT_MS 3000

static void sleep_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

/* Starts ARGV with its output in FD (or ours, -1). The child does not outlive us. */
static pid_t start_program(char *const argv[], int fd)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	execvp(argv[0], argv);
	_exit(127);
}

int haproxy_check(struct driver *d, char **ret_error)
{
	_cleanup_buf_ struct buf words = BUF_INIT_MAX(8192);
	_cleanup_close_ int in = -1, out = -1;
	int fds[2], status = 0;
	char part[1024];
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	pid = start_program((char *[]){ d->conf.haproxy, "-c", "-q", "-f", d->cfg, NULL }, out);
	if (pid < 0)
		return (int)pid;
	safe_close(TAKE_FD(out));
	while ((n = read(in, part, sizeof(part))) > 0)
		(void)buf_add(&words, part, (size_t)n);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	*ret_error = str_printf("%s refuses %s: %s", d->conf.haproxy, d->cfg,
				words.data && *words.data    ? words.data
				: WEXITSTATUS(status) == 127 ? "the program is not there"
							     : "no reason given");
	return -EINVAL;
}

int haproxy_start(struct driver *d, char **ret_error)
{
	uint64_t until = haproxy_now_ms() + START_LIMIT_MS;
	long worker = 0;
	pid_t pid;

	if (d->conf.spawn) {
		(void)unlink(d->stats_socket);
		pid = start_program((char *[]){ d->conf.haproxy, "-W", "-db", "-S",
						d->master_socket, "-f", d->cfg, NULL },
				    -1);
		if (pid < 0)
			return (int)pid;
		d->child = pid;
		d->started_at = haproxy_now_ms();
	}
	while (haproxy_now_ms() < until) {
		worker = haproxy_worker(d->stats_socket);
		if (worker > 0)
			break;
		if (haproxy_reap(d) > 0) {
			*ret_error =
				str_printf("%s ended while it was starting; is another program "
					   "on the same port?",
					   d->conf.haproxy);
			return -ECHILD;
		}
		sleep_ms(20);
	}
	if (worker <= 0) {
		*ret_error = str_printf("HAProxy does not answer at %s", d->stats_socket);
		return -ETIMEDOUT;
	}
	d->worker = worker;
	return 0;
}

/*
 * HAProxy 2.6 answers nothing to "reload", and refuses its socket while it executes itself anew: a
 * new worker's pid is the only sign of success, and a reload during another one may be lost.
 */
int haproxy_reload(struct driver *d)
{
	uint64_t until = haproxy_now_ms() + RELOAD_LIMIT_MS;
	_cleanup_free_ char *error = NULL;
	int r;

	r = haproxy_check(d, &error);
	if (r < 0) {
		log_error("%s", error);
		return r;
	}
	for (unsigned turn = 0; haproxy_now_ms() < until; turn++) {
		_cleanup_buf_ struct buf out = BUF_INIT;
		long worker;

		if (turn % 100 == 0)
			(void)haproxy_ask(d->master_socket, "reload", &out);
		sleep_ms(20);
		worker = haproxy_worker(d->stats_socket);
		if (worker > 0 && worker != d->worker) {
			d->worker = worker;
			return 0;
		}
		if (haproxy_reap(d) > 0)
			return -ECHILD;
	}
	return -EREMOTEIO;
}

int haproxy_reap(struct driver *d)
{
	int status;

	if (d->child <= 0 || waitpid(d->child, &status, WNOHANG) != d->child)
		return 0;
	log_warning("HAProxy (pid %d) ended with %s %d", (int)d->child,
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	d->child = 0;
	d->worker = 0;
	return 1;
}

void haproxy_stop(struct driver *d)
{
	uint64_t until = haproxy_now_ms() + STOP_LIMIT_MS;

	if (d->child <= 0)
		return;
	kill(d->child, SIGTERM);
	while (haproxy_now_ms() < until) {
		if (haproxy_reap(d) > 0)
			return;
		sleep_ms(20);
	}
	kill(d->child, SIGKILL);
	while (waitpid(d->child, NULL, 0) < 0 && errno == EINTR)
		;
	d->child = 0;
}
