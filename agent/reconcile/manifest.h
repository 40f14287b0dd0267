/* SPDX-License-Identifier: MIT */
/*
 * manifest.h -- what we wrote on this machine, and what was there before
 *
 * Kept in /var/lib/envagent/manifest (JSON, "version":1, 0600); former contents in
 * /var/lib/envagent/former/SHA256. An entry is written to disk *before* the change that it
 * describes, so that whatever happened can be taken back. A manifest of a higher version is kept as
 * it is and reported; nothing is then changed on the machine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/sys/sys.h"

#define MANIFEST_PATH "/var/lib/envagent/manifest"
/* Where what was there before us goes when a restore finds somebody else's file in its place. */
#define MANIFEST_BEFORE "/var/lib/envagent/before"

/* What a file is beside its bytes. */
struct manifest_left {
	bool known;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char *acl; /* of sys_acl() */
};

struct manifest_file {
	char *path;
	char *module;
	char hash[65];		   /* of what we wrote; "" before the first write, or if unlinked */
	char next_hash[65];	   /* of what we were about to write; "" if it was to be unlinked */
	struct manifest_left left; /* as we left it, where manifest_left() was called */
	enum sys_kind before;	   /* SYS_ABSENT, SYS_FILE, SYS_LINK */
	mode_t before_mode;
	uid_t before_uid;
	gid_t before_gid;
	char *before_target;  /* SYS_LINK */
	char before_hash[65]; /* SYS_FILE: name of the kept content */
	uint64_t number;      /* in the order of the first change */
	char *verb, *unit;    /* the job that a change of it owes; NULL if there is none */
};

/* A live thing that is no file: "hostname" -> former name, "dhcp eth0" -> former argv as JSON … */
struct manifest_live {
	char *key;
	char *module;
	char *before;
	uint64_t number;
};

struct manifest;
/*
 * Reads the manifest below the root of SYS, an empty one if there is none. -EPROTONOSUPPORT for a
 * higher version, -EBADMSG for a damaged one (both with a sentence in *ret_error, owned).
 */
int manifest_load(struct sys *sys, struct manifest **ret, char **ret_error);
void manifest_free(struct manifest *m);
DEFINE_CLEANUP(struct manifest *, manifest_free)

const struct manifest_file *manifest_file(const struct manifest *m, const char *path);
const struct manifest_live *manifest_live(const struct manifest *m, const char *key);
size_t manifest_n_files(const struct manifest *m);
const struct manifest_file *manifest_file_at(const struct manifest *m, size_t i);

/*
 * What the file F held before us; *ret owned. -ENOENT if it was no file, -EBADMSG if what was kept
 * is damaged.
 */
int manifest_former(const struct manifest *m, const struct manifest_file *f, char **ret,
		    size_t *ret_len);

/*
 * PATH is about to hold these bytes (NULL: to be unlinked). The first time, what is there now is
 * kept: content, kind, mode, owner. manifest_save() must have brought it to the disk before PATH is
 * touched. -errno, -ENOSPC among them: then do not write PATH.
 */
int manifest_begin(struct manifest *m, const char *module, const char *path, const void *data,
		   size_t len);
/* A change of PATH, which is ours, owes this job: also when it is put back. */
int manifest_job(struct manifest *m, const char *path, const char *verb, const char *unit);
/* PATH now holds these bytes (NULL: it was unlinked). */
int manifest_wrote(struct manifest *m, const char *path, const void *data, size_t len);
/*
 * PATH, which is ours, is left with the mode, owner and ACL that it has now: whoever changes them
 * is somebody else. manifest-left.c
 */
int manifest_left(struct manifest *m, const char *path);
/* 1 if F has another mode, owner or ACL than it was left with; 0 if not, or nobody knows; -errno.
 */
int manifest_left_differs(const struct manifest *m, const struct manifest_file *f);
/* PATH is no longer ours: what was there before us is there again. */
int manifest_forget(struct manifest *m, const char *path);
/* The same for a live thing; the first BEFORE stays. */
int manifest_live_begin(struct manifest *m, const char *module, const char *key,
			const char *before);
int manifest_live_forget(struct manifest *m, const char *key);
/* Writes the manifest if it changed; 1 if it wrote. Removes kept contents nobody refers to. */
int manifest_save(struct manifest *m);

/*
 * Removes the temporary files that a killed pass left beside what it was writing; before anything
 * else is done with the manifest. 0, or the first -errno after having tried all.
 */
int manifest_clean(const struct manifest *m);

/*
 * Puts back all that the manifest lists, newest first (but the host name and DHCP clients last,
 * when nothing of ours is in their way), and forgets it; REPORT is called once for each thing with
 * what was done, and not for what was so already. A file whose hash is no longer ours was changed
 * by somebody else: it stays as it is, is reported (r = -ESTALE) and forgotten; if it was a file
 * before us, that is put below MANIFEST_BEFORE, at KEPT, else KEPT is NULL. Goes on after an error;
 * returns the first one. Live things are put back by LIVE (the caller knows how): 1, 0 if it was
 * so, or -errno.
 */
int manifest_restore(struct manifest *m, int (*live)(void *userdata, const struct manifest_live *l),
		     void (*report)(void *userdata, const char *what, int r, const char *kept),
		     void *userdata);
