/* SPDX-License-Identifier: MIT */
/* manifest-restore.c -- everything back as it was before us */
#include "agent/reconcile/manifest-private.h"

#include <errno.h>
#include <string.h>

/* Is what is there now what we wrote, or were about to write when we were stopped? */
static int still_ours(struct manifest *m, const struct manifest_file *f)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	char hash[65];
	int r;

	r = sys_lstat(m->sys, f->path, &st);
	if (r < 0)
		return r;
	if (st.kind == SYS_ABSENT)
		return !*f->hash || !*f->next_hash;
	if (st.kind != SYS_FILE)
		return false;
	r = sys_hash(m->sys, f->path, hash);
	if (r < 0)
		return r;
	return strcmp(hash, f->hash) == 0 || strcmp(hash, f->next_hash) == 0;
}

/* Is it already as it was? Then nobody has to do anything, whoever put it back. */
static int as_before(struct manifest *m, const struct manifest_file *f)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	char hash[65];
	int r;

	r = sys_lstat(m->sys, f->path, &st);
	if (r < 0)
		return r;
	if (st.kind != f->before)
		return false;
	if (st.kind == SYS_ABSENT)
		return true;
	if (st.kind == SYS_LINK)
		return strcmp(st.target, f->before_target) == 0;
	if (st.mode != f->before_mode || st.uid != f->before_uid || st.gid != f->before_gid)
		return false;
	r = sys_hash(m->sys, f->path, hash);
	if (r < 0)
		return r;
	return strcmp(hash, f->before_hash) == 0;
}

int manifest_former(const struct manifest *m, const struct manifest_file *f, char **ret,
		    size_t *ret_len)
{
	_cleanup_free_ char *kept = NULL, *text = NULL;
	char hash[65];
	size_t len;
	int r;

	if (f->before != SYS_FILE)
		return -ENOENT;
	kept = manifest_former_path(f->before_hash);
	if (!kept)
		return -ENOMEM;
	r = sys_read(m->sys, kept, &text, &len);
	if (r < 0)
		return r;
	sys_sha256(text, len, hash);
	if (strcmp(hash, f->before_hash) != 0)
		return -EBADMSG;
	*ret = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

static int put_file_back(struct manifest *m, const struct manifest_file *f)
{
	_cleanup_free_ char *text = NULL;
	struct sys_write_opts opts = {
		.mode = f->before_mode,
		.uid = f->before_uid,
		.gid = f->before_gid,
	};
	size_t len;
	int r;

	if (f->before == SYS_ABSENT)
		return sys_unlink(m->sys, f->path);
	if (f->before == SYS_LINK)
		return sys_symlink(m->sys, f->before_target, f->path);
	r = manifest_former(m, f, &text, &len);
	return r < 0 ? r : sys_write(m->sys, f->path, text, len, &opts);
}

static int parents_of(struct manifest *m, const char *path)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));
	int r;

	if (!parent)
		return -ENOMEM;
	r = sys_mkdir(m->sys, MANIFEST_DIR, 0755);
	if (r >= 0)
		r = sys_mkdir(m->sys, MANIFEST_BEFORE, 0700);
	return r < 0 ? r : sys_mkdir(m->sys, parent, 0755);
}

/* There is something else at PATH than these bytes. */
static bool taken(struct manifest *m, const char *path, const char *text, size_t len)
{
	_cleanup_free_ char *there = NULL;
	size_t n;

	return sys_exists(m->sys, path) && (sys_read(m->sys, path, &there, &n) < 0 || n != len ||
					    memcmp(there, text, len) != 0);
}

/*
 * What was at F before us, under the same name below MANIFEST_BEFORE, or with a number behind it if
 * that is taken. *ret owned; 0 without it if F was no file.
 */
static int keep_former(struct manifest *m, const struct manifest_file *f, char **ret)
{
	const struct sys_write_opts opts = {
		.mode = f->before_mode,
		.uid = f->before_uid,
		.gid = f->before_gid,
	};
	_cleanup_free_ char *text = NULL, *path = NULL;
	size_t len;
	int r;

	if (f->before != SYS_FILE)
		return 0;
	r = manifest_former(m, f, &text, &len);
	if (r < 0)
		return r;
	path = str_printf(MANIFEST_BEFORE "%s", f->path);
	for (unsigned i = 1; path && taken(m, path, text, len); i++) {
		free(path);
		path = str_printf(MANIFEST_BEFORE "%s.%u", f->path, i);
	}
	r = path ? parents_of(m, path) : -ENOMEM;
	if (r >= 0)
		r = sys_write(m->sys, path, text, len, &opts);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(path);
	return 0;
}

static int restore_file(struct manifest *m, const struct manifest_file *f, char **ret_kept)
{
	int r;

	r = as_before(m, f);
	if (r != 0)
		return r < 0 ? r : 0;
	r = still_ours(m, f);
	if (r < 0)
		return r;
	if (r == 0) {
		/* what cannot be kept must not be forgotten */
		r = keep_former(m, f, ret_kept);
		return r < 0 ? r : -ESTALE;
	}
	r = put_file_back(m, f);
	return r < 0 ? r : 1;
}

static char *file_words(const struct manifest_file *f)
{
	if (f->before == SYS_ABSENT)
		return str_printf("unlink %s", f->path);
	if (f->before == SYS_LINK)
		return str_printf("link %s to %s again", f->path, f->before_target);
	return str_printf("put %s back", f->path);
}

/*
 * A DHCP client brings addresses of its own; hostnamed sets the name that is in /etc/hostname.
 * Both want all else as it was.
 */
static bool is_late(const struct manifest_live *l)
{
	return strncmp(l->key, "dhcp ", 5) == 0 || strcmp(l->key, "hostname") == 0;
}

/* The newest entry below LIMIT, as an index into its array; false if there is none. */
static bool newest_file(const struct manifest *m, uint64_t limit, size_t *ret)
{
	bool found = false;

	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].number < limit &&
		    (!found || m->files[i].number > m->files[*ret].number)) {
			*ret = i;
			found = true;
		}
	return found;
}

static bool newest_live(const struct manifest *m, uint64_t limit, bool late, size_t *ret)
{
	bool found = false;

	for (size_t i = 0; i < m->n_lives; i++)
		if (m->lives[i].number < limit && is_late(&m->lives[i]) == late &&
		    (!found || m->lives[i].number > m->lives[*ret].number)) {
			*ret = i;
			found = true;
		}
	return found;
}

struct restoring {
	struct manifest *m;
	int (*live)(void *userdata, const struct manifest_live *l);
	void (*report)(void *userdata, const char *what, int r, const char *kept);
	void *userdata;
	int first_error;
};

/* What failed for now stays in the manifest, so that it can be tried again. 0: it was so. */
static bool settle(struct restoring *s, const char *what, int r, const char *kept)
{
	if (r != 0)
		s->report(s->userdata, what, r < 0 ? r : 0, kept);
	if (r < 0 && s->first_error == 0)
		s->first_error = r;
	return r >= 0 || r == -ESTALE;
}

static void one_file(struct restoring *s, size_t i)
{
	_cleanup_free_ char *words = file_words(&s->m->files[i]);
	_cleanup_free_ char *path = strdup(s->m->files[i].path), *kept = NULL;
	int r;

	r = words && path ? restore_file(s->m, &s->m->files[i], &kept) : -ENOMEM;
	if (settle(s, words ?: "file", r, kept))
		manifest_forget(s->m, path);
}

static void one_live(struct restoring *s, size_t i)
{
	const struct manifest_live *l = &s->m->lives[i];
	_cleanup_free_ char *words = str_printf("put back: %s", l->key);
	_cleanup_free_ char *key = strdup(l->key);
	int r;

	r = words && key ? s->live(s->userdata, l) : -ENOMEM;
	if (settle(s, words ?: "live", r, NULL))
		manifest_live_forget(s->m, key);
}

int manifest_restore(struct manifest *m, int (*live)(void *userdata, const struct manifest_live *l),
		     void (*report)(void *userdata, const char *what, int r, const char *kept),
		     void *userdata)
{
	struct restoring s = { .m = m, .live = live, .report = report, .userdata = userdata };
	uint64_t limit = UINT64_MAX;
	size_t file = 0, l = 0;
	int r;

	for (;;) {
		bool has_file = newest_file(m, limit, &file);
		bool has_live = newest_live(m, limit, false, &l);

		if (!has_file && !has_live)
			break;
		if (has_file && (!has_live || m->files[file].number > m->lives[l].number)) {
			limit = m->files[file].number;
			one_file(&s, file);
		} else {
			limit = m->lives[l].number;
			one_live(&s, l);
		}
	}
	for (limit = UINT64_MAX; newest_live(m, limit, true, &l);) {
		limit = m->lives[l].number;
		one_live(&s, l);
	}
	r = manifest_save(m);
	return s.first_error ? s.first_error : (r < 0 ? r : 0);
}
