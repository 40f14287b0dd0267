/* SPDX-License-Identifier: MIT */
/* host.c -- the live host name */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "agent/sys/bus.h"

#define HOSTNAMED "org.freedesktop.hostname1"
#define HOSTNAMED_PATH "/org/freedesktop/hostname1"
#define HOSTNAMED_LIMIT 10000000 /* usec: it is started by the call */

int sys_hostname_get(struct sys *sys, char **ret)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (sys->live && gethostname(name, sizeof(name)) < 0)
		return -errno;
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}

/* It sets the name that is in /etc/hostname, whatever it is given, and only without one that. */
static int by_hostnamed(struct sys *sys, const char *name)
{
	_cleanup_free_ char *now = NULL;
	_cleanup_bus_ struct bus b = {};
	int r;

	r = bus_open(&b, HOSTNAMED_LIMIT);
	if (r < 0)
		return r;
	r = b.sd.call_method(b.bus, HOSTNAMED, HOSTNAMED_PATH, HOSTNAMED, "SetHostname", &b.error,
			     NULL, "sb", name, 0);
	if (r < 0)
		return r;
	r = sys_hostname_get(sys, &now);
	if (r < 0)
		return r;
	return strcmp(now, name) == 0 ? 0 : -EBUSY;
}

int sys_hostname_set(struct sys *sys, const char *name)
{
	int r;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!domain_valid(name))
		return -EINVAL;
	if (sethostname(name, strlen(name)) == 0)
		return 0;
	if (errno != EPERM || !sys_has_systemd(sys))
		return -errno;
	/* Our unit may not: it has no CAP_SYS_ADMIN. */
	r = by_hostnamed(sys, name);
	return r == -ENOMEM || r == -ETIMEDOUT || r == -EBUSY ? r : r < 0 ? -EPERM : 0;
}
