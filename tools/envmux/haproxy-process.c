/* SPDX-License-Identifier: MIT */
/* haproxy-process.c -- the life of a HAProxy that is ours: started, reaped, ended */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"
#include "tools/envmux/listen.h"

#define START_LIMIT_MS 15000
#define STOP_LIMIT_MS 3000

static void sleep_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

pid_t haproxy_run(char *const argv[], int fd)
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
	pid = haproxy_run(argv, -1);
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
