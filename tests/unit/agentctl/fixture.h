/* SPDX-License-Identifier: MIT */
/* fixture.h -- agentctl called by its public door, below a fresh root, its output kept */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/agentctl.h"

struct fixture {
	char root[64];
	char *out, *err; /* of the last call */
	size_t out_len, err_len;
	pid_t server; /* 0: none */
};

/* PATH below the root; good until the next call. */
static inline const char *in_root(struct fixture *f, const char *path)
{
	static char full[512];

	snprintf(full, sizeof(full), "%s%s", f->root, path);
	return full;
}

static inline int fixture_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->root, sizeof(f->root), "%s/ctl.XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->root));
	assert_int_equal(mkdir(in_root(f, "/run"), 0755), 0);
	assert_int_equal(mkdir(in_root(f, RUN_DIR), 0755), 0);
	*state = f;
	return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void stop_server(struct fixture *f)
{
	if (f->server <= 0)
		return;
	kill(f->server, SIGKILL);
	waitpid(f->server, NULL, 0);
	f->server = 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	stop_server(f);
	nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f->out);
	free(f->err);
	free(f);
	return 0;
}

static inline void write_text(struct fixture *f, const char *path, const char *text)
{
	FILE *file = fopen(in_root(f, path), "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Calls agentctl with the NULL-ended words, and the fixture's root; returns its exit code. */
static inline int ctl(struct fixture *f, const char *first, ...)
{
	char *argv[16] = { (char *)"agentctl", (char *)"--root", f->root, (char *)first };
	FILE *out, *err;
	int argc = 4, r;
	va_list ap;

	va_start(ap, first);
	while ((argv[argc] = va_arg(ap, char *)))
		argc++;
	va_end(ap);

	free(f->out);
	free(f->err);
	out = open_memstream(&f->out, &f->out_len);
	err = open_memstream(&f->err, &f->err_len);
	r = ctl_main(argc, argv, out, err);
	fclose(out);
	fclose(err);
	return r;
}

static inline void assert_has(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	print_error("'%s' is not in:\n%s\n", part, text);
	fail();
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (!strstr(text, part))
		return;
	print_error("'%s' is in:\n%s\n", part, text);
	fail();
}

static inline uint64_t usec_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* 0: there is no such process. */
static inline unsigned long long start_of(long pid)
{
	_cleanup_free_ char *path = str_printf("/proc/%ld/stat", pid);
	char text[4096] = "";
	char *p;
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	p = strrchr(text, ')') + 2;
	for (int field = 3; field < 22; field++)
		p = strchr(p, ' ') + 1;
	return strtoull(p, NULL, 10);
}

static inline void boot_id(char ret[64])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	assert_non_null(file);
	assert_non_null(fgets(ret, 64, file));
	fclose(file);
	ret[strcspn(ret, "\n")] = '\0';
}

/*
 * A status file as the daemon writes it; PID stands for the daemon, and 1 for one that is gone: the
 * process that has its number now started at another time. MORE: further keys.
 */
static inline void write_status(struct fixture *f, long pid, const char *state, const char *more)
{
	_cleanup_free_ char *text = NULL;
	char boot[64];

	boot_id(boot);
	text = str_printf(
		"{\"schema\":\"envagent.status/1\",\"version\":\"%s\",\"pid\":%ld,"
		"\"pid_start\":%llu,\"boot_id\":\"%s\",\"fresh_sec\":60,\"state\":\"%s\"%s}",
		VERSION, pid, start_of(pid) + (pid == 1), boot, state, more);
	assert_non_null(text);
	write_text(f, STATUS_PATH ".new", text);
	free(text);
	text = strdup(in_root(f, STATUS_PATH ".new"));
	assert_int_equal(rename(text, in_root(f, STATUS_PATH)), 0);
}

/*
 * A peer on the control socket: takes one call, writes it to /call below the root, answers with the
 * LEN bytes of REPLY, and hangs up, or with HOLD keeps the line open.
 */
static inline void serve(struct fixture *f, const char *reply, size_t len, bool hold)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;
	_cleanup_free_ char *path = strdup(in_root(f, "/call"));
	FILE *call;
	char c;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s%s", f->root, CONTROL_PATH);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	f->server = fork();
	if (f->server == 0) {
		peer = accept(fd, NULL, NULL);
		call = fopen(path, "we");
		while (call && read(peer, &c, 1) == 1 && c != '\0')
			fputc(c, call);
		if (call)
			fclose(call);
		for (ssize_t n; len > 0 && (n = write(peer, reply, len)) > 0; len -= (size_t)n)
			reply += n;
		if (hold)
			pause();
		_exit(0);
	}
	close(fd);
}

/* What the peer was asked, as a JSON object; the caller's. */
static inline struct json_object *served_call(struct fixture *f)
{
	struct json_object *call;

	waitpid(f->server, NULL, 0);
	f->server = 0;
	call = json_object_from_file(in_root(f, "/call"));
	assert_non_null(call);
	return call;
}

#define fixture_test(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
