/* SPDX-License-Identifier: MIT */
/*
 * test-haproxy-cli.c -- the runtime socket of a real HAProxy, and of one that does not answer
 *
 * Skipped, with the reason, where there is no haproxy.
 */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tools/envmux/haproxy.h"

#define HAPROXY "/usr/sbin/haproxy"

struct fixture {
	char dir[64];
	struct driver d;
	pid_t pid;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static void write_text(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->d.dir = f->dir;
	f->d.cfg = str_printf("%s/haproxy.cfg", f->dir);
	f->d.stats_socket = str_printf("%s/stats.sock", f->dir);
	f->d.master_socket = str_printf("%s/master.sock", f->dir);
	*state = f;
	return 0;
}

static int setup_haproxy(void **state)
{
	_cleanup_free_ char *text = NULL, *map = NULL;
	struct fixture *f;

	assert_int_equal(setup(state), 0);
	f = *state;
	if (access(HAPROXY, X_OK) < 0)
		return 0;
	map = haproxy_map(&f->d, 7);
	write_text(map, "\n");
	text = str_printf("global\n\tmaster-worker\n\tstats socket %s mode 600 level admin\n"
			  "defaults\n\tmode http\n\ttimeout client 5s\n\ttimeout server 5s\n"
			  "\ttimeout connect 5s\n"
			  "frontend f\n\tbind unix@%s/front.sock\n"
			  "\tuse_backend %%[req.hdr(host),map_str(%s)]\n"
			  "backend p0\n\tbalance roundrobin\n",
			  f->d.stats_socket, f->dir, map);
	write_text(f->d.cfg, text);
	f->pid = fork();
	if (f->pid == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		execl(HAPROXY, HAPROXY, "-W", "-db", "-S", f->d.master_socket, "-f", f->d.cfg,
		      NULL);
		_exit(127);
	}
	for (unsigned i = 0; i < 500 && haproxy_failed_reloads(&f->d) < 0; i++)
		poll(NULL, 0, 20);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->pid > 0) {
		kill(f->pid, SIGTERM);
		waitpid(f->pid, NULL, 0);
	}
	free(f->d.cfg);
	free(f->d.stats_socket);
	free(f->d.master_socket);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

#define SKIP_WITHOUT_HAPROXY(f)                            \
	do {                                               \
		if ((f)->pid == 0) {                       \
			print_message("no " HAPROXY "\n"); \
			skip();                            \
		}                                          \
	} while (0)

static void test_good_answers_are_known(void **state)
{
	static const char *const good[] = {
		"add server p0/s1 127.0.0.1:1 weight 1 pool-max-conn -1 pool-purge-delay 5s check "
		"inter 2s fall 3 rise 1",
		"enable health p0/s1; enable server p0/s1; set weight p0/s1 5",
		"set server p0/s1 state drain; set server p0/s1 state ready; set server p0/s1 "
		"state "
		"maint",
		"del server p0/s1",
	};
	struct fixture *f = *state;

	SKIP_WITHOUT_HAPROXY(f);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		if (haproxy_do(&f->d, good[i], &out) < 0)
			fail_msg("%s: %s", good[i], out.data);
	}
}

static void test_any_other_answer_is_a_failure(void **state)
{
	static const char *const bad[] = {
		"add server p9/s1 127.0.0.1:1",
		"del server p0/s1",
		"set server p0/s1 state ready",
		"add map /nothing a b",
		"nonsense",
		"show info",
		/* one of many */
		"add server p0/s1 127.0.0.1:1; nonsense; enable server p0/s1",
	};
	struct fixture *f = *state;

	SKIP_WITHOUT_HAPROXY(f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		assert_int_equal(haproxy_do(&f->d, bad[i], &out), -EREMOTEIO);
		assert_true(out.len > 0);
	}
}

static void test_worker_tells_what_it_has_read(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT_HAPROXY(f);
	assert_true(haproxy_worker(&f->d) > 0);
	assert_int_not_equal(haproxy_worker(&f->d), f->pid); /* the master */
	assert_int_equal(haproxy_loaded(&f->d), 7);
	assert_int_equal(haproxy_failed_reloads(&f->d), 0);
}

static void test_master_tells_of_a_failed_reload(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;
	long worker;

	SKIP_WITHOUT_HAPROXY(f);
	worker = haproxy_worker(&f->d);
	write_text(f->d.cfg, "nonsense\n");
	(void)haproxy_ask_at(f->d.master_socket, "reload", &out);
	for (unsigned i = 0; i < 500 && haproxy_failed_reloads(&f->d) <= 0; i++)
		poll(NULL, 0, 20);
	assert_int_equal(haproxy_failed_reloads(&f->d), 1);
	assert_int_equal(haproxy_worker(&f->d), worker);
}

static void test_nobody_there(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(haproxy_ask(&f->d, "show info", &out), -ENOENT);
	assert_true(haproxy_worker(&f->d) < 0);
	assert_int_equal(haproxy_loaded(&f->d), 0);
}

static void test_who_does_not_answer_is_left_alone_for_a_while(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_buf_ struct buf out = BUF_INIT;
	uint64_t before;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", f->d.stats_socket);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(haproxy_ask(&f->d, "show info", &out), -ETIMEDOUT);
	before = haproxy_now_ms();
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(haproxy_ask(&f->d, "show info", &out), -ETIMEDOUT);
	assert_true(haproxy_now_ms() < before + 1500);
}

/* Takes a connection at SOCKET_PATH and has one more byte to say, for half a minute. */
static pid_t hardly_ends(const char *socket_path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 8), 0);
	pid = fork();
	if (pid == 0) {
		int c = accept(fd, NULL, NULL);

		for (unsigned i = 0; i < 300 && send(c, "x", 1, MSG_NOSIGNAL) == 1; i++)
			poll(NULL, 0, 100);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void test_answer_that_hardly_ends_is_given_up(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;

	f->pid = hardly_ends(f->d.stats_socket);
	assert_int_equal(haproxy_ask(&f->d, "show info", &out), -ETIMEDOUT);
	assert_true(out.len > 10);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, setup_haproxy, teardown)
#define WITHOUT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_good_answers_are_known),
		WITH(test_any_other_answer_is_a_failure),
		WITH(test_worker_tells_what_it_has_read),
		WITH(test_master_tells_of_a_failed_reload),
		WITHOUT(test_nobody_there),
		WITHOUT(test_who_does_not_answer_is_left_alone_for_a_while),
		WITHOUT(test_answer_that_hardly_ends_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
