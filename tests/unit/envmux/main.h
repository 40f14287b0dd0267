/* SPDX-License-Identifier: MIT */
/* main.h -- the whole program, with a folder and members of its own */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/envmux/net.h"

#define ENVS 60

struct fixture {
	char dir[64], program[512];
	unsigned api, front;
	pid_t pid;
	struct net_member members[ENVS + 1];
	unsigned port; /* of all members */
	/* by the writer */
	volatile unsigned begun, n_acked;
	volatile bool acked[ENVS + 1];
	volatile bool stop;
};

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static inline uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *build = getenv("ENVAGENT_BUILD") ?: "build";

	*state = f;
	snprintf(f->program, sizeof(f->program), "%s/envmux", build);
	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->api = net_free_port();
	f->front = net_free_port();
	return 0;
}

static inline void end_mux(struct fixture *f, int sig)
{
	if (f->pid <= 0)
		return;
	kill(f->pid, sig);
	waitpid(f->pid, NULL, 0);
	f->pid = 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	end_mux(f, SIGTERM);
	for (unsigned i = 1; i <= ENVS; i++)
		net_member_stop(&f->members[i]);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

#define SKIP_WITHOUT_PROGRAMS(f)                                                               \
	do {                                                                                   \
		if (access((f)->program, X_OK) < 0 || access("/usr/sbin/haproxy", X_OK) < 0 || \
		    system("openssl version >/dev/null && curl --version >/dev/null") != 0) {  \
			print_message("skipped: %s, haproxy, openssl or curl is missing\n",    \
				      (f)->program);                                           \
			skip();                                                                \
		}                                                                              \
	} while (0)

/* Starts ARGV; its output and errors are read into TEXT until it says "ready" or ends. */
static inline pid_t start(char *const argv[], char *text, size_t size)
{
	int pipes[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	close(pipes[1]);
	*text = '\0';
	while (!strstr(text, "ready ") && len < size - 1 &&
	       (n = read(pipes[0], text + len, size - 1 - len)) > 0) {
		len += (size_t)n;
		text[len] = '\0';
	}
	/* Later lines go nowhere, and nobody is killed by them. */
	if (strstr(text, "ready "))
		(void)fcntl(pipes[0], F_SETFD, 0);
	else
		close(pipes[0]);
	return pid;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
