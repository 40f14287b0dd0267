/* SPDX-License-Identifier: MIT */
/*
 * daemon.h -- the real envagentd below a scratch root, with the real envagent-fetch
 *
 * The pass is a shell script where a test is about how children may behave; it notes each call in
 * the file "calls".
 */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "agent/base/json.h"
#include "tests/unit/fetch/service.h"

struct daemon {
	struct service service;
	char build[256];
	char dir[64], root[80], libexec[80], calls[80];
	pid_t pid;
};

#define WAIT_SEC 20

static inline void daemon_file(const struct daemon *d, const char *name, const char *text,
			       mode_t mode)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* The scratch's configuration: checks ten times a second, asks our service only. */
static inline void daemon_conf(const struct daemon *d, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "[System]\nFetchUser=root\n%s\n[Metadata]\nOrder=%s\nPort=%d\nIntervalSec=100ms\n"
		 "TimeoutSec=1s\n",
		 more, d->service.address, d->service.port);
	daemon_file(d, "root/etc/envagent/envagent.conf", text, 0644);
}

#define DAEMON_LINE(module, kind, state, reason)                                            \
	"echo '{\"t\":1,\"module\":\"" module "\",\"kind\":\"" kind "\",\"state\":\"" state \
	"\",\"reason\":\"" reason "\",\"since\":0,\"next\":\"\"}' >&3\n"
#define DAEMON_SETTLED                                                      \
	DAEMON_LINE("metadata", "fact", "value", "fqdn=web-1.cluster.test") \
	DAEMON_LINE("dns", "state", "ready", "12 hosts")                    \
	DAEMON_LINE("pass", "done", "settled", "changes=0")

static inline void daemon_script(const struct daemon *d, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text), "#!/bin/sh\necho \"$*\" >> %s\n%s", d->calls, body);
	daemon_file(d, "libexec/envagent-reconcile", text, 0755);
}

static inline void daemon_start(struct daemon *d)
{
	char program[512], log[128];

	snprintf(program, sizeof(program), "%s/envagentd", d->build);
	snprintf(log, sizeof(log), "%s/log", d->dir);
	d->pid = fork();
	if (d->pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, STDERR_FILENO);
		execl(program, "envagentd", "--root", d->root, "--libexec-dir", d->libexec, NULL);
		_exit(126);
	}
}

static inline int daemon_stop(struct daemon *d, int sig)
{
	int status = -1;

	if (d->pid <= 0)
		return -1;
	kill(d->pid, sig);
	waitpid(d->pid, &status, 0);
	d->pid = 0;
	return status;
}

static inline char *daemon_read(const struct daemon *d, const char *name)
{
	static char text[65536];
	char path[512];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

#define STATUS_FILE "root/run/envagent/status.json"

/* True once the text of file NAME has WORD in it; false when the wait is over. */
static inline bool daemon_wait(const struct daemon *d, const char *name, const char *word)
{
	for (int i = 0; i < WAIT_SEC * 50; i++) {
		if (strstr(daemon_read(d, name), word))
			return true;
		usleep(20000);
	}
	print_message("%s: waited for %s, there is: %s\n", name, word, daemon_read(d, name));
	print_message("log: %s\n", daemon_read(d, "log"));
	return false;
}

/* The host's state and, if not NULL, something in its reason. */
static inline bool daemon_is(const struct daemon *d, const char *state, const char *reason)
{
	for (int i = 0; i < WAIT_SEC * 50; i++) {
		_cleanup_json_ struct json_object *obj = NULL;
		const char *text = daemon_read(d, STATUS_FILE), *s, *why;

		if (json_parse(text, strlen(text), 8, &obj, NULL) == 0 &&
		    json_get_str(obj, "state", &s) == 0 && json_get_str(obj, "reason", &why) == 0 &&
		    !strcmp(s, state) && (!reason || strstr(why, reason)))
			return true;
		usleep(20000);
	}
	print_message("waited for %s (%s), there is: %s\n", state, reason ? reason : "",
		      daemon_read(d, STATUS_FILE));
	print_message("log: %s\n", daemon_read(d, "log"));
	return false;
}

/* Until so many more identity checks have been answered. */
static inline void daemon_checks(struct daemon *d, unsigned n)
{
	unsigned served = d->service.orders->served;

	for (int i = 0; i < WAIT_SEC * 50 && d->service.orders->served < served + n; i++)
		usleep(20000);
	assert_true(d->service.orders->served >= served + n);
}

static inline unsigned daemon_calls(const struct daemon *d)
{
	unsigned n = 0;

	for (const char *p = daemon_read(d, "calls"); (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

/* One call over the control socket; all replies up to the last, NULs as newlines. */
static inline const char *daemon_call(const struct daemon *d, const char *text)
{
	static char reply[65536];
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = WAIT_SEC };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t n;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/run/envagent/control", d->root);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(write(fd, text, strlen(text) + 1), strlen(text) + 1);
	do {
		n = read(fd, reply + len, sizeof(reply) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
		reply[len] = '\0';
		for (size_t i = 0; i < len; i++)
			reply[i] = reply[i] ? reply[i] : '\n';
		/* The last message is the one that does not say "continues". */
	} while (n > 0 && (reply[len - 1] != '\n' || strstr(reply + len - 18, "continues")));
	close(fd);
	return reply;
}

static inline int daemon_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* A fresh scratch; the service is told to be good and runs. */
static inline int daemon_setup(struct daemon *d)
{
	static const char *const dirs[] = { "root",	"root/etc", "root/etc/envagent",
					    "root/run", "root/var", "root/var/lib",
					    "libexec" };
	char from[512], to[512];

	strcpy(d->dir, "/tmp/envagent-test-XXXXXX");
	if (!mkdtemp(d->dir) || chmod(d->dir, 0755) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(to, sizeof(to), "%s/%s", d->dir, dirs[i]);
		if (mkdir(to, 0755) < 0)
			return -1;
	}
	snprintf(d->root, sizeof(d->root), "%s/root", d->dir);
	snprintf(d->libexec, sizeof(d->libexec), "%s/libexec", d->dir);
	snprintf(d->calls, sizeof(d->calls), "%s/calls", d->dir);
	snprintf(from, sizeof(from), "%s/envagent-fetch", d->build);
	snprintf(to, sizeof(to), "%s/envagent-fetch", d->libexec);
	if (symlink(from, to) < 0)
		return -1;
	d->service.orders->mode = SERVICE_GOOD;
	strcpy(d->service.orders->env, "4190101");
	if (service_start(&d->service) < 0)
		return -1;
	daemon_script(d, DAEMON_SETTLED);
	daemon_conf(d, "");
	return 0;
}

static inline int daemon_teardown(struct daemon *d)
{
	daemon_stop(d, SIGKILL);
	service_stop(&d->service);
	return nftw(d->dir, daemon_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Once a test program. */
static inline int daemon_init(struct daemon *d)
{
	char *slash;
	ssize_t n = readlink("/proc/self/exe", d->build, sizeof(d->build) - 1);

	if (n < 0)
		return -1;
	d->build[n] = '\0';
	for (int i = 0; i < 3 && (slash = strrchr(d->build, '/')); i++)
		*slash = '\0';
	return service_init(&d->service);
}

static inline int daemon_group(void **state)
{
	static struct daemon d;

	*state = &d;
	return daemon_init(&d);
}

static inline int daemon_test_setup(void **state)
{
	return daemon_setup(*state);
}

static inline int daemon_test_teardown(void **state)
{
	return daemon_teardown(*state);
}

#define DAEMON_TEST(t) cmocka_unit_test_setup_teardown(t, daemon_test_setup, daemon_test_teardown)

static inline void daemon_need_mac(const struct daemon *d)
{
	if (d->service.mac[0])
		return;
	print_message("skipped: no link with a MAC here, and no right to make one\n");
	skip();
}

static inline void daemon_start_ready(struct daemon *d)
{
	daemon_need_mac(d);
	daemon_start(d);
	assert_true(daemon_is(d, "ready", NULL));
}
