/* SPDX-License-Identifier: MIT */
/* file.c -- looking at files below the root */
#include <errno.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "agent/sys/sys-internal.h"

#define LINKS_MAX 40
#define NAMES_MAX 100000

int sys_at(struct sys *sys, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | resolve };
	int fd;

	if (path[0] != '/')
		return -EINVAL;
	do {
		fd = syscall(SYS_openat2, sys->root, path, &how, sizeof(how));
		/* EAGAIN: something was renamed while ".." was resolved */
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 ? -errno : fd;
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
	return sys_at(sys, dir, flags | O_DIRECTORY, 0);
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
		dir = sys_at(sys, path, O_PATH, 0);
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

/* Takes the last component off DONE; at the root there is none to take. */
static void go_up(struct buf *done)
{
	while (done->len && done->data[done->len - 1] != '/')
		done->len--;
	if (done->len)
		done->len--;
	done->data[done->len] = '\0';
}

/*
 * Goes one component on: NAME is added to DONE, or if it is a link, its target comes before what is
 * left in *REST, which is replaced. 1 if there was a link, 0 if not.
 */
static int step(struct sys *sys, struct buf *done, const char *name, char **rest)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	size_t len = done->len;
	char *more;
	int r;

	buf_addf(done, "/%s", name);
	if (done->error)
		return done->error;
	r = sys_lstat(sys, done->data, &st);
	if (r < 0)
		return r;
	if (st.kind == SYS_ABSENT && (*rest)[strspn(*rest, "/")])
		return -ENOENT;
	if (st.kind != SYS_LINK)
		return 0;

	more = str_printf("%s/%s", st.target, *rest);
	if (!more)
		return -ENOMEM;
	done->len = st.target[0] == '/' ? 0 : len;
	done->data[done->len] = '\0';
	free(*rest);
	*rest = more;
	return 1;
}

int sys_realpath(struct sys *sys, const char *path, char **ret)
{
	_cleanup_buf_ struct buf done = BUF_INIT_MAX(PATH_MAX);
	_cleanup_free_ char *rest = strdup(path);
	unsigned links = 0;
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (!rest || buf_adds(&done, "") < 0)
		return -ENOMEM;
	for (;;) {
		char name[NAME_MAX + 1];
		size_t skip = strspn(rest, "/"), len = strcspn(rest + skip, "/");

		if (!len)
			break;
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, rest + skip, len);
		name[len] = '\0';
		memmove(rest, rest + skip + len, strlen(rest + skip + len) + 1);
		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, "..")) {
			go_up(&done);
			continue;
		}
		r = step(sys, &done, name, &rest);
		if (r < 0)
			return r == -E2BIG ? -ENAMETOOLONG : r;
		links += r;
		if (links > LINKS_MAX)
			return -ELOOP;
	}
	*ret = done.len ? buf_take(&done) : strdup("/");
	return *ret ? 0 : -ENOMEM;
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

	fd = sys_at(sys, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
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
	fd = sys_at(sys, path, O_RDONLY | O_DIRECTORY, 0);
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
