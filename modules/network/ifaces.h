/* SPDX-License-Identifier: MIT */
/* ifaces.h -- the addresses and routes that this host shall have, from facts and [Interface] rows
 */
#pragma once

#include "agent/reconcile/module.h"

#define IFACE_ADDRS_MAX 16
#define IFACE_ROUTES_MAX 32

/* One interface that is ours to set up. Anything it does not name stays as it is. */
struct iface {
	const struct sys_link *link;	    /* of pass->net */
	struct addr addrs[IFACE_ADDRS_MAX]; /* with prefix; at least one */
	size_t n_addrs;
	/* the default routes of IPv4 and of IPv6; gateway.family 0 in them: none is known */
	struct sys_route gateway, gateway6;
	struct sys_route routes[IFACE_ROUTES_MAX]; /* further ones */
	size_t n_routes;
	unsigned mtu; /* 0: leave */
	/* the profile that ours takes the place of: persist-nm.c */
	struct {
		char uuid[37];	 /* "": of none */
		char mac[18];	 /* it is for the interface with this address; "": it names none */
		bool is_unnamed; /* it is for that address alone, whatever the interface's name is
				  */
	} profile;
};

struct ifaces {
	struct iface *list;
	size_t n;
};

/*
 * Touches nothing. What cannot be had (no such link, metadata not there yet, an address that is on
 * another link) is left out and told by pass_state(). 0 or -ENOMEM.
 */
int ifaces_read(struct pass *pass, struct ifaces *ret);
void ifaces_done(struct ifaces *w);
/* What tells one wanted network from another: 64 hex digits. */
void ifaces_digest(const struct ifaces *w, char ret[65]);

/* The wanted default route of FAMILY. */
const struct sys_route *iface_gateway(const struct iface *wi, int family);

/* The default route of FAMILY through the link with INDEX, the most preferred one; or NULL. */
const struct sys_route *ifaces_default(const struct sys_net *net, int index, int family);
