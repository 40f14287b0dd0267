/* SPDX-License-Identifier: MIT */
/* seal.c -- the verb seal: nothing of this host's own is left for those that are copied from it */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "tools/agentctl/capture.h"
#include "tools/agentctl/daemon.h"
#include "tools/agentctl/show.h"

#define DEPTH_MAX 16
#define STOP_TRIES 6 /* of CAPTURE_SEC: the service manager's own limit is within */

static int remove_entry(int dir, const char *name, unsigned depth);

/* All in the directory FD, which is closed. What cannot go is the error, the others go. */
static int remove_in(int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int r = 0, q;

	if (!dir) {
		r = -errno;
		safe_close(fd);
		return r;
	}
	while ((e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		q = remove_entry(dirfd(dir), e->d_name, depth);
		r = r < 0 ? r : q;
	}
	closedir(dir);
	return r;
}

/* A link goes, never what is behind it: one of the folders is another user's. */
static int remove_entry(int dir, const char *name, unsigned depth)
{
	int fd, r;

	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = depth == 0 ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return depth == 0 ? -ELOOP : -errno;
	r = remove_in(fd, depth - 1);
	if (r < 0)
		return r;
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* The folder stays, it is the package's. */
static int empty(struct ctl *ctl, const char *path)
{
	_cleanup_free_ char *full = str_printf("%s%s", ctl->root, path);
	int fd, r;

	if (!full)
		return -ENOMEM;
	fd = open(full, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = remove_in(fd, DEPTH_MAX);
	if (r < 0)
		show_error(ctl, NULL, "cannot empty %s: %s", full, strerror(-r));
	return r;
}

/* By the service manager; who has none stops it himself. */
static void stop(struct ctl *ctl)
{
	static const char *const argv[] = { "systemctl", "stop", "envagent.service", NULL };
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(4096);

	if (ctl->root[0] || access("/run/systemd/system", F_OK) < 0)
		return;
	for (int i = 0; i < STOP_TRIES && capture(argv, &out) == -ETIMEDOUT; i++)
		;
}

/* Otherwise it would write again. */
static bool stopped(struct ctl *ctl)
{
	_cleanup_daemon_ struct daemon d = {};

	if (daemon_read(ctl, &d) < 0)
		return false;
	if (d.state != DAEMON_RUNNING && d.state != DAEMON_SILENT)
		return true;
	show_error(ctl, "systemctl stop envagent; agentctl seal",
		   "the agent still runs; it rests, and what it remembers is still there");
	return false;
}

int ctl_seal(struct ctl *ctl)
{
	static const char *const folders[] = { STATE_DIR, LEADER_STATE_DIR };
	int code, r = 0;

	code = ctl_restore(ctl);
	if (code != CTL_READY && code != CTL_DEGRADED) {
		show_error(ctl, "agentctl restore",
			   "this host is not as it was before the agent, so it is not sealed");
		return code;
	}
	stop(ctl);
	if (!stopped(ctl))
		return CTL_ERROR;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		int q = empty(ctl, folders[i]);

		r = r < 0 ? r : q;
	}
	if (r < 0)
		return CTL_ERROR;
	fputs("the agent is stopped and remembers nothing; it begins anew at the next boot\n",
	      ctl->out);
	return code;
}
