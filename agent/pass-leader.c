/* SPDX-License-Identifier: MIT */
/* pass-leader.c -- how envagent-leader is started, and with which secrets */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/document.h"
#include "agent/pass.h"

#define LEAVE_USEC \
	UINT64_C(3000000) /* it takes two for itself: nobody's shutdown waits for a mux */

bool pass_leader_has(const char *module)
{
	return !strcmp(module, "platform") || !strcmp(module, "balancer");
}

bool pass_leader_due(const struct manager *m)
{
	const struct task *t = &m->task;

	if (!m->config.leader.wanted || !m->leads || t->kind == TASK_RESTORE ||
	    m->opts.mode == MANAGER_ONCE_CHECK)
		return false;
	/* It acts for an environment: without a confirmed identity there is none to act for. */
	if (manager_skytap(m) && !t->found)
		return false;
	return !t->module[0] || pass_leader_has(t->module);
}

/*
 * The secret NAME: what systemd brought, else FILE below our root, which nobody but its owner may
 * read. A descriptor, or -errno.
 */
static int open_credential(const struct manager *m, const char *name, const char *file)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_free_ char *path = dir ? str_printf("%s/%s", dir, name) : NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (path)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0 || !file)
		return fd >= 0 ? TAKE_FD(fd) : -ENOENT;
	free(path);
	path = manager_path(m, file);
	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077))
		return -EPERM;
	return TAKE_FD(fd);
}

/* Those that are there; their names go to ARGV. The number of descriptors in FDS. */
static size_t open_credentials(const struct manager *m, int *fds, const char **argv, size_t *n)
{
	const struct config_leader *l = &m->config.leader;
	size_t opened = 0;

	for (size_t i = 0; i < ARRAY_SIZE(l->names); i++) {
		int fd;

		if (!l->names[i])
			continue;
		fd = open_credential(m, l->names[i], l->files[i]);
		if (fd < 0) {
			log_warning_errno(fd, "Credential %s%s%s cannot be used: %s", l->names[i],
					  l->files[i] ? ", " : "", l->files[i] ?: "",
					  fd == -EPERM ? "others may read it; chmod 600"
						       : strerror(-fd));
			continue;
		}
		fds[opened++] = fd;
		argv[(*n)++] = "--credential";
		argv[(*n)++] = l->names[i];
	}
	return opened;
}

/* What is the same for whatever it is to do; path and limit are the caller's. */
static struct child_opts leader_opts(struct manager *m, const char *const *argv, pass_done done)
{
	return (struct child_opts){
		.argv = (char *const *)argv,
		.document = -1,
		.extra = -1,
		.drop = geteuid() == 0,
		.uid = m->config.leader.uid,
		.gid = m->config.leader.gid,
		.bare = true,
		.done = done,
		.userdata = m,
	};
}

int pass_start_leader(struct manager *m, pass_done done)
{
	const struct task *t = &m->task;
	_cleanup_free_ char *path = str_printf("%s/envagent-leader", m->opts.libexec);
	_cleanup_free_ char *number = str_printf("%u", m->passes);
	const char *argv[24] = { "envagent-leader", "--protocol", PROTOCOL_VERSION, "--pass",
				 number };
	int fds[CHILD_CREDENTIALS_MAX];
	size_t n = 5, n_fds;
	int r;

	if (!path || !number)
		return -ENOMEM;
	if (m->config.leader.no_user)
		return -ESRCH;
	if (strcmp(m->opts.root, "/") != 0) {
		argv[n++] = "--root";
		argv[n++] = m->opts.root;
	}
	if (t->kind == TASK_PLAN)
		argv[n++] = "--plan";
	if (t->module[0]) {
		argv[n++] = "--module";
		argv[n++] = t->module;
	}
	if (t->verb[0]) {
		argv[n++] = "--verb";
		argv[n++] = t->verb;
	}
	if (t->found) {
		argv[n++] = "--from";
		argv[n++] = m->identity.from;
	}
	m->task.brought = document_facts();
	if (m->task.brought < 0)
		return m->task.brought;
	n_fds = open_credentials(m, fds, argv, &n);

	struct child_opts opts = leader_opts(m, argv, done);

	opts.document = t->brought;
	opts.extra = t->facts;
	opts.credentials = fds;
	opts.n_credentials = n_fds;
	opts.limit = m->config.system.pass_limit;
	opts.line = pass_line;
	opts.path = path;
	r = child_start(m->event, &opts, &m->child);
	for (size_t i = 0; i < n_fds; i++)
		safe_close(fds[i]);
	return r;
}

bool pass_start_leave(struct manager *m, pass_done done)
{
	_cleanup_free_ char *path = str_printf("%s/envagent-leader", m->opts.libexec);
	_cleanup_free_ char *kept = manager_path(m, KEPT_LEADER_PATH);
	const char *argv[8] = { "envagent-leader", "--protocol", PROTOCOL_VERSION, "--leave" };
	struct child_opts opts = leader_opts(m, argv, done);

	if (!path || !kept || !m->config.leader.wanted || m->config.leader.no_user)
		return false;
	if (access(kept, F_OK) < 0)
		return false; /* it never led */
	if (strcmp(m->opts.root, "/") != 0) {
		argv[4] = "--root";
		argv[5] = m->opts.root;
	}
	opts.path = path;
	opts.limit = LEAVE_USEC;
	return child_start(m->event, &opts, &m->child) >= 0;
}

void pass_judge_leader(struct manager *m, const struct child_result *result)
{
	const char *next;
	char *crash = pass_crash("envagent-leader", result, m->config.system.pass_limit, &next);
	int r;

	if (!crash && !m->task.ended)
		crash = strdup("protocol: envagent-leader ended without its last line");
	if (!crash) {
		r = document_keep(m->task.brought, m->sys, LEADER_FACTS_PATH);
		if (r < 0)
			log_warning_errno(r, "Cannot write %s: %m", LEADER_FACTS_PATH);
		trouble_clear(&m->leader_trouble);
		return;
	}
	/* The host itself is as the pass before left it. */
	m->task.ended = true;
	snprintf(m->task.result, sizeof(m->task.result), "failed");
	journal_event(m->journal, JOURNAL_CHILD, LOG_ERR, &(struct journal_fields){}, "%s", crash);
	trouble_set(&m->leader_trouble, crash, next);
}
