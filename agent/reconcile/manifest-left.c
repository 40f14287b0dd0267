/* SPDX-License-Identifier: MIT */
/* manifest-left.c -- mode, owner and ACL of a file of ours, as we left it */
#include "agent/reconcile/manifest-private.h"

#include <errno.h>
#include <string.h>

int manifest_owner_load(struct json_object *obj, mode_t *mode, uid_t *uid, gid_t *gid)
{
	int64_t m, u, g;

	if (json_get_int(obj, "mode", &m) < 0 || json_get_int(obj, "uid", &u) < 0 ||
	    json_get_int(obj, "gid", &g) < 0)
		return -EBADMSG;
	if (m < 0 || m > 07777 || u < 0 || u >= UINT32_MAX || g < 0 || g >= UINT32_MAX)
		return -EBADMSG;
	*mode = (mode_t)m;
	*uid = (uid_t)u;
	*gid = (gid_t)g;
	return 0;
}

int manifest_owner_save(struct json_object *obj, mode_t mode, uid_t uid, gid_t gid)
{
	return json_add(obj, { "mode", json_int(mode) }, { "uid", json_int(uid) },
			{ "gid", json_int(gid) });
}

int manifest_left_load(struct json_object *obj, struct manifest_left *ret)
{
	struct json_object *left;
	const char *acl;
	int r;

	r = json_get_obj(obj, "left", &left);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (manifest_owner_load(left, &ret->mode, &ret->uid, &ret->gid) < 0 ||
	    json_get_str(left, "acl", &acl) < 0)
		return -EBADMSG;
	ret->acl = strdup(acl);
	ret->known = ret->acl;
	return ret->acl ? 0 : -ENOMEM;
}

int manifest_left_save(const struct manifest_left *left, struct json_object *obj)
{
	struct json_object *own;
	int r;

	if (!left->known)
		return 0;
	own = json_object_new_object();
	r = json_set(obj, "left", own);
	if (r >= 0)
		r = manifest_owner_save(own, left->mode, left->uid, left->gid);
	return r < 0 ? r : json_set_str(own, "acl", left->acl);
}

/* What the file at PATH is now. -ENOENT if there is none, or no file. */
static int look(struct sys *sys, const char *path, struct manifest_left *ret)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	int r;

	r = sys_lstat(sys, path, &st);
	if (r >= 0 && st.kind != SYS_FILE)
		return -ENOENT;
	if (r >= 0)
		r = sys_acl(sys, path, &ret->acl);
	if (r < 0)
		return r;
	ret->known = true;
	ret->mode = st.mode;
	ret->uid = st.uid;
	ret->gid = st.gid;
	return 0;
}

static bool equal(const struct manifest_left *a, const struct manifest_left *b)
{
	return a->known == b->known && a->mode == b->mode && a->uid == b->uid && a->gid == b->gid &&
	       strcmp(a->acl, b->acl) == 0;
}

int manifest_left(struct manifest *m, const char *path)
{
	const struct manifest_file *found = manifest_file(m, path);
	struct manifest_left now = {};
	struct manifest_file *f;
	int r;

	if (!found)
		return -ENOENT;
	f = &m->files[found - m->files];
	r = look(m->sys, path, &now);
	if (r < 0)
		return r;
	if (f->left.known && equal(&f->left, &now)) {
		free(now.acl);
		return 0;
	}
	free(f->left.acl);
	f->left = now;
	m->changed = true;
	return 0;
}

int manifest_left_differs(const struct manifest *m, const struct manifest_file *f)
{
	struct manifest_left now = {};
	int r;

	if (!f->left.known)
		return 0;
	r = look(m->sys, f->path, &now);
	if (r >= 0)
		r = !equal(&f->left, &now);
	free(now.acl);
	return r;
}
