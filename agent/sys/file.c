/* SPDX-License-Identifier: MIT */
/* file.c -- looking at files below the root */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/rootpath.h"
#include "agent/sys/sys-internal.h"

#define NAMES_MAX 100000

int sys_at(struct sys *sys, const char *path, int flags)
{
	return rootpath_open(sys->root, path, flags);
}

int sys_parent(struct sys *sys, const char *path, int flags, char name[NAME_MAX + 1])
{
	char dir[PATH_MAX];
	size_t len = strlen(path), start;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (start = len; start > 0 && path[start - 1] != '/'; start--)
		;
	if (path[0] != '/' || start == len)
		return -EINVAL;
	if (len - start > NAME_MAX || start >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(name, path + start, len - start);
	name[len - start] = '\0';
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	memcpy(dir, path, start);
	dir[start] = '\0';
	return sys_at(sys, dir, flags | O_DIRECTORY);
}

void sys_stat_done(struct sys_stat *st)
{
	free(st->target);
	*st = (struct sys_stat){};
}

static int read_target(int dir, const char *name, char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0)
		return -errno;
	if ((size_t)n >= sizeof(target))
		return -ENAMETOOLONG;
	*ret = strndup(target, n);
	return *ret ? 0 : -ENOMEM;
}

int sys_lstat(struct sys *sys, const char *path, struct sys_stat *ret)
{
	_cleanup_close_ int dir = -1;
	char name[NAME_MAX + 1];
	struct sys_stat st = {};
	struct statx x;
	int r;

	dir = sys_parent(sys, path, O_PATH, name);
	if (dir == -EINVAL) {
		/* the root itself, or a path that ends in ".." */
		dir = sys_at(sys, path, O_PATH);
		name[0] = '\0';
	}
	if (dir < 0 && dir != -ENOENT)
		return dir;
	if (dir < 0 || statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT,
			     STATX_BASIC_STATS, &x) < 0) {
		if (dir >= 0 && errno != ENOENT)
			return -errno;
		*ret = st;
		return 0;
	}

	st.kind = S_ISREG(x.stx_mode)	? SYS_FILE
		  : S_ISLNK(x.stx_mode) ? SYS_LINK
		  : S_ISDIR(x.stx_mode) ? SYS_DIR
					: SYS_OTHER;
	st.mode = x.stx_mode & 07777;
	st.uid = x.stx_uid;
	st.gid = x.stx_gid;
	st.size = x.stx_size;
	st.mount_point = x.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	if (st.kind == SYS_LINK) {
		r = read_target(dir, name, &st.target);
		if (r < 0)
			return r;
	}
	*ret = st;
	return 0;
}

bool sys_exists(struct sys *sys, const char *path)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	return sys_lstat(sys, path, &st) >= 0 && st.kind != SYS_ABSENT;
}

int sys_realpath(struct sys *sys, const char *path, char **ret)
{
	return rootpath_resolve(sys->root, path, ret);
}

int sys_read_fd(int fd, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_buf_ struct buf b = BUF_INIT_MAX(max);
	char block[16384];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (buf_add(&b, block, n) < 0)
			return b.error == -E2BIG ? -EFBIG : b.error;
	}
	if (ret_len)
		*ret_len = b.len;
	*ret = buf_take(&b);
	return *ret ? 0 : -ENOMEM;
}

int sys_read(struct sys *sys, const char *path, char **ret, size_t *ret_len)
{
	_cleanup_close_ int fd = -1;

	fd = sys_at(sys, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	return sys_read_fd(fd, SYS_FILE_MAX, ret, ret_len);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* strv_add() would count all names again for each. */
static int collect_names(DIR *dir, char ***names, size_t *n)
{
	size_t size = 0;
	struct dirent *e;

	while (errno = 0, (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (*n >= NAMES_MAX)
			return -E2BIG;
		if (*n + 1 >= size) {
			char **bigger = reallocarray(*names, size * 2 + 16, sizeof(char *));

			if (!bigger)
				return -ENOMEM;
			*names = bigger;
			size = size * 2 + 16;
		}
		(*names)[*n] = strdup(e->d_name);
		if (!(*names)[*n])
			return -ENOMEM;
		(*names)[++*n] = NULL;
	}
	return -errno;
}

int sys_list(struct sys *sys, const char *path, char ***ret)
{
	_cleanup_strv_ char **names = calloc(1, sizeof(char *));
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	if (!names)
		return -ENOMEM;
	fd = sys_at(sys, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	TAKE_FD(fd);
	r = collect_names(dir, &names, &n);
	if (r < 0)
		return r;
	qsort(names, n, sizeof(char *), by_name);
	*ret = TAKE_PTR(names);
	return 0;
}

int sys_hash(struct sys *sys, const char *path, char ret[65])
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = sys_read(sys, path, &text, &len);
	if (r < 0)
		return r;
	sys_sha256(text, len, ret);
	return 0;
}
