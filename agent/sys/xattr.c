/* SPDX-License-Identifier: MIT */
/* xattr.c -- what a file has beside bytes, mode and owner goes over to the one that replaces it */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "agent/sys/sys-internal.h"

#define ACL "system.posix_acl_access"
#define ACL_MAX 4096	      /* 500 users and groups */
#define LIST_MAX (64u * 1024) /* XATTR_LIST_MAX of Linux; so is a value's */

static bool starts(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Signatures and capabilities were given to the former bytes. */
static bool wanted(const char *name)
{
	return strcmp(name, ACL) == 0 || starts(name, "user.") ||
	       (starts(name, "security.") && strcmp(name, "security.capability") != 0 &&
		strcmp(name, "security.ima") != 0 && strcmp(name, "security.evm") != 0);
}

static int copy_one(int from, int to, const char *name)
{
	_cleanup_free_ char *value = malloc(LIST_MAX), *there = malloc(LIST_MAX);
	ssize_t len, n;

	if (!value || !there)
		return -ENOMEM;
	len = fgetxattr(from, name, value, LIST_MAX);
	if (len < 0)
		return errno == ENODATA ? 0 : -errno;
	n = fgetxattr(to, name, there, LIST_MAX);
	if (n == len && memcmp(there, value, (size_t)len) == 0)
		return 0;
	if (fsetxattr(to, name, value, (size_t)len, 0) == 0)
		return 0;
	/* a label that is not in force here needs rights that we do not have */
	return starts(name, "security.") && errno != ENOSPC ? 0 : -errno;
}

int sys_copy_xattrs(int from, int to)
{
	_cleanup_free_ char *names = malloc(LIST_MAX);
	bool acl = false;
	ssize_t len;
	int r;

	if (!names)
		return -ENOMEM;
	len = flistxattr(from, names, LIST_MAX);
	if (len < 0)
		return errno == ENOTSUP || errno == ENOSYS ? 0 : -errno;
	for (const char *p = names; p < names + len; p += strlen(p) + 1) {
		acl |= strcmp(p, ACL) == 0;
		r = wanted(p) ? copy_one(from, to, p) : 0;
		if (r < 0)
			return r;
	}
	/* the directory's default ACL is for files that are new */
	if (!acl && fremovexattr(to, ACL) < 0 && errno != ENODATA && errno != ENOTSUP)
		return -errno;
	return 0;
}

/* ---- an ACL as a text: the kernel's bytes as hex digits ---- */

int sys_acl_at(int dir, const char *name, char **ret)
{
	_cleanup_free_ char *path = str_printf("/proc/self/fd/%d/%s", dir, name);
	uint8_t value[ACL_MAX];
	ssize_t len;
	char *text;

	if (!path)
		return -ENOMEM;
	len = lgetxattr(path, ACL, value, sizeof(value));
	if (len < 0 && errno != ENODATA && errno != ENOTSUP && errno != ENOSYS)
		return -errno;
	text = calloc(1, len > 0 ? (size_t)len * 2 + 1 : 1);
	if (!text)
		return -ENOMEM;
	for (ssize_t i = 0; i < len; i++)
		sprintf(text + i * 2, "%02x", value[i]);
	*ret = text;
	return 0;
}

int sys_acl(struct sys *sys, const char *path, char **ret)
{
	char name[NAME_MAX + 1];
	_cleanup_close_ int dir = sys_parent(sys, path, O_PATH, name);

	return dir < 0 ? dir : sys_acl_at(dir, name, ret);
}

int sys_acl_set(int fd, const char *text)
{
	size_t len = strlen(text) / 2;
	uint8_t value[ACL_MAX];

	if (!*text)
		return fremovexattr(fd, ACL) < 0 && errno != ENODATA && errno != ENOTSUP ? -errno
											 : 0;
	if (len > sizeof(value) || text[strspn(text, "0123456789abcdef")] || text[len * 2])
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		const char digits[] = { text[i * 2], text[i * 2 + 1], '\0' };

		value[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return fsetxattr(fd, ACL, value, len, 0) < 0 ? -errno : 0;
}
