/* SPDX-License-Identifier: MIT */
/* guard-file.h -- the checkpoint's file and its name, for guard*.c alone */
#pragma once

#include "modules/network/guard.h"

/* GUARD_DIR/ID.STATE; owned. */
char *guard_path(const char *id, const char *state);
/* Writes the text of CP to ID.open, WANTED with it. */
int guard_file_write(struct sys *sys, const char *id, struct json_object *cp, const char *wanted);
/* From one state to another: 0, or -ENOENT if it was not in that state. */
int guard_file_rename(struct sys *sys, const char *id, const char *from, const char *to);
int guard_file_unlink(struct sys *sys, const char *id, const char *state);
/* Holds the lock until this process ends. */
int guard_file_hold(const char *id);
/*
 * Puts back what CP says, unless somebody decided before: -ECANCELED. AGAIN: a .back that nobody
 * holds counts as ours.
 */
int guard_file_back(struct sys *sys, const char *id, struct json_object *cp, const char *reason,
		    bool held, bool again);
