/* SPDX-License-Identifier: MIT */
/* manifest-disk.c -- the manifest as a file: strict on the way in, sorted and compact on the way
 * out */
#include "agent/reconcile/manifest-private.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"

static const char *const kind_names[] = {
	[SYS_ABSENT] = "absent",
	[SYS_FILE] = "file",
	[SYS_LINK] = "link",
};

/* ---- reading ---- */

/* A hash, or "" if KEY is missing. */
static int get_hash(struct json_object *obj, const char *key, char ret[65])
{
	const char *s;
	int r;

	r = json_get_str(obj, key, &s);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (strlen(s) != 64 || strspn(s, "0123456789abcdef") != 64)
		return -EBADMSG;
	memcpy(ret, s, 65);
	return 0;
}

static int get_copy(struct json_object *obj, const char *key, char **ret)
{
	const char *s;
	int r;

	r = json_get_str(obj, key, &s);
	if (r < 0)
		return r == -ENOENT ? -EBADMSG : r;
	free(*ret);
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

static int get_number(struct manifest *m, struct json_object *obj, uint64_t *ret)
{
	int64_t v;

	if (json_get_int(obj, "n", &v) < 0 || v < 0)
		return -EBADMSG;
	*ret = (uint64_t)v;
	if (m->next_number <= *ret)
		m->next_number = *ret + 1;
	return 0;
}

static int get_before_file(struct json_object *obj, struct manifest_file *f)
{
	if (manifest_owner_load(obj, &f->before_mode, &f->before_uid, &f->before_gid) < 0)
		return -EBADMSG;
	return get_hash(obj, "kept", f->before_hash) < 0 || !*f->before_hash ? -EBADMSG : 0;
}

static int load_file(struct manifest *m, struct json_object *obj)
{
	const char *path, *before;
	struct manifest_file *f;
	int r;

	if (json_get_str(obj, "path", &path) < 0 || path[0] != '/' ||
	    json_get_str(obj, "before", &before) < 0 || manifest_file(m, path))
		return -EBADMSG;
	f = manifest_add_file(m, path);
	if (!f)
		return -ENOMEM;
	r = get_copy(obj, "module", &f->module);
	if (r >= 0)
		r = get_number(m, obj, &f->number);
	if (r >= 0)
		r = get_hash(obj, "hash", f->hash);
	if (r >= 0)
		r = get_hash(obj, "next", f->next_hash);
	if (r >= 0)
		r = manifest_left_load(obj, &f->left);
	if (r >= 0 && json_object_object_get_ex(obj, "unit", NULL)) {
		r = get_copy(obj, "unit", &f->unit);
		if (r >= 0)
			r = get_copy(obj, "verb", &f->verb);
	}
	if (r < 0)
		return r;
	if (strcmp(before, kind_names[SYS_ABSENT]) == 0) {
		f->before = SYS_ABSENT;
		return 0;
	}
	if (strcmp(before, kind_names[SYS_LINK]) == 0) {
		f->before = SYS_LINK;
		return get_copy(obj, "target", &f->before_target);
	}
	if (strcmp(before, kind_names[SYS_FILE]) != 0)
		return -EBADMSG;
	f->before = SYS_FILE;
	return get_before_file(obj, f);
}

static int load_live(struct manifest *m, struct json_object *obj)
{
	struct manifest_live *l;
	const char *key;
	int r;

	if (json_get_str(obj, "key", &key) < 0 || manifest_live(m, key))
		return -EBADMSG;
	l = manifest_add_live(m, key);
	if (!l)
		return -ENOMEM;
	r = get_copy(obj, "module", &l->module);
	if (r >= 0)
		r = get_copy(obj, "before", &l->before);
	return r < 0 ? r : get_number(m, obj, &l->number);
}

static int load_all(struct manifest *m, struct json_object *top, const char *key,
		    int (*load)(struct manifest *m, struct json_object *obj))
{
	struct json_object *arr;
	int r;

	r = json_get_arr(top, key, &arr);
	if (r < 0)
		return -EBADMSG;
	for (size_t i = 0; i < json_object_array_length(arr); i++) {
		r = load(m, json_object_array_get_idx(arr, i));
		if (r < 0)
			return r;
	}
	return 0;
}

static int fail(char **ret_error, int r, const char *what)
{
	*ret_error = str_printf("%s %s", MANIFEST_PATH, what);
	return *ret_error ? r : -ENOMEM;
}

static int parse(struct manifest *m, const char *text, size_t len, char **ret_error)
{
	_cleanup_json_ struct json_object *top = NULL;
	int64_t version;
	int r;

	r = json_parse(text, len, 8, &top, NULL);
	if (r == -EBADMSG)
		return fail(ret_error, r, "is damaged: it is no JSON");
	if (r < 0)
		return r;
	if (json_get_int(top, "version", &version) < 0)
		return fail(ret_error, -EBADMSG, "is damaged: it has no version");
	if (version != MANIFEST_VERSION)
		return fail(ret_error, -EPROTONOSUPPORT,
			    "is of a newer version than this program knows");
	r = load_all(m, top, "files", load_file);
	if (r >= 0)
		r = load_all(m, top, "live", load_live);
	if (r == -EBADMSG)
		return fail(ret_error, r, "is damaged: an entry is not of the known form");
	return r;
}

int manifest_load(struct sys *sys, struct manifest **ret, char **ret_error)
{
	_cleanup_(manifest_freep) struct manifest *m = calloc(1, sizeof(*m));
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (!m)
		return -ENOMEM;
	m->sys = sys;
	r = sys_read(sys, MANIFEST_PATH, &text, &len);
	if (r < 0 && r != -ENOENT)
		return fail(ret_error, r, "cannot be read");
	if (r >= 0) {
		r = parse(m, text, len, ret_error);
		if (r < 0)
			return r;
	}
	m->changed = m->forgotten = false;
	*ret = TAKE_PTR(m);
	return 0;
}

/* ---- writing ---- */

static int save_file(const struct manifest_file *f, struct json_object *arr)
{
	struct json_object *obj = json_object_new_object();
	int r;

	r = json_append(arr, obj);
	if (r >= 0)
		r = json_add(
			obj, { "path", json_str(f->path) }, { "module", json_str(f->module) },
			{ "n", json_int(f->number) },
			{ *f->hash ? "hash" : NULL, json_str(f->hash) },
			{ *f->next_hash ? "next" : NULL, json_str(f->next_hash) },
			{ "before", json_str(kind_names[f->before]) },
			{ f->unit ? "verb" : NULL, json_str(f->verb) },
			{ f->unit ? "unit" : NULL, json_str(f->unit) },
			{ f->before == SYS_LINK ? "target" : NULL, json_str(f->before_target) });
	if (r >= 0)
		r = manifest_left_save(&f->left, obj);
	if (r < 0 || f->before != SYS_FILE)
		return r;
	r = manifest_owner_save(obj, f->before_mode, f->before_uid, f->before_gid);
	return r < 0 ? r : json_set_str(obj, "kept", f->before_hash);
}

static int save_live(const struct manifest_live *l, struct json_object *arr)
{
	struct json_object *obj = json_object_new_object();
	int r;

	r = json_append(arr, obj);
	return r < 0 ? r
		     : json_add(obj, { "key", json_str(l->key) }, { "module", json_str(l->module) },
				{ "n", json_int(l->number) }, { "before", json_str(l->before) });
}

static int compose(const struct manifest *m, struct json_object **ret)
{
	struct json_object *files = json_object_new_array(), *lives = json_object_new_array();
	_cleanup_json_ struct json_object *top = json_object_new_object();
	int r;

	r = json_add(top, { "version", json_int(MANIFEST_VERSION) }, { "files", files },
		     { "live", lives });
	for (size_t i = 0; r >= 0 && i < m->n_files; i++)
		r = save_file(&m->files[i], files);
	for (size_t i = 0; r >= 0 && i < m->n_lives; i++)
		r = save_live(&m->lives[i], lives);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(top);
	return 0;
}

static bool referred_to(const struct manifest *m, const char *hash)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].before == SYS_FILE && strcmp(m->files[i].before_hash, hash) == 0)
			return true;
	return false;
}

/* A content too many does no harm, so a failure here is none of the save. */
static void drop_useless(struct manifest *m)
{
	_cleanup_strv_ char **names = NULL;

	if (sys_list(m->sys, MANIFEST_FORMER, &names) < 0)
		return;
	for (char **name = names; name && *name; name++) {
		_cleanup_free_ char *path = NULL;

		if (referred_to(m, *name))
			continue;
		path = manifest_former_path(*name);
		if (path)
			sys_unlink(m->sys, path);
	}
	m->forgotten = false;
}

int manifest_save(struct manifest *m)
{
	_cleanup_json_ struct json_object *top = NULL;
	const char *text;
	int r;

	if (!m->changed)
		return 0;
	r = compose(m, &top);
	if (r < 0)
		return r;
	text = json_text(top);
	if (!text)
		return -ENOMEM;
	r = sys_mkdir(m->sys, MANIFEST_DIR, 0755);
	if (r < 0)
		return r;
	/* whoever was killed here before left no note of it */
	sys_clean_temporaries(m->sys, MANIFEST_DIR);
	sys_clean_temporaries(m->sys, MANIFEST_FORMER);
	r = sys_write(m->sys, MANIFEST_PATH, text, strlen(text),
		      &(struct sys_write_opts){ .mode = 0600, .uid = -1, .gid = -1 });
	if (r < 0)
		return r;
	m->changed = false;
	if (m->forgotten)
		drop_useless(m);
	return 1;
}
