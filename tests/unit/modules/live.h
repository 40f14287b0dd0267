/* SPDX-License-Identifier: MIT */
/*
 * live.h -- a machine of its own for tests of what is live: namespaces with empty /etc, /run, /var
 *
 * main() calls live_main() in place of cmocka's runner. Nothing of the real machine is touched, and
 * all that was started dies with the PID namespace. Without root, or where namespaces are
 * forbidden, every test is skipped with the reason.
 */
#pragma once

#include "tests/unit/modules/scratch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* The leak checker cannot trace a process of this PID namespace. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static const char *live_reason; /* why there is no such machine; NULL if there is one */

/* Runs a command line of the test; fails the test if it fails. */
static inline void live_run(const char *command)
{
	int status = system(command);

	if (status)
		fail_msg("%s: status %d", command, status);
}

/* Its output, one line; owned. */
static inline char *live_output(const char *command)
{
	FILE *f = popen(command, "re");
	char line[4096];
	size_t n;

	assert_non_null(f);
	n = fread(line, 1, sizeof(line) - 1, f);
	line[n] = '\0';
	pclose(f);
	return strdup(line);
}

static inline void live_skip_unless_there(void)
{
	if (!live_reason)
		return;
	print_message("skipped: %s\n", live_reason);
	skip();
}

static inline int live_mount_all(void)
{
	static const char *const copies = "mkdir -p /run/etc && cp /etc/passwd /etc/group "
					  "/etc/nsswitch.conf /etc/protocols /etc/services "
					  "/etc/ld.so.cache /run/etc/ 2>/dev/null; "
					  "cp -r /etc/alternatives /etc/dhcp /run/etc/ "
					  "2>/dev/null; :";

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0 ||
	    system(copies) != 0 || mount("/run/etc", "/etc", NULL, MS_BIND, NULL) < 0 ||
	    mount("tmpfs", "/var/lib", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		return -errno;
	return system("mkdir -p /var/lib/dhcp /var/lib/misc && : >/etc/fstab && ip link set lo up")
		       ? -EIO
		       : 0;
}

/* PID 1 of the namespace only collects the dead: what daemonizes is its child. */
static inline int live_reap(pid_t child)
{
	int status;
	pid_t pid;

	while ((pid = wait(&status)) != child)
		if (pid < 0 && errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static inline int live_child(int (*run)(void))
{
	pid_t pid;

	if (live_mount_all() < 0)
		live_reason = "cannot mount in a namespace";
	fflush(NULL);
	pid = fork();
	return pid == 0 ? run() : live_reap(pid);
}

static inline int live_main(int (*run)(void))
{
	pid_t pid;

	if (geteuid() != 0)
		live_reason = "needs root";
	else if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) <
		 0)
		live_reason = "namespaces are forbidden here";
	if (live_reason)
		return run();
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid == 0)
		_exit(live_child(run));
	return live_reap(pid);
}
