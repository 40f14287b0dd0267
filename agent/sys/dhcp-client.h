/* SPDX-License-Identifier: MIT */
/* dhcp-client.h -- the DHCP clients there are, and how their command lines read; for dhcp*.c alone
 */
#pragma once

#include "agent/sys/sys-internal.h"

/* How each program names its interfaces, its lease file and its pid file. */
struct dhcp_client {
	const char *comm;
	bool helpers; /* it has further processes, in its session */
	bool polite;  /* ends at a SIGTERM and leaves address and lease as they are */
	const char *interface_option; /* NULL: a plain word */
	const char *lease_option;     /* NULL: none */
	const char *pid_option;
	const char *valued;    /* options that take the next word, blanks around each */
	const char *leases[5]; /* where else they are; %s: the interface */
	const char *pids[5];
};

/* The client whose processes are called COMM, or NULL. */
const struct dhcp_client *dhcp_client_of(const char *comm);
/* The word after OPTION, or NULL. OPTION NULL is none. */
const char *dhcp_option(char *const *argv, const char *option);
/* ARGV is about interface IFNAME. */
bool dhcp_client_serves(const struct dhcp_client *c, char *const *argv, const char *ifname);
/*
 * The command line by which the dhcpcd with TITLE, after "dhcpcd: ", can be started again; owned.
 * -ENOENT: it is but a helper of one.
 */
int dhcp_argv_of_title(const char *title, char ***ret);

/* dhcp.c: the bytes of a file of process PID. */
int dhcp_read_proc(pid_t pid, const char *file, struct buf *out);
/* dhcp.c: the session of PID, or -1. */
pid_t dhcp_session(pid_t pid);
/* dhcp.c: adds the file if it is there. FORMAT is of our own tables. */
int dhcp_add_file(struct sys *sys, char ***files, const char *format, const char *ifname);
