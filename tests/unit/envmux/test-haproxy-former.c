/* SPDX-License-Identifier: MIT */
/*
 * test-haproxy-former.c -- what is told to workers that were replaced, and what they do not come to
 * say
 *
 * The master is a stand-in here: a real one cannot be asked to end its worker in the middle of an
 * answer. With a real one: test-haproxy.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tools/envmux/haproxy.h"

#define HEAD "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state\n"
#define SERVER "4 p0 1 s1 10.1.1.1 2 0 1 1 5 1 0 0 0 0 0 0 - 80 - 0 0 - - 0\n"

struct fixture {
	char dir[64];
	struct driver d;
	pid_t pid;
	int said; /* what the master was told, a line each */
};

/* What the master answers: to "show proc", and what its worker 77 has in its map and its servers.
 */
struct master {
	const char *proc, *rows, *servers;
};

static const char *answer_to(const struct fixture *f, const struct master *m, const char *command,
			     char text[256])
{
	if (!strncmp(command, "show proc", 9))
		return m->proc;
	if (strstr(command, "show map /"))
		return m->rows;
	if (strstr(command, "show map")) {
		snprintf(text, 256, "# id (file) description\n2 (%s/routes-3.map) pattern\n\n",
			 f->dir);
		return text;
	}
	return strstr(command, "show servers") ? m->servers : "\n";
}

static _Noreturn void serve(const struct fixture *f, const struct master *m, int listener, int said)
{
	char command[512], text[256];

	for (;;) {
		int fd = accept(listener, NULL, NULL);
		ssize_t n = fd < 0 ? -1 : recv(fd, command, sizeof(command) - 1, 0);
		const char *answer;

		if (n <= 0)
			_exit(1);
		command[n] = '\0';
		answer = answer_to(f, m, command, text);
		if (!strstr(command, "show ") && write(said, command, (size_t)n) < n)
			_exit(1);
		if (send(fd, answer, strlen(answer), 0) < 0)
			_exit(1);
		close(fd);
	}
}

static void start_master(struct fixture *f, const struct master *m)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fds[2];

	strcpy(addr.sun_path, f->d.master_socket);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(pipe(fds), 0);
	f->pid = fork();
	if (f->pid == 0)
		serve(f, m, listener, fds[1]);
	close(listener);
	close(fds[1]);
	f->said = fds[0];
}

/* What it was told, when nothing more comes. */
static const char *told(struct fixture *f, char text[1024])
{
	size_t len = 0;
	ssize_t n;

	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
	f->pid = 0;
	while ((n = read(f->said, text + len, 1023 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(f->said);
	return text;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->d.dir = f->dir;
	f->d.master_socket = str_printf("%s/master.sock", f->dir);
	f->d.former = f->d.former_behind = true;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
		close(f->said);
	}
	unlink(f->d.master_socket);
	rmdir(f->dir);
	free(f->d.master_socket);
	free(f);
	return 0;
}

#define PROC \
	"#<PID> <type>\n1 master\n# workers\n78 worker\n# old workers\n77 worker\n# programs\n\n"
#define ROW "0x55d www-4190101 p0\n"

static void test_what_is_gone_is_gone_there_too(void **state)
{
	const struct master m = { PROC, ROW "\n", HEAD SERVER "\n" };
	struct fixture *f = *state;
	char text[1024], want[256];

	start_master(f, &m);
	haproxy_tell_former(&f->d);
	snprintf(want, sizeof(want),
		 "@!77 del map %s/routes-3.map www-4190101\n@!77 set server p0/s1 state maint\n",
		 f->dir);
	assert_string_equal(told(f, text), want);
	assert_true(f->d.former);
	assert_false(f->d.former_behind);
}

static void test_half_an_answer_ends_nothing(void **state)
{
	const struct master broken[] = {
		{ PROC, "", HEAD SERVER "\n" },
		{ PROC, "0x55d www-41901", HEAD SERVER "\n" },
		{ PROC, "Can't find the target PID matching the prefix '@!77'\n",
		  HEAD SERVER "\n" },
		{ PROC, "\n", HEAD },
		{ "", "\n", HEAD SERVER "\n" },
		{ "#<PID> <type>\n1 master\n", "\n", HEAD SERVER "\n" },
	};
	struct fixture *f = *state;
	char text[1024];

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		start_master(f, &broken[i]);
		haproxy_tell_former(&f->d);
		assert_string_equal(told(f, text), "");
		/* It is asked again. */
		assert_true(f->d.former);
		assert_true(f->d.former_behind);
		unlink(f->d.master_socket);
	}
}

static void test_without_a_former_worker_nobody_is_told(void **state)
{
	const struct master m = { "#<PID> <type>\n1 master\n# workers\n78 worker\n\n", "\n", "\n" };
	struct fixture *f = *state;
	char text[1024];

	start_master(f, &m);
	haproxy_tell_former(&f->d);
	assert_string_equal(told(f, text), "");
	assert_false(f->d.former);
	assert_false(f->d.former_behind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_gone_is_gone_there_too, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_half_an_answer_ends_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_a_former_worker_nobody_is_told, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
