/* SPDX-License-Identifier: MIT */
/* notify.c -- noticing that somebody changed a file */
#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "agent/sys/sys-internal.h"

/* What replacing, writing, renaming and unlinking a file, and giving it to others, looks like. */
#define CHANGES                                                                             \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | \
	 IN_DELETE_SELF | IN_MOVE_SELF)

static void mix(uint64_t *h, uint64_t v)
{
	*h = (*h ^ v) * UINT64_C(1099511628211);
	*h ^= *h >> 29;
}

/* A file that came or went meanwhile has none. */
static void mix_acl(uint64_t *h, int dir, const char *name)
{
	_cleanup_free_ char *acl = NULL;

	if (sys_acl_at(dir, name, &acl) < 0)
		return;
	for (const char *c = acl; *c; c++)
		mix(h, (uint8_t)*c);
}

int sys_stamp(struct sys *sys, const char *path, uint64_t *ret)
{
	uint64_t h = UINT64_C(14695981039346656037);
	_cleanup_close_ int dir = -1;
	char name[NAME_MAX + 1];
	struct stat st;

	dir = sys_parent(sys, path, O_PATH, name);
	if (dir < 0 && dir != -ENOENT)
		return dir;
	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (dir >= 0 && errno != ENOENT)
			return -errno;
		*ret = 0;
		return 0;
	}
	mix(&h, st.st_ino);
	mix(&h, (uint64_t)st.st_size);
	mix(&h, (uint64_t)st.st_mtim.tv_sec);
	mix(&h, (uint64_t)st.st_mtim.tv_nsec);
	mix(&h, st.st_mode);
	mix(&h, (uint64_t)st.st_uid << 32 | st.st_gid);
	if (S_ISREG(st.st_mode))
		mix_acl(&h, dir, name);
	*ret = h ?: 1;
	return 0;
}

int sys_notify_open(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int sys_notify_add(struct sys *sys, int notify, const char *dir)
{
	_cleanup_close_ int fd = sys_at(sys, dir, O_PATH | O_DIRECTORY);
	char path[64];
	int wd;

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(notify, path, CHANGES | IN_ONLYDIR);
	return wd < 0 ? -errno : wd;
}
