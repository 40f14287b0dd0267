/* SPDX-License-Identifier: MIT */
/* sys-internal.h -- what the files of agent/sys share; nobody else includes it */
#pragma once

#include <fcntl.h>
#include <limits.h>

#include "agent/sys/sys.h"

struct sys {
	int root; /* O_PATH descriptor */
	bool live;
	const char *unit_command; /* borrowed */
};

/* rootpath_open() below the root of SYS. */
int sys_at(struct sys *sys, const char *path, int flags);

/*
 * Opens the directory that holds PATH, links followed, with FLAGS, and copies the last component to
 * NAME. -EINVAL if that is none ("/", ".", "..").
 */
int sys_parent(struct sys *sys, const char *path, int flags, char name[NAME_MAX + 1]);

/* A descriptor's file as sys_read() hands it out. */
int sys_read_fd(int fd, size_t max, char **ret, size_t *ret_len);

/*
 * Gives TO the ACL, the security label and the user's own attributes of FROM, and no other ACL. 0
 * or -errno; a label that may not be set is left out. The mode's group bits are the ACL's mask
 * then.
 */
int sys_copy_xattrs(int from, int to);

/* The ACL of NAME in DIR as sys_acl() has it; *ret owned. */
int sys_acl_at(int dir, const char *name, char **ret);
/* Gives FD the ACL that TEXT, of sys_acl(), says. -EINVAL if it says none. */
int sys_acl_set(int fd, const char *text);

/* True if systemd is the init of this machine (and of this root). */
bool sys_has_systemd(struct sys *sys);

/* sys_run() without the question whether this machine may be touched. */
int sys_spawn(char *const *argv, const struct sys_run_opts *opts, struct buf *out);

/* Reads from FD what is there, keeps up to MAX bytes in OUT. 1 more may come, 0 at the end. */
int sys_drain(int fd, size_t max, struct buf *out);
/* A descriptor from which TEXT can be read, or /dev/null. */
int sys_input(const char *text);
/* A pipe for what a program prints: *RET, read without blocking, and the program's end. */
int sys_output(int *ret, int *ret_far);
