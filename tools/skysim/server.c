/* SPDX-License-Identifier: MIT */
/* server.c -- one thread, one epoll loop, a libmicrohttpd daemon for each address */
#include "tools/skysim/server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

#include "agent/base/log.h"
#include "tools/skysim/exchange.h"
#include "tools/skysim/listen.h"

#define LISTEN_MAX 16
#define CONNECTION_LIMIT 8192
#define CONNECTION_TIMEOUT_SEC 60

struct server {
	struct sim *sim;
	const char *world_file;
	int epoll, signals;
	struct MHD_Daemon *daemons[LISTEN_MAX];
	char urls[LISTEN_MAX][LISTEN_URL_MAX];
	size_t n;
	struct exchange *held;
};

static uint64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- held connections ---- */

static void unhold(struct server *s, struct exchange *x)
{
	for (struct exchange **at = &s->held; *at; at = &(*at)->next) {
		if (*at == x) {
			*at = x->next;
			return;
		}
	}
}

static void hold(struct server *s, struct exchange *x)
{
	x->due = x->answer.delivery == DELIVER_LATE ? now_usec() + ANSWER_LATE_MSEC * 1000ull
						    : UINT64_MAX;
	x->generation = s->sim->faults.generation;
	x->held = true;
	x->next = s->held;
	s->held = x;
	MHD_suspend_connection(x->connection);
}

/*
 * Lets those go on whose time has come; all of them with ALL. Returns whether there were any: they
 * are then answered by the next MHD_run().
 */
static bool release(struct server *s, bool all)
{
	bool any = false;
	unsigned generation = s->sim->faults.generation;
	uint64_t now = now_usec();

	for (struct exchange *x = s->held, *next; x; x = next) {
		next = x->next;
		if (!all && x->due > now && x->generation == generation)
			continue;
		unhold(s, x);
		MHD_resume_connection(x->connection);
		any = true;
	}
	return any;
}

/* ---- requests ---- */

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *c, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **state)
{
	struct exchange *x = *state;
	struct server *s = userdata;
	bool wait;

	if (!x) {
		*state = exchange_new(c);
		return *state ? MHD_YES : MHD_NO;
	}
	if (*upload_len) {
		*upload_len = 0; /* no request here needs its body */
		return MHD_YES;
	}
	if (!x->answered && exchange_answer(x, s->sim, method, path) < 0)
		return MHD_NO;
	wait = x->answer.delivery == DELIVER_HELD || x->answer.delivery == DELIVER_LATE;
	if (!wait || x->held)
		return exchange_send(x);
	hold(s, x);
	return MHD_YES;
}

static void on_completed(void *userdata, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode code)
{
	unhold(userdata, *state);
	exchange_free(*state);
	*state = NULL;
}

/* ---- the loop ---- */

static void reload(struct server *s)
{
	_cleanup_free_ char *why = NULL;
	struct world *w;
	int r;

	r = world_load(s->world_file, &w, &why);
	if (r < 0) {
		log_error("The old world stays: %s", why ?: strerror(-r));
		return;
	}
	world_free(s->sim->world);
	s->sim->world = w;
	log_notice_errno(0, "Read %s again: %zu environments", s->world_file, w->n_envs);
}

/* 1 if it is time to end. */
static int on_signal(struct server *s)
{
	struct signalfd_siginfo info;

	if (read(s->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	if (info.ssi_signo != SIGHUP)
		return 1;
	reload(s);
	return 0;
}

/* Milliseconds until somebody wants to be run again, -1 for never. */
static int next_timeout(const struct server *s)
{
	uint64_t best = UINT64_MAX, now = now_usec();

	for (size_t i = 0; i < s->n; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(s->daemons[i], &ms) == MHD_YES && ms < best)
			best = ms;
	}
	for (const struct exchange *x = s->held; x; x = x->next) {
		if (x->due != UINT64_MAX) {
			uint64_t ms = x->due > now ? (x->due - now) / 1000 + 1 : 0;

			best = ms < best ? ms : best;
		}
	}
	return best == UINT64_MAX ? -1 : best < 60000 ? (int)best : 60000;
}

int server_run(struct server *s)
{
	struct epoll_event events[8];

	for (;;) {
		int n = epoll_wait(s->epoll, events, ARRAY_SIZE(events), next_timeout(s));

		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++)
			if (events[i].data.fd == s->signals && on_signal(s))
				return 0;
		release(s, false);
		/* What is asked here may change a knob. */
		do
			for (size_t i = 0; i < s->n; i++)
				MHD_run(s->daemons[i]);
		while (release(s, false));
	}
}

/* ---- beginning and end ---- */

static int watch(struct server *s, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

static int add_daemon(struct server *s, const char *spec)
{
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *d;
	int fd;

	if (s->n == LISTEN_MAX)
		return -E2BIG;
	fd = listen_open(spec, s->urls[s->n]);
	if (fd < 0)
		return fd;
	d = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
			     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
			     (unsigned)CONNECTION_LIMIT, MHD_OPTION_CONNECTION_TIMEOUT,
			     (unsigned)CONNECTION_TIMEOUT_SEC, MHD_OPTION_NOTIFY_COMPLETED,
			     on_completed, s, MHD_OPTION_END);
	if (!d) {
		safe_close(fd);
		return -EIO;
	}
	s->daemons[s->n++] = d;
	info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD);
	return watch(s, info->epoll_fd);
}

static int add_signals(struct server *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? -errno : watch(s, s->signals);
}

int server_new(struct sim *sim, const char *world_file, char *const *listen, struct server **ret,
	       char **ret_error)
{
	_cleanup_(server_freep) struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->sim = sim;
	s->world_file = world_file;
	s->signals = -1;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = s->epoll < 0 ? -errno : add_signals(s);
	for (size_t i = 0; r >= 0 && listen[i]; i++) {
		r = add_daemon(s, listen[i]);
		if (r < 0)
			*ret_error = str_printf("Cannot listen on %s: %s", listen[i],
						r == -EINVAL ? "ADDRESS:PORT is expected"
							     : strerror(-r));
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

const char *server_url(const struct server *s, size_t i)
{
	return i < s->n ? s->urls[i] : NULL;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	/* The library refuses to stop while a connection is suspended. */
	release(s, true);
	for (size_t i = 0; i < s->n; i++)
		MHD_stop_daemon(s->daemons[i]);
	if (s->signals >= 0)
		safe_close(s->signals);
	if (s->epoll >= 0)
		safe_close(s->epoll);
	free(s);
}
