/* SPDX-License-Identifier: MIT */
/* cpu.c -- cpu OUT ROOT COMMAND...: the CPU time of a command and all its descendants */
/*
 * Runs COMMAND below ROOT, waits until it and everything it started has ended, and writes
 * "MICROSECONDS EXITCODE" to OUT. What the shell's own time reserves for children that were not
 * waited for is counted here too: orphans come to us.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_SEC = 300 };

static int fail(const char *what)
{
	fprintf(stderr, "cpu: %s: %s\n", what, strerror(errno));
	return 127;
}

static long long usec(const struct timeval *t)
{
	return t->tv_sec * 1000000ll + t->tv_usec;
}

int main(int argc, char **argv)
{
	int status, code = 127;
	struct rusage used;
	pid_t pid, ended;
	FILE *out;

	if (argc < 4) {
		fputs("usage: cpu OUT ROOT COMMAND...\n", stderr);
		return 2;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return fail("subreaper");

	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (!pid) {
		if (chroot(argv[2]) < 0 || chdir("/") < 0)
			_exit(fail(argv[2]));
		execv(argv[3], argv + 3);
		_exit(fail(argv[3]));
	}
	alarm(LIMIT_SEC);
	while ((ended = wait(&status)) > 0)
		if (ended == pid)
			code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);

	if (getrusage(RUSAGE_CHILDREN, &used) < 0)
		return fail("getrusage");
	out = fopen(argv[1], "we");
	if (!out)
		return fail(argv[1]);
	fprintf(out, "%lld %d\n", usec(&used.ru_utime) + usec(&used.ru_stime), code);
	return fclose(out) ? fail(argv[1]) : 0;
}
