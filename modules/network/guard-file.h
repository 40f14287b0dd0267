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
/*
 * The descriptor by which the file, whatever it is renamed to, is held until it is closed, and
 * -EAGAIN or -EACCES for everybody else; -ENOENT if it is not in that state.
 */
int guard_file_hold(const char *id, const char *state);
/*
 * Puts back what CP says, unless somebody decided before: -ECANCELED. AGAIN, by another process
 * than the guard: one that lives, or another that was faster, has decided; a .back that nobody
 * holds counts as ours.
 */
int guard_file_back(struct sys *sys, const char *id, struct json_object *cp, const char *reason,
		    bool held, bool again);
