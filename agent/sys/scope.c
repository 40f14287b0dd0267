/* SPDX-License-Identifier: MIT */
/* scope.c -- a process gets a unit of its own: a transient scope of systemd */
#include <errno.h>
#include <string.h>

#include "agent/sys/bus.h"

static int start(struct bus *b, const char *name, pid_t pid)
{
	int r;

	r = bus_begin_job(b, "StartTransientUnit");
	if (r < 0)
		return r;
	r = b->sd.message_append(b->message, "ss", name, "fail");
	if (r < 0)
		return r;
	r = b->sd.message_append(b->message, "a(sv)", 3, "PIDs", "au", 1, (uint32_t)pid,
				 "Description", "s",
				 "Takes a network switch of envagent back if it does not hold",
				 "CollectMode", "s", "inactive-or-failed");
	if (r < 0)
		return r;
	r = b->sd.message_append(b->message, "a(sa(sv))", 0);
	return r < 0 ? r : bus_start_job(b, NULL);
}

int sys_scope(struct sys *sys, pid_t pid, const char *name, uint64_t timeout)
{
	_cleanup_bus_ struct bus b = {};
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!sys_has_systemd(sys))
		return 0;
	r = bus_open(&b, timeout);
	if (r < 0)
		return r;
	r = start(&b, name, pid);
	while (r == 0)
		r = bus_wait(&b, -1);
	if (r < 0)
		return r;
	return strcmp(b.result, "done") == 0 ? 0 : -EIO;
}
