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
#include "tools/envmux/listen.h"

#define START_LIMIT_MS 15000
#define RELOAD_LIMIT_MS 10000
#define RELOAD_TURNS 200
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

/*
 * Two HAProxies can hold one port, and a forgotten one would answer its share of the requests from
 * its own map. One of ours that was just left alone needs a moment to end.
 */
static int wait_for_ports(const struct driver *d, char **ret_error)
{
	char *const *lists[] = { d->conf.front, d->conf.plain_front, d->conf.plain };
	uint64_t until = haproxy_now_ms() + STOP_LIMIT_MS;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t k = 0; lists[i] && lists[i][k]; k++) {
			int r = listen_free(lists[i][k]);

			while (r == -EADDRINUSE && haproxy_now_ms() < until) {
				sleep_ms(20);
				r = listen_free(lists[i][k]);
			}
			if (r < 0) {
				*ret_error = str_printf("cannot serve at %s: %s", lists[i][k],
							strerror(-r));
				return r;
			}
		}
	}
	return 0;
}

int haproxy_start(struct driver *d, char **ret_error)
{
	char *const argv[] = { d->conf.haproxy,	 "-W", "-db",  "-S",
			       d->master_socket, "-f", d->cfg, NULL };
	uint64_t until;
	pid_t pid;
	int r;

	d->started_at = haproxy_now_ms();
	until = d->started_at + START_LIMIT_MS;
	r = wait_for_ports(d, ret_error);
	if (r < 0)
		return r;
	(void)unlink(d->stats_socket);
	pid = start_program(argv, -1);
	if (pid < 0)
		return (int)pid;
	d->child = pid;
	while (haproxy_now_ms() < until) {
		if (haproxy_worker(d) > 0)
			return 0;
		if (haproxy_reap(d) > 0) {
			*ret_error = str_printf("%s ended while it was starting", d->conf.haproxy);
			return -ECHILD;
		}
		sleep_ms(20);
	}
	*ret_error = str_printf("%s does not answer at %s", d->conf.haproxy, d->stats_socket);
	return -ETIMEDOUT;
}

static bool nobody(long r)
{
	return r == -ECONNREFUSED || r == -ENOENT;
}

/* One try; 0 if nothing came of it: HAProxy may have been executing itself anew. */
static long reload_once(struct driver *d, uint64_t until)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	long worker;
	int r = haproxy_ask_at(d->master_socket, "reload", &out);

	if (nobody(r)) {
		/* A master that executes itself anew has a worker that answers all the while. */
		if (nobody(haproxy_worker(d)))
			return -ENOTCONN;
		sleep_ms(20);
		return 0;
	}
	for (unsigned turn = 0; turn < RELOAD_TURNS && haproxy_now_ms() < until; turn++) {
		sleep_ms(10);
		worker = haproxy_worker(d);
		if (worker > 0 && worker != d->worker) {
			if (haproxy_loaded(d) == d->rendered)
				return worker;
			d->worker = worker; /* it read what was there a moment before */
			return 0;
		}
		if (turn >= 10 && haproxy_failed_reloads(d) > 0)
			return -EREMOTEIO;
		if (haproxy_reap(d) > 0)
			return -ECHILD;
	}
	return 0;
}

/*
 * HAProxy 2.6 answers nothing to "reload", and refuses its socket while it executes itself anew: a
 * new worker that has read the new files is the only sign of success, and a reload during another
 * one may be lost.
 */
long haproxy_reload(struct driver *d)
{
	uint64_t until = haproxy_now_ms() + RELOAD_LIMIT_MS;
	_cleanup_free_ char *error = NULL;
	long worker = 0;
	int r = d->conf.spawn ? haproxy_check(d, &error) : 0;

	if (r < 0) {
		log_error("%s", error ?: strerror(-r));
		return r;
	}
	while (worker == 0 && haproxy_now_ms() < until)
		worker = reload_once(d, until);
	return worker ?: -ETIMEDOUT;
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
