/* SPDX-License-Identifier: MIT */
/* test-sandbox.c -- what is left to a program that listens to strangers */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fetch/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

/* Runs TRY in a process of its own inside the sandbox; true if it came out true. */
static bool inside(bool (*try)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(sandbox_enter() < 0 ? 2 : !try());
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 2);
	return WEXITSTATUS(status) == 0;
}

static bool try_sockets(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}

static bool try_open(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM;
}

static bool try_other_sockets(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM &&
	       socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EPERM;
}

static bool try_exec(void)
{
	return execl("/bin/true", "true", NULL) < 0 && errno == EPERM && fork() < 0;
}

static bool try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		       MAP_FAILED &&
	       mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		       MAP_FAILED;
}

static bool try_kill(void)
{
	return kill(getppid(), 0) < 0;
}

static void need_filter(void)
{
	if (!SANITIZED)
		return;
	print_message("skipped: a sanitizer needs calls that the filter refuses\n");
	skip();
}

static void test_internet_sockets_are_left(void **state)
{
	assert_true(inside(try_sockets));
}

static void test_files_programs_and_other_sockets_are_gone(void **state)
{
	need_filter();
	assert_true(inside(try_open));
	assert_true(inside(try_other_sockets));
	assert_true(inside(try_exec));
	assert_true(inside(try_kill));
}

static void test_memory_is_left_but_no_code(void **state)
{
	need_filter();
	assert_true(inside(try_code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_internet_sockets_are_left),
		cmocka_unit_test(test_files_programs_and_other_sockets_are_gone),
		cmocka_unit_test(test_memory_is_left_but_no_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
