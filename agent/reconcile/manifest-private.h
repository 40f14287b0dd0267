/* SPDX-License-Identifier: MIT */
/* manifest-private.h -- what the files manifest*.c share; for nobody else */
#pragma once

#include "agent/base/json.h"
#include "agent/reconcile/manifest.h"

#define MANIFEST_DIR "/var/lib/envagent"
#define MANIFEST_FORMER MANIFEST_DIR "/former"
#define MANIFEST_VERSION 1

struct manifest {
	struct sys *sys;
	struct manifest_file *files; /* sorted by path */
	size_t n_files;
	struct manifest_live *lives; /* sorted by key */
	size_t n_lives;
	uint64_t next_number;
	bool changed;	/* not on the disk yet */
	bool forgotten; /* kept contents may have become useless */
};

/* Puts an empty entry for PATH or KEY in its place, or returns the one there; NULL: no memory. */
struct manifest_file *manifest_add_file(struct manifest *m, const char *path);
struct manifest_live *manifest_add_live(struct manifest *m, const char *key);
/* The keys "mode", "uid" and "gid" of OBJ: 0 or -EBADMSG; 0 or -ENOMEM. manifest-left.c */
int manifest_owner_load(struct json_object *obj, mode_t *mode, uid_t *uid, gid_t *gid);
int manifest_owner_save(struct json_object *obj, mode_t mode, uid_t uid, gid_t gid);
/* The key "left" of an entry. */
int manifest_left_load(struct json_object *obj, struct manifest_left *ret);
int manifest_left_save(const struct manifest_left *left, struct json_object *obj);
/* "/var/lib/envagent/former/HASH", owned. */
char *manifest_former_path(const char *hash);
