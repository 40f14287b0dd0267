/* SPDX-License-Identifier: MIT */
/* template-tree.c -- a copy of a directory of configuration files, for a check that reads it all */
#include <errno.h>
#include <string.h>

#include "modules/template/template.h"

#define ENTRIES_MAX 4096
#define BYTES_MAX (64u * 1024 * 1024)
#define DEPTH_MAX 16

struct copy {
	struct sys *sys;
	const char *from, *to; /* the whole trees */
	size_t entries, bytes; /* so far */
};

static bool lies_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]);
}

/* Where a link with this TARGET leads that is at FROM_DIR in the original: absolute, owned. */
static char *absolute(const char *from_dir, const char *target)
{
	_cleanup_free_ char *path =
		target[0] == '/' ? strdup(target) : str_printf("%s/%s", from_dir, target);
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *rest, *word;

	if (!path)
		return NULL;
	for (word = strtok_r(path, "/", &rest); word; word = strtok_r(NULL, "/", &rest)) {
		if (strcmp(word, "..") == 0) {
			while (b.len > 0 && b.data[--b.len] != '/')
				;
		} else if (strcmp(word, ".") != 0) {
			buf_addf(&b, "/%s", word);
		}
	}
	buf_addf(&b, "%s", b.len ? "" : "/");
	return buf_take(&b);
}

static int copy_link(struct copy *c, const char *from_dir, const char *target, const char *to)
{
	_cleanup_free_ char *leads = absolute(from_dir, target), *moved = NULL;

	if (!leads)
		return -ENOMEM;
	if (lies_below(leads, c->from)) {
		moved = str_printf("%s%s", c->to, leads + strlen(c->from));
		if (!moved)
			return -ENOMEM;
	}
	return sys_symlink(c->sys, moved ?: leads, to);
}

static int copy_file(struct copy *c, const char *from, const char *to, const struct sys_stat *st)
{
	const struct sys_write_opts opts = { .mode = st->mode, .uid = st->uid, .gid = st->gid };
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = sys_read(c->sys, from, &text, &len);
	if (r < 0)
		return r == -EFBIG ? -E2BIG : r;
	c->bytes += len;
	if (c->bytes > BYTES_MAX)
		return -E2BIG;
	return sys_write(c->sys, to, text, len, &opts);
}

static int copy_dir(struct copy *c, const char *from, const char *to, const struct sys_stat *st,
		    unsigned depth);

static int copy_entry(struct copy *c, const char *from_dir, const char *to_dir, const char *name,
		      unsigned depth)
{
	_cleanup_free_ char *from = str_printf("%s/%s", from_dir, name);
	_cleanup_free_ char *to = str_printf("%s/%s", to_dir, name);
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	int r;

	if (!from || !to)
		return -ENOMEM;
	if (++c->entries > ENTRIES_MAX)
		return -E2BIG;
	r = sys_lstat(c->sys, from, &st);
	if (r < 0)
		return r;
	switch (st.kind) {
	case SYS_FILE:
		return copy_file(c, from, to, &st);
	case SYS_LINK:
		return copy_link(c, from_dir, st.target, to);
	case SYS_DIR:
		return depth < DEPTH_MAX ? copy_dir(c, from, to, &st, depth + 1) : -E2BIG;
	default:
		return 0; /* a socket or a pipe is no configuration, and what is gone is gone */
	}
}

static int copy_dir(struct copy *c, const char *from, const char *to, const struct sys_stat *st,
		    unsigned depth)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = sys_list(c->sys, from, &names);
	if (r >= 0)
		r = sys_mkdir(c->sys, to, st->mode);
	if (r >= 0)
		r = sys_chown(c->sys, to, st->uid, st->gid);
	for (char **name = names; r >= 0 && *name; name++)
		r = copy_entry(c, from, to, *name, depth);
	return r < 0 ? r : 0;
}

int template_tree_copy(struct sys *sys, const char *from, const char *to)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	struct copy c = { .sys = sys, .from = from, .to = to };
	int r;

	r = sys_lstat(sys, from, &st);
	if (r < 0)
		return r;
	if (st.kind != SYS_DIR)
		return st.kind == SYS_ABSENT ? -ENOENT : -ENOTDIR;
	return copy_dir(&c, from, to, &st, 0);
}

static int remove_below(struct sys *sys, const char *path, unsigned depth)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_strv_ char **names = NULL;
	int r;

	r = sys_lstat(sys, path, &st);
	if (r < 0 || st.kind == SYS_ABSENT)
		return r;
	if (st.kind != SYS_DIR)
		return sys_unlink(sys, path);
	r = depth > DEPTH_MAX + 2 ? -E2BIG : sys_list(sys, path, &names);
	for (char **name = names; r >= 0 && *name; name++) {
		_cleanup_free_ char *entry = str_printf("%s/%s", path, *name);

		r = entry ? remove_below(sys, entry, depth + 1) : -ENOMEM;
	}
	return r < 0 ? r : sys_rmdir(sys, path);
}

int template_tree_remove(struct sys *sys, const char *path)
{
	int r = remove_below(sys, path, 0);

	return r < 0 ? r : 0;
}
