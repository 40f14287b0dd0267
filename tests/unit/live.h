/* SPDX-License-Identifier: MIT */
/*
 * live.h -- a machine of its own for tests of what is live
 *
 * main() calls live_main() in place of cmocka's runner: the tests run in fresh mount, network, PID,
 * UTS and IPC namespaces with a small /etc and empty /run and /var/lib, and all they started dies
 * with them. Without root, or where namespaces are forbidden, every test is skipped with the
 * reason.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/sys/sys.h"

static const char *live_reason; /* why there is no such machine; NULL if there is one */

static inline int live_setup(void **state)
{
	return sys_open("/", (struct sys **)state);
}

static inline int live_teardown(void **state)
{
	sys_free(*state);
	return 0;
}

#define LIVE_TEST(t) cmocka_unit_test_setup_teardown(t, live_setup, live_teardown)

static inline void live_skip_unless_there(void)
{
	if (!live_reason)
		return;
	print_message("skipped: %s\n", live_reason);
	skip();
}

/* Runs a command line of the test; fails the test if it fails. */
static inline void live_run(const char *command)
{
	int status = system(command);

	if (status)
		fail_msg("%s: status %d", command, status);
}

/* What it prints; owned. */
static inline char *live_output(const char *command)
{
	FILE *f = popen(command, "re");
	char text[8192];
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	pclose(f);
	return strdup(text);
}

static inline void live_assert_output(const char *command, const char *expected)
{
	_cleanup_free_ char *got = live_output(command);

	assert_string_equal(got, expected);
}

/* Tries COMMAND every 20 ms until it succeeds, for 10 s. */
static inline void live_wait(const char *command)
{
	for (int i = 0; i < 500; i++) {
		if (system(command) == 0)
			return;
		usleep(20000);
	}
	fail_msg("%s: never", command);
}

/* Of /etc what programs need that look up users and services, or serve DHCP. */
static inline int live_mount_all(void)
{
	static const char *const copies =
		"mkdir -p /run/etc && cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/protocols "
		"/etc/services /etc/ld.so.cache /run/etc/ 2>/dev/null; "
		"cp -r /etc/alternatives /etc/dhcp /etc/dbus-1 /run/etc/ 2>/dev/null; :";

	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
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

static inline int live_init(int (*run)(void))
{
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (live_mount_all() < 0)
		live_reason = "cannot mount in a namespace";
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		exit(run());
	return live_reap(pid);
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
		_exit(live_init(run));
	/* no way back through exit(): a process that unshared its PIDs cannot look for leaks */
	_exit(live_reap(pid));
}
