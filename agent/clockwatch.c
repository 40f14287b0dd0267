/* SPDX-License-Identifier: MIT */
/* clockwatch.c -- has somebody set the clock? */
#include "agent/clockwatch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct clockwatch {
	int fd;
	sd_event_source *io;
	void (*changed)(void *userdata);
	void *userdata;
};

/* It shall never go off, only be cancelled; where time_t ends, the kernel's own time does too. */
static int arm(int fd)
{
	const struct itimerspec never = {
		.it_value.tv_sec = sizeof(time_t) > 4 ? INT64_C(1) << 33 : INT32_MAX,
	};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

static int on_timer(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct clockwatch *c = userdata;
	uint64_t times;

	/* In the year 2242 it does go off: a clock that reads so was set, too. */
	if (read(fd, &times, sizeof(times)) < 0 && errno != ECANCELED)
		return 0;
	if (arm(fd) < 0)
		sd_event_source_set_enabled(s, SD_EVENT_OFF);
	c->changed(c->userdata);
	return 0;
}

void clockwatch_free(struct clockwatch *c)
{
	if (!c)
		return;
	sd_event_source_unref(c->io);
	if (c->fd >= 0)
		safe_close(c->fd);
	free(c);
}

int clockwatch_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
		   struct clockwatch **ret)
{
	_cleanup_(clockwatch_freep) struct clockwatch *c = NULL;
	int r;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->changed = changed;
	c->userdata = userdata;
	c->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (c->fd < 0)
		return -errno;
	r = arm(c->fd);
	if (r < 0)
		return r;
	r = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_timer, c);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(c);
	return 0;
}
