/* SPDX-License-Identifier: MIT */
/* wait.c -- the verb wait: return when this host is ready */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/daemon.h"
#include "tools/agentctl/show.h"

#define USEC 1000000u
#define TIMEOUT_DEFAULT (300ull * USEC)
/* Whether the daemon still lives is seen by looking, and so is a directory that comes to be. */
#define LOOK_MSEC 500

static uint64_t now_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * USEC + (uint64_t)ts.tv_nsec / 1000;
}

/* What is still to come, a line each. */
static void say_what(struct ctl *ctl, const struct daemon *d)
{
	struct json_object *modules = NULL, *m;
	const char *state;

	if (d->state == DAEMON_NEVER || d->state == DAEMON_STOPPED) {
		show_error(ctl, "systemctl start envagent",
			   "waited for the daemon, which is not running");
		return;
	}
	if (d->state == DAEMON_SILENT) {
		show_error(ctl, "systemctl restart envagent",
			   "waited for the daemon, which does not answer");
		return;
	}
	show_error(ctl, "agentctl status", "waited for this host, which is %s%s%s",
		   show_str(d->status, "state"), show_str(d->status, "reason")[0] ? ": " : "",
		   show_str(d->status, "reason"));
	json_get_arr(d->status, "modules", &modules);
	for (size_t i = 0; modules && i < json_object_array_length(modules); i++) {
		m = json_object_array_get_idx(modules, i);
		state = show_str(m, "state");
		if (strcmp(state, "ready") != 0 && strcmp(state, "off") != 0)
			show_error(ctl, NULL, "%s is %s: %s", show_str(m, "name"), state,
				   show_str(m, "reason"));
	}
}

static bool is_ready(struct ctl *ctl, const struct daemon *d)
{
	if (d->state != DAEMON_RUNNING)
		return false;
	if (ctl->wait_local)
		return strcmp(show_str(d->status, "local"), "settled") == 0;
	return daemon_exit_code(d) == CTL_READY;
}

/* The daemon's own limit for what is local has ended. */
static bool is_over(struct ctl *ctl, const struct daemon *d)
{
	return ctl->wait_local && d->state == DAEMON_RUNNING &&
	       strcmp(show_str(d->status, "local"), "limit") == 0;
}

/* Sleeps until the directory of the status file changes, at most until END. */
static int wait_change(int fd, uint64_t end)
{
	char events[4096];
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now = now_monotonic();
	int ms = LOOK_MSEC;

	if (end <= now)
		return 0;
	if ((end - now) / 1000 < (uint64_t)ms)
		ms = (int)((end - now) / 1000) + 1;
	if (poll(&p, 1, ms) < 0 && errno != EINTR)
		return -errno;
	while (fd >= 0 && read(fd, events, sizeof(events)) > 0)
		;
	return 0;
}

int ctl_wait(struct ctl *ctl)
{
	_cleanup_free_ char *dir = str_printf("%s%s", ctl->root, RUN_DIR);
	uint64_t end = now_monotonic() + (ctl->timeout ?: TIMEOUT_DEFAULT);
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int r;

	if (fd < 0 || !dir) {
		show_error(ctl, NULL, "cannot watch: %s", strerror(errno));
		return CTL_ERROR;
	}
	for (;;) {
		_cleanup_daemon_ struct daemon d = {};

		/* The directory may come to be, or be made anew, while we wait; again is harmless.
		 */
		inotify_add_watch(fd, dir, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
		r = daemon_read(ctl, &d);
		if (r < 0)
			return CTL_ERROR;
		if (is_ready(ctl, &d))
			return CTL_READY;
		if (now_monotonic() >= end || is_over(ctl, &d)) {
			say_what(ctl, &d);
			return CTL_TIMEOUT;
		}
		r = wait_change(fd, end);
		if (r < 0) {
			show_error(ctl, NULL, "cannot wait: %s", strerror(-r));
			return CTL_ERROR;
		}
	}
}
