/* SPDX-License-Identifier: MIT */
/* manifest.c -- the entries: what is ours, and what was there before */
#include "agent/reconcile/manifest-private.h"

#include <errno.h>
#include <string.h>

static void file_done(struct manifest_file *f)
{
	free(f->path);
	free(f->module);
	free(f->left.acl);
	free(f->before_target);
	free(f->verb);
	free(f->unit);
}

static void live_done(struct manifest_live *l)
{
	free(l->key);
	free(l->module);
	free(l->before);
}

void manifest_free(struct manifest *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_files; i++)
		file_done(&m->files[i]);
	for (size_t i = 0; i < m->n_lives; i++)
		live_done(&m->lives[i]);
	free(m->files);
	free(m->lives);
	free(m);
}

char *manifest_former_path(const char *hash)
{
	return str_printf(MANIFEST_FORMER "/%s", hash);
}

static size_t find_file(const struct manifest *m, const char *path, bool *ret_found)
{
	size_t i = 0;
	int cmp = 1;

	while (i < m->n_files && (cmp = strcmp(m->files[i].path, path)) < 0)
		i++;
	*ret_found = i < m->n_files && cmp == 0;
	return i;
}

static size_t find_live(const struct manifest *m, const char *key, bool *ret_found)
{
	size_t i = 0;
	int cmp = 1;

	while (i < m->n_lives && (cmp = strcmp(m->lives[i].key, key)) < 0)
		i++;
	*ret_found = i < m->n_lives && cmp == 0;
	return i;
}

struct manifest_file *manifest_add_file(struct manifest *m, const char *path)
{
	bool found;
	size_t i = find_file(m, path, &found);
	struct manifest_file *grown;
	char *copy;

	if (found)
		return &m->files[i];
	grown = reallocarray(m->files, m->n_files + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	m->files = grown;
	copy = strdup(path);
	if (!copy)
		return NULL;
	memmove(&grown[i + 1], &grown[i], (m->n_files - i) * sizeof(*grown));
	m->n_files++;
	grown[i] = (struct manifest_file){ .path = copy, .number = m->next_number++ };
	return &grown[i];
}

struct manifest_live *manifest_add_live(struct manifest *m, const char *key)
{
	bool found;
	size_t i = find_live(m, key, &found);
	struct manifest_live *grown;
	char *copy;

	if (found)
		return &m->lives[i];
	grown = reallocarray(m->lives, m->n_lives + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	m->lives = grown;
	copy = strdup(key);
	if (!copy)
		return NULL;
	memmove(&grown[i + 1], &grown[i], (m->n_lives - i) * sizeof(*grown));
	m->n_lives++;
	grown[i] = (struct manifest_live){ .key = copy, .number = m->next_number++ };
	return &grown[i];
}

const struct manifest_file *manifest_file(const struct manifest *m, const char *path)
{
	bool found;
	size_t i = find_file(m, path, &found);

	return found ? &m->files[i] : NULL;
}

const struct manifest_live *manifest_live(const struct manifest *m, const char *key)
{
	bool found;
	size_t i = find_live(m, key, &found);

	return found ? &m->lives[i] : NULL;
}

size_t manifest_n_files(const struct manifest *m)
{
	return m->n_files;
}

const struct manifest_file *manifest_file_at(const struct manifest *m, size_t i)
{
	return i < m->n_files ? &m->files[i] : NULL;
}

static void hash_of(const void *data, size_t len, char ret[65])
{
	if (data)
		sys_sha256(data, len, ret);
	else
		ret[0] = '\0';
}

/* Keeps the content of PATH under its hash; the same content is kept once. */
static int keep_content(struct manifest *m, const char *path, char ret_hash[65])
{
	_cleanup_free_ char *text = NULL, *kept = NULL;
	size_t len;
	int r;

	r = sys_read(m->sys, path, &text, &len);
	if (r < 0)
		return r;
	sys_sha256(text, len, ret_hash);
	kept = manifest_former_path(ret_hash);
	if (!kept)
		return -ENOMEM;
	r = sys_mkdir(m->sys, MANIFEST_DIR, 0755);
	if (r >= 0)
		r = sys_mkdir(m->sys, MANIFEST_FORMER, 0700);
	if (r >= 0)
		r = sys_write(m->sys, kept, text, len,
			      &(struct sys_write_opts){ .mode = 0600, .uid = -1, .gid = -1 });
	return r < 0 ? r : 0;
}

/* What is at PATH now, as the "before" of a new entry. */
static int look(struct manifest *m, const char *path, struct manifest_file *ret)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	int r;

	r = sys_lstat(m->sys, path, &st);
	if (r < 0)
		return r;
	ret->before = st.kind;
	switch (st.kind) {
	case SYS_ABSENT:
		return 0;
	case SYS_LINK:
		ret->before_target = TAKE_PTR(st.target);
		return 0;
	case SYS_FILE:
		ret->before_mode = st.mode;
		ret->before_uid = st.uid;
		ret->before_gid = st.gid;
		return keep_content(m, path, ret->before_hash);
	case SYS_DIR:
		return -EISDIR;
	default:
		return -EINVAL;
	}
}

int manifest_begin(struct manifest *m, const char *module, const char *path, const void *data,
		   size_t len)
{
	_cleanup_(file_done) struct manifest_file now = {};
	struct manifest_file *f;
	char hash[65];
	int r;

	hash_of(data, len, hash);
	if (!manifest_file(m, path)) {
		r = look(m, path, &now);
		if (r < 0)
			return r;
		now.module = strdup(module);
		if (!now.module)
			return -ENOMEM;
	}
	f = manifest_add_file(m, path);
	if (!f)
		return -ENOMEM;
	if (!f->module) {
		now.path = f->path;
		now.number = f->number;
		*f = now;
		now = (struct manifest_file){};
	} else if (strcmp(f->next_hash, hash) == 0) {
		return 0;
	}
	memcpy(f->next_hash, hash, sizeof(hash));
	m->changed = true;
	return 0;
}

int manifest_job(struct manifest *m, const char *path, const char *verb, const char *unit)
{
	bool found;
	size_t i = find_file(m, path, &found);
	struct manifest_file *f;
	char *v, *u;

	if (!found)
		return -ENOENT;
	f = &m->files[i];
	if (f->unit && strcmp(f->unit, unit) == 0 && strcmp(f->verb, verb) == 0)
		return 0;
	v = strdup(verb);
	u = strdup(unit);
	if (!v || !u) {
		free(v);
		free(u);
		return -ENOMEM;
	}
	free(f->verb);
	free(f->unit);
	f->verb = v;
	f->unit = u;
	m->changed = true;
	return 0;
}

int manifest_wrote(struct manifest *m, const char *path, const void *data, size_t len)
{
	bool found;
	size_t i = find_file(m, path, &found);
	char hash[65];

	if (!found)
		return -ENOENT;
	hash_of(data, len, hash);
	if (strcmp(m->files[i].hash, hash) == 0 && strcmp(m->files[i].next_hash, hash) == 0)
		return 0;
	memcpy(m->files[i].hash, hash, sizeof(hash));
	memcpy(m->files[i].next_hash, hash, sizeof(hash));
	m->changed = true;
	return 0;
}

int manifest_forget(struct manifest *m, const char *path)
{
	bool found;
	size_t i = find_file(m, path, &found);

	if (!found)
		return 0;
	file_done(&m->files[i]);
	m->n_files--;
	memmove(&m->files[i], &m->files[i + 1], (m->n_files - i) * sizeof(m->files[i]));
	m->changed = m->forgotten = true;
	return 0;
}

int manifest_live_begin(struct manifest *m, const char *module, const char *key, const char *before)
{
	_cleanup_(live_done) struct manifest_live now = {};
	struct manifest_live *l;

	if (manifest_live(m, key))
		return 0;
	now.module = strdup(module);
	now.before = strdup(before);
	if (!now.module || !now.before)
		return -ENOMEM;
	l = manifest_add_live(m, key);
	if (!l)
		return -ENOMEM;
	l->module = TAKE_PTR(now.module);
	l->before = TAKE_PTR(now.before);
	m->changed = true;
	return 0;
}

int manifest_live_forget(struct manifest *m, const char *key)
{
	bool found;
	size_t i = find_live(m, key, &found);

	if (!found)
		return 0;
	live_done(&m->lives[i]);
	m->n_lives--;
	memmove(&m->lives[i], &m->lives[i + 1], (m->n_lives - i) * sizeof(m->lives[i]));
	m->changed = true;
	return 0;
}
