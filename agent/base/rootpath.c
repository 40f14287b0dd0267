/* SPDX-License-Identifier: MIT */
/* rootpath.c -- paths below a root that no link and no ".." can leave */
#include "agent/base/rootpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/base/buf.h"

#define LINKS_MAX 40

/* What was seen on the way. */
struct way {
	unsigned links;
	uid_t owner; /* of the links that some user made; 0: there was none */
};

/* Cuts the first component off *PATH. 1; 0 at the end; -ENAMETOOLONG. */
static int next_name(const char **path, char name[NAME_MAX + 1])
{
	size_t len;

	*path += strspn(*path, "/");
	len = strcspn(*path, "/");
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, *path, len);
	name[len] = '\0';
	*path += len;
	return len > 0;
}

/* Opens PATH, which has no dots, and follows no link at all. */
static int open_plain(int root, const char *path, int flags)
{
	_cleanup_close_ int dir = -1;
	char name[NAME_MAX + 1], next[NAME_MAX + 1];
	int fd, r;

	r = next_name(&path, name);
	if (r == 0)
		strcpy(name, ".");
	while (r >= 0) {
		int from = dir >= 0 ? dir : root;

		r = next_name(&path, next);
		if (r <= 0)
			break;
		fd = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (dir >= 0)
			close(dir);
		dir = fd;
		strcpy(name, next);
	}
	if (r < 0)
		return r;
	fd = openat(dir >= 0 ? dir : root, name, flags | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Notes a link of OWNER. One of root's or of our own leads where it likes; where those of several
 * users meet, nobody alone answers for the way.
 */
static int way_link(struct way *w, uid_t owner)
{
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	if (owner == 0 || owner == geteuid())
		return 0;
	if (w->owner != 0 && w->owner != owner)
		return -ENOLINK;
	w->owner = owner;
	return 0;
}

/* Whoever made the links of the way could have put what is at PATH in their place without them. */
static int way_end(const struct way *w, int root, const char *path)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (w->owner == 0)
		return 0;
	if (!*path) /* the root itself */
		return -ENOLINK;
	dir = strndup(path, strrchr(path, '/') - path);
	if (!dir)
		return -ENOMEM;
	fd = open_plain(root, dir, O_PATH);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == w->owner ? 0 : -ENOLINK;
}

/* The target of the link at PATH: 1; 0 if there is something else; -ENOENT if nothing. */
static int read_link(int root, const char *path, struct way *w, char target[PATH_MAX])
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	ssize_t n;
	int r;

	fd = open_plain(root, path, O_PATH);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	n = readlinkat(fd, "", target, PATH_MAX);
	if (n < 0)
		return -errno;
	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	target[n] = '\0';
	r = way_link(w, st.st_uid);
	return r < 0 ? r : 1;
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
 * left in *REST, which is replaced.
 */
static int step(int root, struct buf *done, const char *name, char **rest, struct way *w)
{
	char target[PATH_MAX], *more;
	size_t len = done->len;
	int r;

	buf_addf(done, "/%s", name);
	if (done->error)
		return done->error == -E2BIG ? -ENAMETOOLONG : done->error;
	r = read_link(root, done->data, w, target);
	if (r == -ENOENT && !(*rest)[strspn(*rest, "/")])
		return 0;
	if (r <= 0)
		return r;

	more = str_printf("%s/%s", target, *rest);
	if (!more)
		return -ENOMEM;
	done->len = target[0] == '/' ? 0 : len;
	done->data[done->len] = '\0';
	free(*rest);
	*rest = more;
	return 0;
}

/* No component is empty or of dots only. */
static bool is_plain(const char *path)
{
	for (; *path; path += strcspn(path, "/")) {
		path++;
		if (path[strspn(path, ".")] == '/' || !path[strspn(path, ".")])
			return false;
	}
	return true;
}

/* PATH is there and is where it leads to: one question answers what is mostly so. */
static bool leads_to_itself(int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	int fd;

	if (!is_plain(path))
		return false;
	fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

int rootpath_resolve(int root, const char *path, char **ret)
{
	_cleanup_buf_ struct buf done = BUF_INIT_MAX(PATH_MAX);
	_cleanup_free_ char *rest = strdup(path);
	char name[NAME_MAX + 1];
	struct way w = {};
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (!rest || buf_adds(&done, "") < 0)
		return -ENOMEM;
	if (leads_to_itself(root, path)) {
		*ret = TAKE_PTR(rest);
		return 0;
	}
	for (;;) {
		const char *at = rest;

		r = next_name(&at, name);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		memmove(rest, at, strlen(at) + 1);
		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, "..")) {
			go_up(&done);
			continue;
		}
		r = step(root, &done, name, &rest, &w);
		if (r < 0)
			return r;
	}
	r = way_end(&w, root, done.data);
	if (r < 0)
		return r;
	*ret = done.len ? buf_take(&done) : strdup("/");
	return *ret ? 0 : -ENOMEM;
}

/* In two steps, and a change in between can make the second fail but not lead it elsewhere. */
static int open_by_hand(int root, const char *path, int flags)
{
	_cleanup_free_ char *plain = NULL;
	int r;

	r = rootpath_resolve(root, path, &plain);
	return r < 0 ? r : open_plain(root, plain, flags);
}

int rootpath_open(int root, const char *path, int flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	int fd;

	if (path[0] != '/')
		return -EINVAL;
	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		/* EAGAIN: something was renamed while ".." was resolved */
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	/* the kernel follows all links or none */
	if (fd < 0 && (errno == ELOOP || errno == ENOSYS))
		return open_by_hand(root, path, flags);
	return fd < 0 ? -errno : fd;
}
