/* SPDX-License-Identifier: MIT */
/*
 * door.h -- programs that read files of ours, beside the units; for unit.c alone
 *
 *   networkd:files           networkctl reload, if systemd-networkd runs
 *   netplan:files            netplan generate, which checks them; then as the two beside this
 *   NetworkManager:profiles  nmcli connection reload, if NetworkManager runs; then ours are put in
 *                            force, and what ours stood for once they are gone
 *   NetworkManager:conf      nmcli general reload conf, if NetworkManager runs
 *   resolvconf:record        resolvconf -a with SYS_RESOLVCONF_RECORD, or -d if there is no such
 * file
 */
#pragma once

#include "agent/sys/sys-internal.h"

/*
 * NAME looks at its files again. -ENOENT if there is no such door; 0; -EIO with the program's words
 * in *ret_words (owned, may be NULL); another -errno.
 */
int door_call(struct sys *sys, const char *name, uint64_t timeout, char **ret_words);

/* Runs ARGV, with TEXT (may be NULL) as its input: 0, or as door_call(). */
int door_run(struct sys *sys, const char *const *argv, const char *text, uint64_t timeout,
	     char **ret_words);

/* ---- door-nm.c ---- */

/* Which profile is in force on which device. */
struct door_nm {
	char *text; /* owned: a line "UUID:DEVICE:NAME" for each */
};
int door_nm_look(struct sys *sys, uint64_t timeout, struct door_nm *ret);
void door_nm_done(struct door_nm *nm);
/*
 * After the profiles were loaded again: those of ours come into force, and where one of ours that
 * is gone had been (BEFORE), the one of the same UUID that it stood for.
 */
int door_nm_follow(struct sys *sys, uint64_t timeout, const struct door_nm *before);
