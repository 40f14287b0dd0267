/* SPDX-License-Identifier: MIT */
/* dhcp-client.h -- the DHCP clients there are, and how their command lines read; for dhcp.c alone
 */
#pragma once

#include <stdbool.h>

/* How each program names its interfaces, its lease file and its pid file. */
struct dhcp_client {
	const char *comm;
	bool polite; /* ends at a SIGTERM and leaves address and lease as they are */
	const char *interface_option; /* NULL: a plain word */
	const char *lease_option;     /* NULL: none */
	const char *pid_option;
	const char *valued;    /* options that take the next word, blanks around each */
	const char *leases[5]; /* where else they are; %s: the interface */
	const char *pids[3];
};

/* The client whose processes are called COMM, or NULL. */
const struct dhcp_client *dhcp_client_of(const char *comm);
/* The word after OPTION, or NULL. OPTION NULL is none. */
const char *dhcp_option(char *const *argv, const char *option);
/* ARGV is about interface IFNAME. */
bool dhcp_client_serves(const struct dhcp_client *c, char *const *argv, const char *ifname);
