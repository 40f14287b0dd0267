/* SPDX-License-Identifier: MIT */
/* control.h -- a control socket, its owner's part played, and callers */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/control.h"

struct fixture {
	char dir[64], path[80];
	sd_event *event;
	struct control *control;
	unsigned waiting, gone, reloads;
	const char *reload_error;
	int64_t pause;
	int pause_error;
	char by[PAUSE_BY_MAX + 1];
	char reply[8192];
	size_t len;
};

static inline void on_waiting(void *userdata)
{
	((struct fixture *)userdata)->waiting++;
}

static inline void on_gone(void *userdata, struct client *client)
{
	((struct fixture *)userdata)->gone++;
}

static inline int on_reload(void *userdata, char **ret_error)
{
	struct fixture *f = userdata;

	f->reloads++;
	if (!f->reload_error)
		return 0;
	*ret_error = strdup(f->reload_error);
	return -EINVAL;
}

static inline int on_pause(void *userdata, int64_t seconds, const char *by, uint64_t *ret_until,
			   bool *ret_busy)
{
	struct fixture *f = userdata;

	f->pause = seconds;
	snprintf(f->by, sizeof(f->by), "%s", by);
	*ret_until = 1790000000000000 + (uint64_t)seconds;
	*ret_busy = true;
	return f->pause_error;
}

static inline bool on_resume(void *userdata)
{
	struct fixture *f = userdata;
	bool paused = f->pause > 0;

	f->pause = 0;
	return paused;
}

static inline int open_it(struct fixture *f)
{
	const struct control_ops ops = { on_waiting, on_reload, on_pause, on_resume, on_gone, f };

	return control_open(f->event, f->path, &ops, &f->control);
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/envagent-test-XXXXXX");
	if (!mkdtemp(f->dir) || chmod(f->dir, 0755) < 0 || sd_event_new(&f->event) < 0)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/control", f->dir);
	*state = f;
	return open_it(f);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	int r;

	control_free(f->control);
	sd_event_unref(f->event);
	r = rmdir(f->dir);
	free(f);
	return r;
}

static inline void turn(struct fixture *f)
{
	while (sd_event_run(f->event, 20000) > 0)
		;
}

static inline int dial(struct fixture *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static inline void say(struct fixture *f, int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text) + 1), strlen(text) + 1);
	turn(f);
}

/* What came so far, NULs as newlines. */
static inline const char *heard(struct fixture *f, int fd)
{
	ssize_t n = read(fd, f->reply, sizeof(f->reply) - 1);

	f->len = n > 0 ? (size_t)n : 0;
	f->reply[f->len] = '\0';
	for (size_t i = 0; i < f->len; i++)
		if (!f->reply[i])
			f->reply[i] = '\n';
	return f->reply;
}

static inline bool hung_up(int fd)
{
	char c;

	return read(fd, &c, 1) == 0;
}

static inline struct event event_of(enum event_kind kind, const char *state, const char *reason)
{
	struct event ev = { .kind = kind, .module = "dns" };

	snprintf(ev.state, sizeof(ev.state), "%s", state);
	snprintf(ev.reason, sizeof(ev.reason), "%s", reason);
	return ev;
}

#define PLAN "{\"method\":\"io.envagent.Plan\",\"parameters\":{},\"more\":true}"
