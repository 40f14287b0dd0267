/* SPDX-License-Identifier: MIT */
/* once.c -- a pass without a daemon: the supervisor's own program, run once */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "tools/agentctl/once.h"
#include "tools/agentctl/show.h"

/* Where this program lies, without its own name. */
static char *own_directory(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n <= 0 || (size_t)n >= sizeof(path))
		return NULL;
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	return strdup(path);
}

/* Runs ARGV to its end. Its exit code, or -errno if it could not be run or was killed. */
static int run(struct ctl *ctl, char *const *argv)
{
	int status, r;
	pid_t pid;

	fflush(ctl->out);
	r = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECANCELED;
}

int once_run(struct ctl *ctl, const char *flag)
{
	_cleanup_free_ char *dir = own_directory(), *installed = NULL, *beside = NULL,
			    *child = NULL;
	char *argv[16];
	size_t n = 0;
	int r;

	if (dir) {
		installed = str_printf("%s/../sbin/envagentd", dir);
		beside = str_printf("%s/envagentd", dir);
		child = str_printf("%s/envagent-reconcile", dir);
	}
	if (!dir || !installed || !beside || !child) {
		show_error(ctl, NULL, "cannot find out where this program lies");
		return CTL_ERROR;
	}

	argv[n++] = access(installed, X_OK) == 0 ? installed : beside;
	argv[n++] = (char *)"--once";
	if (flag)
		argv[n++] = (char *)flag;
	if (ctl->module) {
		argv[n++] = (char *)"--module";
		argv[n++] = (char *)ctl->module;
	}
	if (ctl->root[0]) {
		argv[n++] = (char *)"--root";
		argv[n++] = (char *)ctl->root;
	}
	if (argv[0] == beside && access(child, X_OK) == 0) {
		argv[n++] = (char *)"--libexec-dir";
		argv[n++] = dir;
	}
	argv[n] = NULL;

	r = run(ctl, argv);
	if (r < 0)
		show_error(ctl, "systemctl start envagent",
			   "no daemon is running, and %s cannot be run: %s", argv[0], strerror(-r));
	return r < 0 ? CTL_NOT_RUNNING : r;
}
