/* SPDX-License-Identifier: MIT */
/*
 * resolv.h -- what name resolution shall be, and the ways to bring it about
 *
 * A door is the way by whoever manages /etc/resolv.conf. Without one the file is ours, and those
 * who would write it by the way are asked not to (guards.c).
 */
#pragma once

#include "agent/reconcile/resolvers.h"

#define SERVERS_MAX 3 /* a resolver reads no more: MAXNS of resolv.h */

struct resolv_want {
	struct addr servers[SERVERS_MAX]; /* at least one */
	size_t n;
	char **search;	/* borrowed, all valid; NULL or empty: none */
	char **options; /* borrowed, all valid; NULL or empty: none */
};

struct resolv_door {
	const char *name;
	/* 1 if it manages the file on this machine. */
	int (*probe)(struct sys *sys);
	int (*plan)(struct pass *pass, const struct resolv_want *w);
	const char *result;	 /* the file in which its work is seen */
	const char *file;	 /* ours, for it */
	const char *unit, *verb; /* what is owed when that goes */
};

/* The one that manages the file, or NULL. */
const struct resolv_door *resolv_door(struct sys *sys);

/*
 * Asks NetworkManager, dhclient and dhcpcd, where they are, to leave the file alone; to be planned
 * before the file.
 */
int guards_plan(struct pass *pass);
/* They need not any more. */
int guards_leftovers(struct pass *pass);
/* What an earlier pass did for another way than DOOR (NULL: the file is ours) goes. */
int resolv_leftovers(struct pass *pass, const struct resolv_door *door);

/* ---- text.c: pure ---- */

/* The lines of resolv.conf(5), with our comment first if MARK. */
int resolv_text(const struct resolv_want *w, bool mark, struct buf *out);
/* A drop-in of resolved.conf(5): all names are asked there and nowhere else. */
int resolv_dropin(const struct resolv_want *w, struct buf *out);
/* Who wrote TEXT, a resolv.conf, as its comment says: a program's name, or NULL. */
const char *resolv_writer(const char *text);
