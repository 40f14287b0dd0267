/* SPDX-License-Identifier: MIT */
/* write.c -- changing files below the root, each change in one step */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "agent/sys/sys-internal.h"

/* A dot file: programs that read whole directories (dnsmasq, run-parts) pass it over. */
#define TEMPORARY_PREFIX ".envagent."
#define TEMPORARY_TRIES 100

/* The place of a change. */
struct place {
	int dir;
	char name[NAME_MAX + 1];
	char temporary[NAME_MAX + 1]; /* "" if there is none */
	struct sys_stat st;
};
#define PLACE_INIT        \
	{                 \
		.dir = -1 \
	}

static void place_done(struct place *p)
{
	if (p->temporary[0])
		unlinkat(p->dir, p->temporary, 0);
	safe_close(p->dir);
	sys_stat_done(&p->st);
}

/* Opens the directory of PATH and looks what is there; what cannot be replaced is an error. */
static int place_open(struct sys *sys, const char *path, struct place *p)
{
	int r;

	p->dir = sys_parent(sys, path, O_RDONLY, p->name);
	if (p->dir < 0)
		return p->dir;
	r = sys_lstat(sys, path, &p->st);
	if (r < 0)
		return r;
	if (p->st.kind == SYS_DIR)
		return -EISDIR;
	if (p->st.mount_point)
		return -EBUSY;
	return p->st.kind == SYS_OTHER ? -EINVAL : 0;
}

/* A fresh name beside the target. */
static void place_draw(struct place *p)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) < 0)
		random = (uint32_t)sys_now_monotonic();
	snprintf(p->temporary, sizeof(p->temporary), TEMPORARY_PREFIX "%.200s.%06x", p->name,
		 random & 0xffffff);
}

/* Puts the temporary in the target's place. */
static int place_commit(struct place *p)
{
	if (renameat(p->dir, p->temporary, p->dir, p->name) < 0)
		return -errno;
	p->temporary[0] = '\0';
	/* It is done, and cannot be told as not done: some network file systems do not know this.
	 */
	fsync(p->dir);
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= n;
	}
	return 0;
}

/* The file has these bytes; a file that cannot be read has not. */
static bool same_bytes(const struct place *p, const void *data, size_t len)
{
	_cleanup_free_ char *old = NULL;
	_cleanup_close_ int fd = -1;
	size_t old_len;

	if ((size_t)p->st.size != len)
		return false;
	fd = openat(p->dir, p->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || sys_read_fd(fd, SYS_FILE_MAX, &old, &old_len) < 0)
		return false;
	return old_len == len && (!len || !memcmp(old, data, len));
}

/* What the former file, if there is one, had beside bytes, mode and owner. */
static int take_attributes(const struct place *p, int fd)
{
	_cleanup_close_ int former = -1;

	if (p->st.kind != SYS_FILE)
		return 0;
	former = openat(p->dir, p->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (former < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	return sys_copy_xattrs(former, fd);
}

/* The file has the ACL that OPTS ask for. */
static bool same_acl(const struct place *p, const struct sys_write_opts *opts)
{
	_cleanup_free_ char *acl = NULL;

	return !opts->acl ||
	       (sys_acl_at(p->dir, p->name, &acl) >= 0 && strcmp(acl, opts->acl) == 0);
}

/* With mode, owner and ACL of OPTS. */
static int write_temporary(struct place *p, const void *data, size_t len,
			   const struct sys_write_opts *opts)
{
	_cleanup_close_ int fd = -1;
	int r;

	for (int i = 0; fd < 0 && i < TEMPORARY_TRIES; i++) {
		place_draw(p);
		fd = openat(p->dir, p->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0) {
		r = -errno;
		p->temporary[0] = '\0';
		return r;
	}
	r = write_all(fd, data, len);
	if (r < 0)
		return r;
	if ((opts->uid != (uid_t)-1 || opts->gid != (gid_t)-1) &&
	    fchown(fd, opts->uid, opts->gid) < 0)
		return -errno;
	r = take_attributes(p, fd);
	if (r >= 0 && opts->acl)
		r = sys_acl_set(fd, opts->acl);
	if (r < 0)
		return r;
	/* after the chown, which takes set-id bits away, and the ACL, which brings its own mode */
	if (fchmod(fd, opts->mode) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int sys_write(struct sys *sys, const char *path, const void *data, size_t len,
	      const struct sys_write_opts *opts)
{
	_cleanup_(place_done) struct place p = PLACE_INIT;
	_cleanup_free_ char *real = NULL;
	struct sys_write_opts now = *opts;
	int r;

	now.mode &= 07777;
	if (opts->follow) {
		r = sys_realpath(sys, path, &real);
		if (r < 0)
			return r;
	}
	r = place_open(sys, real ?: path, &p);
	if (r < 0)
		return r;

	if (p.st.kind == SYS_FILE) {
		if (opts->keep_mode)
			now.mode = p.st.mode;
		if (opts->uid == (uid_t)-1)
			now.uid = p.st.uid;
		if (opts->gid == (gid_t)-1)
			now.gid = p.st.gid;
		if (p.st.mode == now.mode && p.st.uid == now.uid && p.st.gid == now.gid &&
		    same_bytes(&p, data, len) && same_acl(&p, opts))
			return 0;
	}
	r = write_temporary(&p, data, len, &now);
	if (r < 0)
		return r;
	r = place_commit(&p);
	return r < 0 ? r : 1;
}

int sys_symlink(struct sys *sys, const char *target, const char *path)
{
	_cleanup_(place_done) struct place p = PLACE_INIT;
	int r;

	r = place_open(sys, path, &p);
	if (r < 0)
		return r;
	if (p.st.kind == SYS_LINK && !strcmp(p.st.target, target))
		return 0;

	r = -EEXIST;
	for (int i = 0; r == -EEXIST && i < TEMPORARY_TRIES; i++) {
		place_draw(&p);
		r = symlinkat(target, p.dir, p.temporary) < 0 ? -errno : 0;
	}
	if (r < 0) {
		p.temporary[0] = '\0';
		return r;
	}
	r = place_commit(&p);
	return r < 0 ? r : 1;
}

int sys_unlink(struct sys *sys, const char *path)
{
	_cleanup_close_ int dir = -1;
	char name[NAME_MAX + 1];

	dir = sys_parent(sys, path, O_PATH, name);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (unlinkat(dir, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return 1;
}

int sys_rename(struct sys *sys, const char *from, const char *to)
{
	char name[NAME_MAX + 1], new[NAME_MAX + 1];
	_cleanup_close_ int dir = -1, other = -1;

	dir = sys_parent(sys, from, O_PATH, name);
	if (dir < 0)
		return dir;
	other = sys_parent(sys, to, O_PATH, new);
	if (other < 0)
		return other;
	return renameat(dir, name, other, new) < 0 ? -errno : 0;
}

/* One directory, whose parent is there. */
static int make_dir(struct sys *sys, const char *path, mode_t mode)
{
	_cleanup_close_ int dir = -1, fd = -1;
	char name[NAME_MAX + 1];

	fd = sys_at(sys, path, O_PATH | O_DIRECTORY);
	if (fd != -ENOENT)
		return fd < 0 ? fd : 0;
	dir = sys_parent(sys, path, O_PATH, name);
	if (dir < 0)
		return dir;
	if (mkdirat(dir, name, mode & 07777) < 0)
		return -errno;
	/* whatever the umask says */
	return fchmodat(dir, name, mode & 07777, 0) < 0 ? -errno : 1;
}

int sys_mkdir(struct sys *sys, const char *path, mode_t mode)
{
	_cleanup_free_ char *part = strdup(path);
	size_t len = strlen(path);
	int r;

	if (!part)
		return -ENOMEM;
	if (path[0] != '/')
		return -EINVAL;
	while (len > 1 && part[len - 1] == '/')
		part[--len] = '\0';
	for (char *p = part + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		r = make_dir(sys, part, 0755);
		*p = '/';
		if (r < 0)
			return r;
	}
	return make_dir(sys, part, mode);
}

int sys_chown(struct sys *sys, const char *path, uid_t uid, gid_t gid)
{
	_cleanup_close_ int dir = -1;
	char name[NAME_MAX + 1];

	dir = sys_parent(sys, path, O_PATH, name);
	if (dir < 0)
		return dir;
	return fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int sys_rmdir(struct sys *sys, const char *path)
{
	_cleanup_close_ int dir = -1;
	char name[NAME_MAX + 1];

	dir = sys_parent(sys, path, O_PATH, name);
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY &&
	    errno != EEXIST)
		return -errno;
	return 0;
}

int sys_clean_temporaries(struct sys *sys, const char *path)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	r = sys_list(sys, path, &names);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	dir = sys_at(sys, path, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return dir;
	for (char **p = names; *p; p++) {
		if (strncmp(*p, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)))
			continue;
		if (unlinkat(dir, *p, 0) < 0 && errno != ENOENT && errno != EISDIR)
			return -errno;
	}
	return 0;
}
