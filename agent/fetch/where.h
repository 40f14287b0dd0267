/* SPDX-License-Identifier: MIT */
/*
 * where.h -- where to ask, read from the machine itself: gateways, nameservers, own MACs
 *
 * No resolver of the C library takes part: a dead nameserver costs it 16 to 20 seconds.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/fetch/answer.h"

#define WHERE_MAX 16

struct where_addr {
	struct addr addr;
	unsigned ifindex; /* for fe80::, else 0 */
};

struct where_list {
	struct where_addr at[WHERE_MAX];
	size_t n;
};

/* Appends unless it is there already or the list is full. */
void where_add(struct where_list *l, const struct addr *addr, unsigned ifindex);

/* The gateways of the default routes in a text of the form of /proc/net/route, .../ipv6_route. */
void where_routes4(const char *text, struct where_list *ret);
void where_routes6(const char *text, struct where_list *ret);
/* Both, from the open files. */
void where_gateways(int fd4, int fd6, struct where_list *ret);

/* The nameservers of a resolv.conf, at most three, as the C library has it. */
void where_nameservers(int fd, struct where_list *ret);

/*
 * Opens a file for the two above: inside the sandbox nothing is opened any more, and what is not
 * needed is not read. -1 if it cannot be opened, or for PATH NULL; they then find nothing.
 */
int where_open(const char *path);

/* The MACs of this machine's links, the loopback apart. 0 or -errno. */
int where_macs(struct answer_macs *ret);
