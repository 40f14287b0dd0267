/* SPDX-License-Identifier: MIT */
/*
 * haproxy-reload.c -- new files to a HAProxy that runs, step by step beside all that goes on
 *
 * HAProxy 2.6 answers nothing to "reload", and refuses its socket while it executes itself anew: a
 * new worker that has read the new files is the only sign of success, and a reload during another
 * one may be lost. All that time the former worker serves.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define CHECK_LIMIT_MS 30000
#define RELOAD_LIMIT_MS 10000
#define TELL_AGAIN_MS 2000
#define LOOK_MS 100
#define WORDS_MAX 8192

/* ---- "haproxy -c" ---- */

static int check_begin(struct driver *d)
{
	struct reload *l = &d->reload;
	_cleanup_close_ int in = -1, out = -1;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	pid = haproxy_run((char *[]){ d->conf.haproxy, "-c", "-q", "-f", d->cfg, NULL }, out);
	if (pid < 0)
		return (int)pid;
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		log_debug("A pipe that blocks: %s", strerror(errno));
	l->checker = pid;
	l->words = TAKE_FD(in);
	l->said = BUF_INIT_MAX(WORDS_MAX);
	return 0;
}

static int check_end(struct reload *l)
{
	int status = 0;

	while (waitpid(l->checker, &status, 0) < 0 && errno == EINTR)
		;
	l->checker = 0;
	safe_close(l->words);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* 1: they are good, 0: it has not ended, -EINVAL with its words in *ret_error. */
static int check_step(struct driver *d, char **ret_error)
{
	struct reload *l = &d->reload;
	char part[1024];
	ssize_t n;
	int status;

	while ((n = read(l->words, part, sizeof(part))) > 0)
		(void)buf_add(&l->said, part, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR) && haproxy_now_ms() < l->until)
		return 0;
	if (n < 0)
		kill(l->checker, SIGKILL);
	status = check_end(l);
	if (status == 0) {
		buf_done(&l->said);
		return 1;
	}
	*ret_error = str_printf("%s refuses %s: %s", d->conf.haproxy, d->cfg,
				l->said.data && *l->said.data ? l->said.data
				: status == 127		      ? "the program is not there"
							      : "no reason given");
	buf_done(&l->said);
	return -EINVAL;
}

int haproxy_check(struct driver *d, char **ret_error)
{
	int r = check_begin(d);

	d->reload.until = haproxy_now_ms() + CHECK_LIMIT_MS;
	while (r == 0) {
		struct pollfd fd = { d->reload.words, POLLIN, 0 };

		(void)poll(&fd, 1, LOOK_MS);
		r = check_step(d, ret_error);
	}
	return r < 0 ? r : 0;
}

/* ---- the reload ---- */

int haproxy_reload_begin(struct driver *d)
{
	struct reload *l = &d->reload;
	int r = 0;

	l->lost = false;
	l->step = d->conf.spawn ? RELOAD_CHECK : RELOAD_TELL;
	l->until = haproxy_now_ms() + (d->conf.spawn ? CHECK_LIMIT_MS : RELOAD_LIMIT_MS);
	if (d->conf.spawn)
		r = check_begin(d);
	if (r < 0)
		l->step = RELOAD_NONE;
	return r;
}

void haproxy_reload_end(struct driver *d)
{
	struct reload *l = &d->reload;

	if (l->checker > 0) {
		kill(l->checker, SIGKILL);
		(void)check_end(l);
		buf_done(&l->said);
	}
	haproxy_ask_end(&l->master);
	l->step = RELOAD_NONE;
}

static int step_check(struct driver *d)
{
	_cleanup_free_ char *error = NULL;
	int r = check_step(d, &error);

	if (r < 0)
		log_error("%s", error ?: strerror(-r));
	if (r > 0) {
		d->reload.step = RELOAD_TELL;
		d->reload.until = haproxy_now_ms() + RELOAD_LIMIT_MS;
	}
	return r < 0 ? r : 0;
}

static bool nobody(long r)
{
	return r == -ECONNREFUSED || r == -ENOENT;
}

static int step_tell(struct driver *d, uint64_t now)
{
	struct reload *l = &d->reload;
	int r;

	haproxy_ask_end(&l->master);
	r = haproxy_ask_begin(&l->master, d->master_socket, "reload");
	/* A master that executes itself anew has a worker that answers all the while. */
	if (nobody(r) && nobody(d->seen))
		return -ENOTCONN;
	if (r < 0)
		return 0;
	l->told_at = l->asked_at = now;
	l->step = RELOAD_WAIT;
	return 0;
}

/* Now and then the master is asked whether it could carry it out. */
static int look_at_master(struct driver *d, uint64_t now)
{
	struct reload *l = &d->reload;
	int r;

	if (l->master.on) {
		r = haproxy_ask_step(&l->master);
		if (r == 0)
			return 0;
		if (r > 0 && haproxy_failures(&l->master.out) > 0)
			return -EREMOTEIO;
		haproxy_ask_end(&l->master);
	}
	if (now < l->asked_at + LOOK_MS)
		return 0;
	l->asked_at = now;
	r = haproxy_ask_begin(&l->master, d->master_socket, "show proc");
	return nobody(r) && nobody(d->seen) ? -ENOTCONN : 0;
}

static int step_wait(struct driver *d, uint64_t now)
{
	struct reload *l = &d->reload;

	if (d->seen > 0 && d->seen != d->worker) {
		if (d->seen_loaded == d->rendered)
			return 1;
		d->worker = d->seen; /* it read what was there a moment before */
		l->step = RELOAD_TELL;
		return 0;
	}
	if (haproxy_reap(d) > 0)
		return -ECHILD;
	if (now >= l->told_at + TELL_AGAIN_MS)
		l->step = RELOAD_TELL;
	return look_at_master(d, now);
}

int haproxy_reload_step(struct driver *d)
{
	struct reload *l = &d->reload;
	uint64_t now = haproxy_now_ms();
	int r;

	if (l->step == RELOAD_CHECK)
		r = step_check(d);
	else if (l->step == RELOAD_TELL)
		r = step_tell(d, now);
	else
		r = step_wait(d, now);
	return r == 0 && now >= l->until && l->step != RELOAD_CHECK ? -ETIMEDOUT : r;
}
