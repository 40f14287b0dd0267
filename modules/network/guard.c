/* SPDX-License-Identifier: MIT */
/* guard.c -- a process that takes a switch back unless somebody says in time that it holds */
#include "modules/network/guard-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modules/network/note.h"

#define WORDS_MAX 512
#define START_MS 5000
#define SCOPE_USEC 5000000
#define BACK_MS 60000
#define SOCKET 3
#define CONFIRM_MAX (366ull * 24 * 60 * 60 * 1000000)

/* What goes over the socket, one word a packet; the reason follows BACK. */
enum {
	SAY_READY = 'R',
	SAY_COMMITTED = 'C',
	SAY_WAIT = 'W',
	SAY_BACK = 'B',
	SAY_DONE = 'D',
	SAY_PARTLY = 'P', /* done, but not all could be put back */
};

struct guard {
	struct sys *sys;
	struct json_object *cp; /* a reference */
	char id[32];
	uint64_t confirm;
	int socket; /* -1: over */
	pid_t pid;
};

/* ---- the guard itself ---- */

struct watch {
	struct sys *sys;
	const struct guard *g;
	int signals, parent; /* PARENT: of the pass, a pidfd; -1 */
	pid_t pass;
	bool waiting; /* for a person */
	uint64_t until;
};

static _Noreturn void take_back(struct watch *w, const char *reason)
{
	char done = SAY_DONE;
	int r;

	r = guard_file_back(w->sys, w->g->id, w->g->cp, reason, w->waiting, false);
	if (r >= 0) {
		log_warning("The network is as it was before the switch: %s", reason);
	} else if (r != -ECANCELED) {
		log_error_errno(r, "Cannot put back all of the network: %m");
		done = SAY_PARTLY;
	}
	send(SOCKET, &done, 1, MSG_NOSIGNAL);
	_exit(0);
}

/* One that hangs may not come to itself while we put things back. */
static void end_pass(const struct watch *w)
{
	struct pollfd p = { .fd = w->parent, .events = POLLIN };

	if (w->waiting || getppid() != w->pass)
		return;
	kill(w->pass, SIGKILL); /* our parent: the number is its own */
	if (w->parent >= 0)
		poll(&p, 1, START_MS);
}

static void on_time(struct watch *w)
{
	char reason[128];

	snprintf(reason, sizeof(reason),
		 w->waiting ? "nobody confirmed it within %llu s"
			    : "the pass hung and was killed after %llu s",
		 (unsigned long long)(w->g->confirm / 1000000));
	end_pass(w);
	take_back(w, reason);
}

static void on_signal(struct watch *w)
{
	_cleanup_free_ char *path = guard_path(w->g->id, "wait");
	struct signalfd_siginfo si;

	if (read(w->signals, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGTERM)
		take_back(w, "a person, or the end of the system, asked for it");
	if (path && access(path, F_OK) < 0)
		_exit(0);
}

/* False once the pass is gone. */
static bool on_packet(struct watch *w)
{
	char words[WORDS_MAX + 1];
	ssize_t n = recv(SOCKET, words, WORDS_MAX, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n > 0 && words[0] == SAY_COMMITTED)
		_exit(0);
	if (n > 0 && words[0] == SAY_BACK) {
		words[n] = '\0';
		take_back(w, words + 1);
	}
	if (n > 0 && words[0] == SAY_WAIT) {
		w->waiting = true;
		w->until = sys_now_monotonic() + w->g->confirm;
	}
	return n > 0;
}

static _Noreturn void watch(struct watch *w)
{
	bool there = true;

	for (;;) {
		struct pollfd p[2] = { { .fd = w->signals, .events = POLLIN },
				       { .fd = there ? SOCKET : -1, .events = POLLIN } };
		uint64_t now = sys_now_monotonic();

		if (now >= w->until)
			on_time(w);
		if (poll(p, 2, sys_poll_ms(now, w->until)) < 0)
			continue;
		if (p[0].revents)
			on_signal(w);
		if (p[1].revents && there)
			there = on_packet(w);
		if (!there && !w->waiting)
			take_back(w, "the pass was killed in the middle of the switch");
	}
}

static _Noreturn void guard_main(const struct guard *g, int sock, pid_t pass)
{
	struct watch w = { .g = g, .pass = pass, .until = sys_now_monotonic() + g->confirm };
	char ready = SAY_READY;
	sigset_t mask;

	setsid();
	prctl(PR_SET_NAME, "envagent-guard");
	sigfillset(&mask);
	sigdelset(&mask, SIGUSR1);
	sigdelset(&mask, SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	/* of the pass nothing is held open, its events least of all */
	if (dup2(sock, SOCKET) < 0 || close_range(SOCKET + 1, ~0u, 0) < 0 ||
	    fcntl(SOCKET, F_SETFD, FD_CLOEXEC) < 0)
		_exit(1);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	w.signals = signalfd(-1, &mask, SFD_CLOEXEC);
	w.parent = (int)syscall(SYS_pidfd_open, pass, 0);
	if (w.signals < 0 || sys_open("/", &w.sys) < 0 || guard_file_hold(g->id, "open") < 0 ||
	    send(SOCKET, &ready, 1, MSG_NOSIGNAL) != 1)
		_exit(1);
	watch(&w);
}

/* ---- the pass ---- */

/* What the guard says within MS; 0 if nothing. */
static char hear(const struct guard *g, int ms)
{
	struct pollfd p = { .fd = g->socket, .events = POLLIN };
	char said;

	while (poll(&p, 1, ms) < 0)
		if (errno != EINTR)
			return 0;
	return recv(g->socket, &said, 1, MSG_DONTWAIT) == 1 ? said : 0;
}

static void over(struct guard *g)
{
	safe_close(g->socket);
	g->socket = -1;
}

/* It has said or been told its last word. */
static void reap(const struct guard *g)
{
	while (g->pid > 0 && waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int start(struct guard *g)
{
	char scope[64];
	int pair[2], r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	g->socket = pair[0];
	fflush(NULL);
	r = getpid();
	g->pid = pid = fork();
	if (pid == 0)
		guard_main(g, pair[1], r);
	r = pid < 0 ? -errno : 0;
	safe_close(pair[1]);
	if (r < 0)
		return r;
	if (hear(g, START_MS) != SAY_READY)
		return -ECHILD;
	snprintf(scope, sizeof(scope), "envagent-guard-%s.scope", g->id);
	r = sys_scope(g->sys, pid, scope, SCOPE_USEC);
	if (r < 0)
		log_warning_errno(r, "The guard of the switch gets no scope of its own: %m");
	return 0;
}

int guard_start(struct sys *sys, struct json_object *cp, const char *wanted, uint64_t confirm,
		struct guard **ret)
{
	struct guard *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return -ENOMEM;
	*g = (struct guard){ .sys = sys,
			     .confirm = confirm < CONFIRM_MAX ? confirm : CONFIRM_MAX,
			     .socket = -1 };
	g->cp = json_object_get(cp);
	snprintf(g->id, sizeof(g->id), "%llx", (unsigned long long)sys_now_monotonic());
	r = guard_file_write(sys, g->id, cp, wanted);
	if (r >= 0)
		r = start(g);
	if (r < 0) {
		guard_file_unlink(sys, g->id, "open");
		if (g->socket >= 0)
			over(g);
		guard_free(g);
		return r;
	}
	*ret = g;
	return 0;
}

static void say(const struct guard *g, char word, const char *words)
{
	char packet[WORDS_MAX];
	int n = snprintf(packet, sizeof(packet), "%c%s", word, words);

	send(g->socket, packet, n < WORDS_MAX ? (size_t)n : WORDS_MAX - 1, MSG_NOSIGNAL);
}

int guard_commit(struct guard *g)
{
	int r;

	r = guard_file_rename(g->sys, g->id, "open", "kept");
	if (r == -ENOENT)
		return -ECANCELED;
	if (r < 0)
		return r;
	say(g, SAY_COMMITTED, "");
	over(g);
	reap(g);
	guard_file_unlink(g->sys, g->id, "kept");
	return 0;
}

int guard_wait(struct guard *g)
{
	int r;

	r = guard_file_rename(g->sys, g->id, "open", "wait");
	if (r < 0)
		return r == -ENOENT ? -ECANCELED : r;
	say(g, SAY_WAIT, "");
	over(g);
	return 0;
}

int guard_back(struct guard *g, const char *reason)
{
	char said;
	int r;

	say(g, SAY_BACK, reason);
	said = hear(g, BACK_MS);
	over(g);
	if (said) {
		reap(g);
		return said == SAY_PARTLY ? -EIO : 0;
	}
	/* it is dead, or hangs, and is our child: once it is reaped it is our turn alone */
	if (g->pid > 0)
		kill(g->pid, SIGKILL);
	reap(g);
	r = guard_file_back(g->sys, g->id, g->cp, reason, false, true);
	return r == -ECANCELED ? 0 : r;
}

void guard_free(struct guard *g)
{
	if (!g)
		return;
	if (g->socket >= 0)
		guard_back(g, "the pass ended in the middle of the switch");
	json_object_put(g->cp);
	free(g);
}
