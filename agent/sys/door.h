/* SPDX-License-Identifier: MIT */
/*
 * door.h -- programs that read files of ours, beside the units; for unit.c alone
 *
 *   networkd:files           networkctl reload, if systemd-networkd runs
 *   netplan:files            netplan generate, which checks them; then as the two beside this
 *   NetworkManager:profiles  nmcli connection reload, if NetworkManager runs; then up, for ours
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
