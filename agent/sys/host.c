/* SPDX-License-Identifier: MIT */
/* host.c -- the live host name */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "agent/sys/sys-internal.h"

int sys_hostname_get(struct sys *sys, char **ret)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (sys->live && gethostname(name, sizeof(name)) < 0)
		return -errno;
	*ret = strdup(name);
	return *ret ? 0 : -ENOMEM;
}

int sys_hostname_set(struct sys *sys, const char *name)
{
	if (!sys->live)
		return -EOPNOTSUPP;
	if (!domain_valid(name))
		return -EINVAL;
	return sethostname(name, strlen(name)) < 0 ? -errno : 0;
}
