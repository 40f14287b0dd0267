/* SPDX-License-Identifier: MIT */
/*
 * kept.h -- what a pass remembers for the next one of the same boot
 *
 * KEPT_LOCAL_PATH, or KEPT_LEADER_PATH (protocol.h) in envagent-leader's own folder: for each
 * module its own object, and since when it is in its state; and whether the identity was ever
 * confirmed.
 */
#pragma once

#include <stdbool.h>

#include "agent/base/event.h"
#include "agent/sys/sys.h"

#define KEPT_LOCAL_PATH "/run/envagent/reconcile.json"

struct kept;
/* An unreadable or newer file counts as an empty one. PATH is borrowed. 0 or -ENOMEM. */
int kept_load(struct sys *sys, const char *path, struct kept **ret);

void kept_free(struct kept *k);
DEFINE_CLEANUP(struct kept *, kept_free)

/* The object of MODULE, made if need be; borrowed, to be changed freely. NULL: no memory. */
struct json_object *kept_object(struct kept *k, const char *module);
/* MODULE is in STATE now: since when it has been so. */
uint64_t kept_since(struct kept *k, const char *module, enum state state);
/* True if an identity was read in this boot: by a former pass, or (READ) by this one. */
bool kept_confirmed(struct kept *k, bool read);
/* Writes if anything changed since it was read or written: 1 if it did. A newer version's file is
 * left alone. */
int kept_save(struct kept *k, struct sys *sys);
