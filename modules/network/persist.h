/* SPDX-License-Identifier: MIT */
/*
 * persist.h -- the same addresses and routes in the files of whoever sets up this host's network
 *
 * One persister governs the host: the first of the table in persist.c whose probe says so. It gets
 * our files beside its own: in its folder below /run for this boot, which leaves nothing in an
 * image that is made of this machine, or with Persist=yes in the one below /etc. What an earlier
 * pass wrote for another one, or in the other folder, is planned away.
 */
#pragma once

#include "modules/network/ifaces.h"

struct persister {
	const char *name;
	const char *etc, *run;	     /* its folders; run NULL: it has none for one boot */
	const char *prefix, *suffix; /* of our files there */
	bool each;		     /* a file for each interface, its name between the two */
	mode_t mode;
	const char *door; /* what has to look again when a file changes: sys_unit(); may be NULL */
	/* 1 if it sets up the network of this host, or some of WANT. */
	int (*probe)(struct sys *sys, const struct ifaces *want);
	/*
	 * What render() has to know of what is in force, for a file in RUN: it takes the place of
	 * that, beside one in ETC also. May be NULL.
	 */
	void (*look)(struct sys *sys, struct ifaces *want);
	/* Pure: the N interfaces of LIST as it reads them. */
	int (*render)(const struct iface *list, size_t n, struct buf *out);
	/* What files of others have to yield; adds the paths it looks after to *KEEP. May be NULL.
	 */
	int (*yield)(struct pass *pass, const struct ifaces *want, char ***keep);
};

extern const struct persister persister_netplan, persister_networkd, persister_nm,
	persister_ifupdown;

/* The first line of each of our files, an ini or shell comment. */
#define PERSIST_MARK \
	"# Written by envagent; [Network] in /etc/envagent/envagent.conf says what is here.\n"

/* Who governs this host, for WANT; NULL: nobody that is known here. */
const struct persister *persist_find(struct sys *sys, const struct ifaces *want);
/* What has to look again when a file of the one that governs changes; NULL: nothing. Static. */
const char *persist_door(struct sys *sys, const struct ifaces *want);

/*
 * Plans the files for WANT, all that is declared, with the route METADATA (may be NULL) of one of
 * its links. Where something was left out of WANT, and told, no file is changed. The caller calls
 * DOOR (may be NULL), no job is owed for that one. 0 or -errno.
 */
int persist_plan(struct pass *pass, const struct ifaces *want, const struct sys_route *metadata,
		 bool persist, const char *door);

/* True if WI has an address of FAMILY. */
bool persist_has(const struct iface *wi, int family);
/* Its default route of FAMILY, or NULL. */
const struct sys_route *persist_gateway(const struct iface *wi, int family);
