/* SPDX-License-Identifier: MIT */
/* child.c -- one child: started with the descriptors of protocol.h, read, reaped, killed when late
 */
#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/event.h"
#include "agent/spawn.h"

/* A line over the limit is none, whatever follows. */
#define CHILD_TEXT_MAX EVENT_LINE_MAX
/* So much is read at once: one that talks faster than it is heard holds nothing else up. */
#define READS_IN_A_ROW 4
#define READS_AT_THE_END 512 /* what the largest pipe that a user may make holds */

struct child {
	pid_t pid;
	int pipe;
	sd_event_source *exit, *readable, *late;
	bool timed_out, bad_line;
	struct child_opts opts; /* path and argv are not used after the start */
	size_t len;
	char text[CHILD_TEXT_MAX];
};

/* Kills it now; done() follows as ever. */
static void child_kill(struct child *c)
{
	/* Until it is reaped the number is its own, and it leads its session from before exec. */
	spawn_kill(&c->opts, -c->pid);
	spawn_kill(&c->opts, c->pid);
}

static void bad_line(struct child *c)
{
	if (!c->bad_line)
		child_kill(c);
	c->bad_line = true;
	c->len = 0;
}

/* The whole lines in the buffer go to the handler, what is left stays. */
static void take_lines(struct child *c)
{
	char *p = c->text, *end = c->text + c->len, *nl;

	while (!c->bad_line && (nl = memchr(p, '\n', (size_t)(end - p)))) {
		if (c->opts.line(c->opts.userdata, p, (size_t)(nl - p)) < 0) {
			bad_line(c);
			return;
		}
		p = nl + 1;
	}
	c->len = (size_t)(end - p);
	memmove(c->text, p, c->len);
	if (c->len == sizeof(c->text))
		bad_line(c);
}

/* Reads what the pipe holds, READS times at most. Returns 0 at its end, 1 otherwise. */
static int read_pipe(struct child *c, unsigned reads)
{
	ssize_t n;

	for (; reads > 0; reads--) {
		n = read(c->pipe, c->text + c->len, sizeof(c->text) - c->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		if (n == 0)
			return 0;
		if (c->bad_line)
			continue; /* dropped, until it is dead */
		c->len += (size_t)n;
		if (c->opts.line)
			take_lines(c);
		else if (c->len == sizeof(c->text))
			bad_line(c);
	}
	return 1;
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct child *c = userdata;

	if (read_pipe(c, READS_IN_A_ROW) == 0)
		sd_event_source_set_enabled(s, SD_EVENT_OFF);
	return 0;
}

static int on_late(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct child *c = userdata;

	c->timed_out = true;
	child_kill(c);
	return 0;
}

static void drop_sources(struct child *c)
{
	sd_event_source_disable_unref(c->exit);
	sd_event_source_disable_unref(c->readable);
	sd_event_source_disable_unref(c->late);
}

static int on_exit_of_child(sd_event_source *s, const siginfo_t *si, void *userdata)
{
	struct child *c = userdata;
	struct child_result result;

	/* Something it started and left behind must not write on, nor to the next pass. */
	spawn_kill(&c->opts, -c->pid);
	read_pipe(c, READS_AT_THE_END);
	if (c->opts.line && c->len)
		c->bad_line = true; /* the last line has no end */

	result = (struct child_result){
		.status = si->si_code == CLD_EXITED ? si->si_status : -1,
		.signal = si->si_code == CLD_EXITED ? 0 : si->si_status,
		.timed_out = c->timed_out,
		.bad_line = c->bad_line,
		.text = c->text,
		.len = c->opts.line ? 0 : c->len,
	};
	drop_sources(c);
	safe_close(c->pipe);
	c->opts.done(c->opts.userdata, &result);
	free(c);
	return 0;
}

static int watch(sd_event *event, struct child *c)
{
	int r;

	r = sd_event_add_child(event, &c->exit, c->pid, WEXITED, on_exit_of_child, c);
	if (r < 0)
		return r;
	/* Lines that are in the pipe come before the end. */
	r = sd_event_source_set_priority(c->exit, SD_EVENT_PRIORITY_NORMAL + 1);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(event, &c->late, CLOCK_MONOTONIC, c->opts.limit, 100000,
				       on_late, c);
	if (r < 0 || !c->opts.line)
		return r;
	return sd_event_add_io(event, &c->readable, c->pipe, EPOLLIN, on_readable, c);
}

int child_start(sd_event *event, const struct child_opts *opts, struct child **ret)
{
	_cleanup_free_ struct child *c = calloc(1, sizeof(*c));
	int fds[2], r;

	if (!c)
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	c->opts = *opts;
	c->pipe = fds[0];
	r = fcntl(c->pipe, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (r == 0)
		r = spawn(opts, fds[1], &c->pid);
	safe_close(fds[1]);
	if (r < 0) {
		safe_close(c->pipe);
		return r;
	}

	r = watch(event, c);
	if (r < 0) {
		child_free(TAKE_PTR(c));
		return r;
	}
	*ret = TAKE_PTR(c);
	return 0;
}

void child_limit(struct child *c, uint64_t limit)
{
	sd_event_source_set_time_relative(c->late, limit);
}

void child_free(struct child *c)
{
	if (!c)
		return;
	drop_sources(c);
	child_kill(c);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	safe_close(c->pipe);
	free(c);
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}
