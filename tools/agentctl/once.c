/* SPDX-License-Identifier: MIT */
/* once.c -- what needs no daemon: the agent's own programs, run once by us */
#include "tools/agentctl/once.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/base/event.h"
#include "agent/base/protocol.h"
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

/* The program NAME of ours: in FOLDER of an installed tree, or beside us. */
static char *find_program(const char *dir, const char *folder, const char *name)
{
	_cleanup_free_ char *installed = str_printf("%s/../%s/%s", dir, folder, name);

	if (installed && access(installed, X_OK) == 0)
		return TAKE_PTR(installed);
	return str_printf("%s/%s", dir, name);
}

char *once_program(const char *folder, const char *name)
{
	_cleanup_free_ char *dir = own_directory();

	return dir ? find_program(dir, folder, name) : NULL;
}

char *once_children(void)
{
	_cleanup_free_ char *dir = own_directory();
	_cleanup_free_ char *child = dir ? str_printf("%s/envagent-reconcile", dir) : NULL;

	return child && access(child, X_OK) == 0 ? TAKE_PTR(dir) : NULL;
}

/* Where the events of a program go; without it, its output is ours. */
struct follower {
	int (*fn)(void *userdata, struct json_object *event);
	void *userdata;
};

/* What is no event, such as a line that is too long, is left out. */
static void read_events(int fd, const struct follower *to)
{
	FILE *in = fdopen(fd, "re");
	char line[EVENT_LINE_MAX + 1];
	int r = 0;

	if (!in) {
		close(fd);
		return;
	}
	while (fgets(line, sizeof(line), in)) {
		_cleanup_json_ struct json_object *event = NULL;

		if (r >= 0 && json_parse(line, strlen(line), 4, &event, NULL) >= 0)
			r = to->fn(to->userdata, event);
	}
	fclose(in);
}

/* Runs ARGV to its end. Its exit code, or -errno if it could not be run or was killed. */
static int spawn(struct ctl *ctl, char *const *argv, const struct follower *to)
{
	posix_spawn_file_actions_t actions;
	int status, r, pipefd[2] = { -1, -1 };
	pid_t pid;

	fflush(ctl->out);
	if (to && pipe2(pipefd, O_CLOEXEC) < 0)
		return -errno;
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0) {
		r = to ? posix_spawn_file_actions_adddup2(&actions, pipefd[1], STDOUT_FILENO) : 0;
		if (r == 0)
			r = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	safe_close(pipefd[1]);
	if (r != 0) {
		safe_close(pipefd[0]);
		return -r;
	}
	if (to)
		read_events(pipefd[0], to);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECANCELED;
}

/* PROGRAM with ARGS (NULL-ended), and the root of CTL. */
static int run(struct ctl *ctl, char *program, const char *const *args, const struct follower *to)
{
	const char *argv[16] = { program };
	size_t n = 1;
	int r;

	while (*args && n < ARRAY_SIZE(argv) - 3)
		argv[n++] = *args++;
	if (ctl->root[0]) {
		argv[n++] = "--root";
		argv[n++] = ctl->root;
	}
	argv[n] = NULL;
	r = program ? spawn(ctl, (char *const *)argv, to) : -ENOMEM;
	if (r < 0)
		show_error(ctl, "systemctl start envagent",
			   "no daemon is running, and %s cannot be run: %s",
			   program ?: "its program", strerror(-r));
	return r < 0 ? CTL_NOT_RUNNING : r;
}

static char *where(struct ctl *ctl)
{
	char *dir = own_directory();

	if (!dir)
		show_error(ctl, NULL, "cannot find out where this program lies");
	return dir;
}

/* envagentd with FLAGS (NULL-ended), told where its children are if it is not installed. */
static int run_daemon(struct ctl *ctl, const char *const *flags, const struct follower *to)
{
	_cleanup_free_ char *dir = where(ctl), *program = NULL, *children = once_children();
	const char *args[12];
	size_t n = 0;

	if (!dir)
		return CTL_ERROR;
	program = find_program(dir, "sbin", "envagentd");
	while (*flags)
		args[n++] = *flags++;
	if (children) {
		args[n++] = "--libexec-dir";
		args[n++] = children;
	}
	args[n] = NULL;
	return run(ctl, program, args, to);
}

static int run_once(struct ctl *ctl, const char *flag, const char *module,
		    const struct follower *to)
{
	const char *flags[6] = { "--once" };
	size_t n = 1;

	if (flag)
		flags[n++] = flag;
	if (module) {
		flags[n++] = "--module";
		flags[n++] = module;
	}
	if (to)
		flags[n++] = "--json";
	return run_daemon(ctl, flags, to);
}

int once_run(struct ctl *ctl, const char *flag)
{
	return run_once(ctl, flag, ctl->module, NULL);
}

int once_follow(struct ctl *ctl, const char *flag, const char *module,
		int (*fn)(void *userdata, struct json_object *event), void *userdata)
{
	return run_once(ctl, flag, module, &(struct follower){ fn, userdata });
}

int once_check(struct ctl *ctl)
{
	return run_daemon(ctl, (const char *const[]){ "--check", NULL }, NULL);
}

int once_show(struct ctl *ctl)
{
	_cleanup_free_ char *dir = where(ctl), *program = NULL;
	const char *args[] = { "--protocol", PROTOCOL_VERSION, "--show", NULL };

	if (!dir)
		return CTL_ERROR;
	program = find_program(dir, "lib/envagent", "envagent-reconcile");
	return run(ctl, program, args, NULL);
}
