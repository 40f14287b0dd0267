/* SPDX-License-Identifier: MIT */
/* plan-file.c -- files that shall hold something, or go */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

bool plan_owner_differs(const struct sys_write_opts *w, const struct sys_stat *st)
{
	return (w->uid != (uid_t)-1 && w->uid != st->uid) ||
	       (w->gid != (gid_t)-1 && w->gid != st->gid);
}

bool plan_acl_differs(struct plan *p, const char *path, const struct sys_write_opts *w)
{
	_cleanup_free_ char *acl = NULL;

	return w->acl && (sys_acl(p->sys, path, &acl) < 0 || strcmp(acl, w->acl) != 0);
}

/* 1 if PATH holds these bytes with that mode, owner and ACL, 0 if not. */
static int holds(struct plan *p, const char *path, const struct sys_stat *st, const void *data,
		 size_t len, const struct sys_write_opts *w)
{
	_cleanup_free_ char *text = NULL;
	size_t text_len;
	int r;

	if (st->kind != SYS_FILE || (size_t)st->size != len || plan_owner_differs(w, st) ||
	    (!w->keep_mode && st->mode != w->mode) || plan_acl_differs(p, path, w))
		return 0;
	r = sys_read(p->sys, path, &text, &text_len);
	if (r < 0)
		return r;
	return text_len == len && memcmp(text, data, len) == 0;
}

/* "/etc" of "/etc/hosts", "/" of "/hosts"; owned. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? strdup("/") : strndup(path, slash - path);
}

static bool planned_already(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->n_changes; i++)
		if (p->changes[i]->c.path && strcmp(p->changes[i]->c.path, path) == 0)
			return true;
	return false;
}

static int parent_there(struct plan *p, const char *path)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *parent = parent_of(path), *real = NULL;
	int r;

	if (!parent)
		return -ENOMEM;
	if (planned_already(p, parent))
		return 0;
	r = sys_realpath(p->sys, parent, &real);
	if (r < 0)
		return r;
	r = sys_lstat(p->sys, real, &st);
	if (r < 0)
		return r;
	return st.kind == SYS_DIR ? 0 : (st.kind == SYS_ABSENT ? -ENOENT : -ENOTDIR);
}

static int add_write(struct plan *p, const char *path, const char *real, const void *data,
		     size_t len, const struct plan_file_opts *opts, bool make_dir)
{
	_cleanup_free_ char *real_copy = strdup(real), *data_copy = malloc(len + 1);
	struct planned *new;
	int r;

	if (!real_copy || !data_copy)
		return -ENOMEM;
	memcpy(data_copy, data, len);
	data_copy[len] = '\0';
	r = plan_add(p, CHANGE_WRITE, str_printf("write %s", path), &new);
	if (r < 0)
		return r;
	new->c.path = TAKE_PTR(real_copy);
	new->c.data = TAKE_PTR(data_copy);
	new->c.len = len;
	new->c.secret = opts->secret;
	new->c.alone = opts->alone;
	new->c.opts = opts->write;
	if (opts->write.acl)
		new->c.opts.acl = new->acl = strdup(opts->write.acl);
	if (opts->write.acl && !new->acl)
		return -ENOMEM;
	new->c.as_left = opts->as_left;
	new->c.make_dir = make_dir;
	new->c.door = opts->door;
	if (opts->restart)
		r = plan_job(p, "restart", opts->restart, new);
	if (r >= 0 && opts->reload)
		r = plan_job(p, "reload", opts->reload, new);
	return r < 0 ? r : 1;
}

/* What nobody says is as we left it. */
static void fill_in(struct sys_write_opts *w, const struct manifest_left *left)
{
	if (w->keep_mode)
		w->mode = left->mode;
	w->keep_mode = false;
	if (w->uid == (uid_t)-1)
		w->uid = left->uid;
	if (w->gid == (gid_t)-1)
		w->gid = left->gid;
	w->acl = left->acl;
}

/* REAL is as it shall be: heals the entry of a pass that was killed after its write. */
static void note(struct plan *p, const char *real, const void *data, size_t len, bool as_left)
{
	const struct manifest_file *f = manifest_file(p->manifest, real);

	if (f && as_left && (!f->left.known || strcmp(f->hash, f->next_hash) != 0))
		manifest_left(p->manifest, real);
	manifest_wrote(p->manifest, real, data, len);
}

static int plan_write(struct plan *p, const char *path, const void *data, size_t len,
		      const struct plan_file_opts *asked, bool make_dir)
{
	struct plan_file_opts copy = *asked, *opts = &copy;
	const struct manifest_file *f;
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *real = NULL;
	int r;

	if (path[0] != '/' || !path[1])
		return -EINVAL;
	r = opts->write.follow ? sys_realpath(p->sys, path, &real) : 0;
	if (r < 0)
		return r;
	if (!real && !(real = strdup(path)))
		return -ENOMEM;
	if (planned_already(p, real))
		return -EEXIST;
	r = sys_lstat(p->sys, real, &st);
	if (r < 0)
		return r;
	if (st.kind == SYS_DIR)
		return -EISDIR;
	if (st.kind == SYS_OTHER)
		return -EINVAL;

	f = manifest_file(p->manifest, real);
	if (opts->as_left && f && f->left.known)
		fill_in(&opts->write, &f->left);
	r = holds(p, real, &st, data, len, &opts->write);
	if (r < 0)
		return r;
	if (r > 0) {
		note(p, real, data, len, opts->as_left);
		return 0;
	}
	if (st.mount_point)
		return -EBUSY;
	r = make_dir ? 0 : parent_there(p, real);
	return r < 0 ? r : add_write(p, path, real, data, len, opts, make_dir);
}

int plan_file(struct plan *p, const char *path, const void *data, size_t len,
	      const struct plan_file_opts *opts)
{
	return plan_write(p, path, data, len, opts, false);
}

int plan_file_in(struct plan *p, const char *dir, const char *name, const char *text, mode_t mode)
{
	_cleanup_free_ char *path = NULL;
	struct plan_file_opts opts = { .write = { .mode = mode, .uid = -1, .gid = -1 } };
	int r;

	if (!filename_valid(name))
		return -EINVAL;
	path = str_printf("%s/%s", dir, name);
	if (!path)
		return -ENOMEM;
	r = strv_add(&p->named, path);
	return r < 0 ? r : plan_write(p, path, text, strlen(text), &opts, true);
}

static bool lies_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

int plan_unlink_others(struct plan *p, const char *dir)
{
	int changes = 0, r;

	for (size_t i = 0; i < manifest_n_files(p->manifest); i++) {
		const struct manifest_file *f = manifest_file_at(p->manifest, i);

		if (!lies_in(f->path, dir) || strv_contains(p->named, f->path))
			continue;
		r = plan_unlink(p, f->path);
		if (r < 0)
			return r;
		changes += r;
	}
	return changes > 0;
}

int plan_unlink(struct plan *p, const char *path)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *copy = NULL;
	struct planned *new;
	int r;

	if (planned_already(p, path))
		return -EEXIST;
	r = sys_lstat(p->sys, path, &st);
	if (r < 0)
		return r;
	if (st.kind == SYS_ABSENT)
		return 0;
	if (!manifest_file(p->manifest, path))
		return -EPERM;
	if (st.kind == SYS_DIR)
		return -EISDIR;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	r = plan_add(p, CHANGE_UNLINK, str_printf("unlink %s", path), &new);
	if (r < 0)
		return r;
	new->c.path = TAKE_PTR(copy);
	return 1;
}

int plan_dir(struct plan *p, const char *path, mode_t mode)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *real = NULL, *copy = NULL;
	struct planned *new;
	int r;

	if (planned_already(p, path))
		return 0;
	r = sys_realpath(p->sys, path, &real);
	if (r >= 0)
		r = sys_lstat(p->sys, real, &st);
	if (r < 0 && r != -ENOENT)
		return r;
	if (st.kind != SYS_ABSENT)
		return st.kind == SYS_DIR ? 0 : -ENOTDIR;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	r = plan_add(p, CHANGE_MKDIR, str_printf("make directory %s", path), &new);
	if (r < 0)
		return r;
	new->c.path = TAKE_PTR(copy);
	new->c.opts.mode = mode;
	return 1;
}
