/* SPDX-License-Identifier: MIT */
/*
 * sys.h -- the whole seam to the machine
 *
 * Every path is absolute and resolved below the root of SYS (openat2, RESOLVE_IN_ROOT), so ".." and
 * links cannot lead out of it. With a root other than "/" the machine itself is never touched: what
 * is live (links, host name, units, processes) reads as empty, and changing it is -EOPNOTSUPP.
 * Functions return 0, 1 for "changed something" where they say so, or -errno; none logs. libnl's
 * codes become errno here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/dnsmsg.h"

struct sys;

/* Opens ROOT ("/" for the machine). */
int sys_open(const char *root, struct sys **ret);
void sys_free(struct sys *sys);
DEFINE_CLEANUP(struct sys *, sys_free)
/* True if the root is the machine's own. */
bool sys_live(const struct sys *sys);

/* ---- files: file.c ---- */

#define SYS_FILE_MAX (8u * 1024 * 1024)

enum sys_kind { SYS_ABSENT, SYS_FILE, SYS_LINK, SYS_DIR, SYS_OTHER };

struct sys_stat {
	enum sys_kind kind;
	mode_t mode; /* permission bits */
	uid_t uid;
	gid_t gid;
	off_t size;
	bool mount_point; /* the file itself is mounted over: it cannot be replaced by rename */
	char *target;	  /* of a link, owned */
};
void sys_stat_done(struct sys_stat *st);

/* What is at PATH itself; a link is not followed. Absent is kind SYS_ABSENT and 0. */
int sys_lstat(struct sys *sys, const char *path, struct sys_stat *ret);
/* There is something at PATH, be it a link that leads nowhere. */
bool sys_exists(struct sys *sys, const char *path);
/* Follows links below the root to the final path; *ret owned. -ENOENT if a parent is missing. */
int sys_realpath(struct sys *sys, const char *path, char **ret);
/* The whole file, at most SYS_FILE_MAX (-EFBIG), links followed. *ret NUL-ended, owned. */
int sys_read(struct sys *sys, const char *path, char **ret, size_t *ret_len);
/* Names in a directory, sorted, without "." and ".."; *ret owned. -ENOENT if there is none. */
int sys_list(struct sys *sys, const char *path, char ***ret);

struct sys_write_opts {
	mode_t mode; /* permission bits for a new file; an existing one gets them too */
	uid_t uid;   /* (uid_t)-1: the former file's, or the caller's */
	gid_t gid;
	bool keep_mode;	 /* an existing file keeps its mode */
	const char *acl; /* of sys_acl(), "" for none; NULL: the former file's. Borrowed */
	bool follow;	 /* a link at PATH is followed, else it is replaced */
};

/*
 * Makes PATH hold exactly these bytes, in one step (a file that was there leaves it its ACL, its
 * security label and its user attributes): a reader, or a boot after a power cut, finds
 * the old file or the new one, never a part (write to a dot file beside it, fsync, rename, fsync of
 * the directory). The parent must exist. Returns 1 if it wrote, 0 if bytes, mode, owner and ACL
 * were already so, -errno with the old file untouched and nothing left beside it: -EBUSY for a
 * mount point, -EROFS, -ENOSPC, -EISDIR.
 */
int sys_write(struct sys *sys, const char *path, const void *data, size_t len,
	      const struct sys_write_opts *opts);
/*
 * The access control list of the file at PATH (a link is not followed), as a text to be compared
 * and to be given to sys_write(); "" if it has none. *ret owned. -ENOENT.
 */
int sys_acl(struct sys *sys, const char *path, char **ret);
/* A symbolic link, in one step like sys_write(). 1 if it changed, 0 if it was so. */
int sys_symlink(struct sys *sys, const char *target, const char *path);
/* Unlinks a file or link. 1 if it did, 0 if there was none. */
int sys_unlink(struct sys *sys, const char *path);
/* Renames within one directory; what is at TO goes. 0, -ENOENT if there is no FROM. */
int sys_rename(struct sys *sys, const char *from, const char *to);
/* Makes PATH and its parents (those with 0755). 1 if it made PATH, 0 if it was a directory. */
int sys_mkdir(struct sys *sys, const char *path, mode_t mode);
/* Gives PATH, no link, to UID and GID; -1 leaves that as it is. */
int sys_chown(struct sys *sys, const char *path, uid_t uid, gid_t gid);
/* Removes an empty directory; 0 too if absent or not empty. */
int sys_rmdir(struct sys *sys, const char *path);
/* Leftover temporaries of sys_write() in directory PATH, from a process that died: removed. */
int sys_clean_temporaries(struct sys *sys, const char *path);
/* SHA-256 of the file at PATH, as sys_read() reads it; errors as there. */
int sys_hash(struct sys *sys, const char *path, char ret[65]);
/* SHA-256 as 64 hex digits. */
void sys_sha256(const void *data, size_t len, char ret[65]);

/* ---- noticing changes: notify.c ---- */

/*
 * A number that is another one after the file at PATH (a link is not followed) was replaced,
 * written, or given another mode, owner or ACL; 0 if there is none.
 */
int sys_stamp(struct sys *sys, const char *path, uint64_t *ret);
/* An inotify descriptor, non-blocking; owned by the caller. */
int sys_notify_open(void);
/* Lets NOTIFY hear of changes of the files in directory DIR: the watch's number, or -errno. */
int sys_notify_add(struct sys *sys, int notify, const char *dir);

/* ---- programs and units: exec.c, unit.c ---- */

struct sys_run_opts {
	uint64_t timeout;	/* usec, required */
	const char *user;	/* NULL: the caller's */
	const char *stdin_text; /* NULL: /dev/null */
	size_t output_max;	/* bytes of stdout+stderr kept; the rest is read and dropped */
};

/*
 * Runs ARGV below the root's own machine, waits, and keeps its output (stdout and stderr together)
 * in OUT (may be NULL). The program leads a session of its own; when the time is up the whole
 * session's process group is killed: -ETIMEDOUT. Returns the exit status 0 to 255, 128+N for a
 * signal, -ENOENT if there is no such program, -ESRCH no such user, -EOPNOTSUPP if not live. What
 * the program left running in the background does not hold the call up.
 */
int sys_run(struct sys *sys, char *const *argv, const struct sys_run_opts *opts, struct buf *out);
/* The same for a command line that a user wrote (run by /bin/sh -c), never inside our own unit:
 * where systemd runs, as a transient service. */
int sys_run_user(struct sys *sys, const char *command, const struct sys_run_opts *opts,
		 struct buf *out);

/*
 * True if systemd starts UNIT at boot: by a link in /etc for multi-user.target or sysinit.target,
 * and it is not masked there. Also of a machine that does not run.
 */
bool sys_unit_enabled(struct sys *sys, const char *unit);
/*
 * True if systemd runs UNIT (its word of that since v235: systemd.exec(5), INVOCATION_ID), and
 * where it is not the init of this machine: nobody knows better then.
 */
bool sys_unit_runs(struct sys *sys, const char *unit);
/* How jobs are run: COMMAND is called with VERB UNIT where systemd does not run; borrowed. */
void sys_set_unit_command(struct sys *sys, const char *command);
/*
 * One unit job and its end: VERB is start, stop, restart, reload, try-restart,
 * reload-or-try-restart. Over D-Bus where systemd runs (/run/systemd/system), where
 * reload leaves a unit alone that does not run, and restarts one that cannot reload; else by the
 * unit command, whose exit codes 4 and 5 say "no such unit". Waits for the job. 0; -ENOENT no such
 * unit; -EIO the job failed, with its words in *ret_words (owned, may be NULL); -ETIMEDOUT;
 * -EOPNOTSUPP if neither way exists.
 *
 * Some programs that are no units are called in the same way, whatever VERB: door.h lists them, all
 * with a colon in their names.
 */
#define SYS_RESOLVCONF_RECORD "/run/envagent/resolvconf" /* what resolvconf:record hands over */
int sys_unit(struct sys *sys, const char *verb, const char *unit, uint64_t timeout,
	     char **ret_words);

/*
 * Where systemd runs, moves process PID, a child, out of our unit into a transient scope called
 * NAME: what ends our unit does not end it. 0 too where systemd does not run.
 */
int sys_scope(struct sys *sys, pid_t pid, const char *name, uint64_t timeout);

/* ---- host name: host.c ---- */

int sys_hostname_get(struct sys *sys, char **ret);
/*
 * Where we may not, systemd-hostnamed does, and it goes by /etc/hostname: that is to be written
 * first. -EBUSY: it set another name.
 */
int sys_hostname_set(struct sys *sys, const char *name);

/* ---- links, addresses, routes: link.c ---- */

struct sys_link {
	int index;
	char name[16];
	uint8_t mac[6];
	bool loopback, up, carrier;
	unsigned mtu;
};
struct sys_addr {
	int index; /* of the link */
	struct addr addr;
	bool permanent; /* valid_lft forever */
	uint32_t valid; /* seconds, when not permanent */
	int scope;	/* RT_SCOPE_* */
};
struct sys_route { /* unicast routes of the main table */
	int index;
	struct addr dst;     /* prefix 0: the default route */
	struct addr gateway; /* family 0: none, on-link */
	uint32_t metric;
	uint8_t protocol; /* RTPROT_* */
	int scope;
};
struct sys_net {
	struct sys_link *links;
	size_t n_links;
	struct sys_addr *addrs;
	size_t n_addrs;
	struct sys_route *routes;
	size_t n_routes;
};

/* Everything at once, each array sorted; empty if not live. */
int sys_net_read(struct sys *sys, struct sys_net *ret);
void sys_net_done(struct sys_net *net);

/* Adds ADDR with lifetime forever, or makes the one that is there permanent. 1 changed, 0 was so.
 */
int sys_addr_set(struct sys *sys, int index, const struct addr *addr);
/* 1 removed, 0 was not there. */
int sys_addr_del(struct sys *sys, int index, const struct addr *addr);
/* Adds or replaces (NLM_F_REPLACE: no moment without it) a route of protocol static. */
int sys_route_set(struct sys *sys, const struct sys_route *route);
/* 1 removed, 0 was not there. */
int sys_route_del(struct sys *sys, const struct sys_route *route);
int sys_link_up(struct sys *sys, int index);
int sys_link_mtu(struct sys *sys, int index, unsigned mtu);

/*
 * All addresses and routes of the link INDEX, with all they say, in OUT (emptied before) as the
 * kernel's messages; but what the kernel gives and takes itself: the link-local address, the table
 * "local".
 */
int sys_net_save(struct sys *sys, int index, struct buf *out);
/*
 * Makes them what they were at sys_net_save(): what is there beside them goes, what is missing
 * comes back, lifetimes as they were then. Goes on after an error and returns the first one.
 */
int sys_net_put_back(struct sys *sys, int index, const void *saved, size_t len);

/* ---- does anybody answer? neighbour.c ---- */

/*
 * Lets the kernel ask for ADDR on the link INDEX, by ARP or ND, whatever it has in its table. 1 if
 * it answered within TIMEOUT usec, with its MAC in RET_MAC (may be NULL); 0 if not.
 */
int sys_neighbour_ask(struct sys *sys, int index, const struct addr *addr, uint64_t timeout,
		      uint8_t ret_mac[6]);
/* 1 if a TCP connection to PORT of ADDR came about within TIMEOUT usec, 0 if not. */
int sys_tcp_ask(struct sys *sys, const struct addr *addr, unsigned port, uint64_t timeout);

/* A non-blocking rtnetlink socket that hears of links, addresses and routes; owned by the caller.
 */
int sys_net_monitor(struct sys *sys);
/* Reads and drops what is pending. 1 if there was anything (an overrun counts), 0 if not. */
int sys_net_monitor_drain(int fd);

/* ---- DHCP clients: dhcp.c ---- */

struct sys_dhcp {
	pid_t pid;
	char program[32]; /* dhclient, dhcpcd, udhcpc */
	char **argv;	  /* how it was started, owned */
	char **leases;	  /* its lease files for that interface, owned; may be empty */
};
/* The client processes, of this PID namespace, that serve interface IFNAME. *ret owned. */
int sys_dhcp_find(struct sys *sys, const char *ifname, struct sys_dhcp **ret, size_t *ret_n);
void sys_dhcp_free(struct sys_dhcp *d, size_t n);
/* D serves IFNAME; "": it names no interface, and serves all. */
bool sys_dhcp_serves(const struct sys_dhcp *d, const char *ifname);
/*
 * Ends that client without letting it release the address (dhclient, which only exits then: TERM,
 * KILL after 2 s; the others KILL; that no script takes the address away is checked by the caller,
 * who sets the address afterwards) and removes its lease files and its pid file. A process that is
 * gone already is no error.
 */
int sys_dhcp_stop(struct sys *sys, const struct sys_dhcp *d);
/*
 * Starts a client again as it was started before, in the background and, where systemd runs, as a
 * transient service: it goes on without us. 0 once it was started, not once it has a lease;
 * -ENOENT: there is no such program (systemd tells that to the journal alone).
 */
int sys_dhcp_start(struct sys *sys, char *const *argv);

/* ---- asking: dns.c ---- */

/*
 * Asks SERVER (port 53, UDP, up to 3 sendings within TIMEOUT usec) one question. 0 with the answer;
 * -ETIMEDOUT, -ECONNREFUSED and other -errno if none came.
 */
int sys_dns_ask(struct sys *sys, const struct addr *server, const char *name, uint16_t type,
		uint64_t timeout, struct dnsmsg_answer *ret);

/* ---- clock ---- */
uint64_t sys_now_realtime(void);
uint64_t sys_now_monotonic(void);
/*
 * For poll(2): the milliseconds from NOW to UNTIL (usec), rounded up; 0 if that is past. What is
 * too long for an int is cut to INT_MAX, not endless: the caller looks at the clock again.
 */
int sys_poll_ms(uint64_t now, uint64_t until);
