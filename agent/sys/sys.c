/* SPDX-License-Identifier: MIT */
/* sys.c -- the root and the clocks */
#include "agent/sys/sys.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/sys/sys-internal.h"

int sys_open(const char *root, struct sys **ret)
{
	_cleanup_(sys_freep) struct sys *sys = calloc(1, sizeof(*sys));
	struct stat ours, machine;

	if (!sys)
		return -ENOMEM;
	sys->root = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sys->root < 0)
		return -errno;
	if (fstat(sys->root, &ours) < 0 || stat("/", &machine) < 0)
		return -errno;
	sys->live = ours.st_dev == machine.st_dev && ours.st_ino == machine.st_ino;
	*ret = TAKE_PTR(sys);
	return 0;
}

void sys_free(struct sys *sys)
{
	if (!sys)
		return;
	safe_close(sys->root);
	free(sys);
}

bool sys_live(const struct sys *sys)
{
	return sys->live;
}

bool sys_has_systemd(struct sys *sys)
{
	return sys->live && faccessat(AT_FDCWD, "/run/systemd/system", F_OK, 0) == 0;
}

void sys_set_unit_command(struct sys *sys, const char *command)
{
	sys->unit_command = command;
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

uint64_t sys_now_realtime(void)
{
	return now(CLOCK_REALTIME);
}

uint64_t sys_now_monotonic(void)
{
	return now(CLOCK_MONOTONIC);
}

int sys_poll_ms(uint64_t now, uint64_t until)
{
	uint64_t left = until > now ? until - now : 0;
	uint64_t ms = left / 1000 + (left % 1000 > 0);

	return ms < INT_MAX ? (int)ms : INT_MAX;
}
