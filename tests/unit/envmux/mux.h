/* SPDX-License-Identifier: MIT */
/*
 * mux.h -- the driver with a real HAProxy and two members, "A" and "B"
 *
 * HAProxy is the driver's own (mux_setup), or one that the test starts and ends as a service
 * manager would (mux_setup_unit). Where there is none, m->driver is NULL and tests are skipped.
 */
#pragma once

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/base/log.h"
#include "tests/unit/envmux/net.h"
#include "tools/envmux/haproxy.h"

#define HAPROXY "/usr/sbin/haproxy"

struct mux {
	char dir[64];
	struct driver_conf conf;
	struct driver *driver;
	char *none[1], *front[2], *base[2];
	char front_text[32];
	unsigned port;
	pid_t unit; /* the HAProxy that is not the driver's own */
	struct net_member a, b;
};

#define SKIP_WITHOUT_HAPROXY(m)                                              \
	do {                                                                 \
		if (!(m)->driver) {                                          \
			print_message("skipped: there is no " HAPROXY "\n"); \
			skip();                                              \
		}                                                            \
	} while (0)

static inline int mux_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

/* The driver as a new process has it, over what is on disk. */
static inline void mux_open(struct mux *m, const struct driver_route *routes, size_t n)
{
	_cleanup_free_ char *error = NULL;

	assert_int_equal(driver_open(&m->conf, &m->driver, &error), 0);
	if (driver_start(m->driver, routes, n, &error) < 0)
		fail_msg("%s", error);
}

static inline void mux_make(void **state, bool spawn)
{
	struct mux *m = calloc(1, sizeof(*m));

	*state = m;
	if (access(HAPROXY, X_OK) < 0)
		return;
	log_set_level(LOG_EMERG);
	strcpy(m->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->port = net_free_port();
	snprintf(m->front_text, sizeof(m->front_text), "127.0.0.1:%u", m->port);
	/* Plain HTTP in front: what is tested here is behind TLS. */
	m->front[0] = m->front_text;
	m->base[0] = (char *)"t.internal";
	m->conf = (struct driver_conf){
		.state_dir = m->dir,
		.front = m->none,
		.plain_front = m->front,
		.base_domains = m->base,
		.slots = 64,
		.connections = 1000,
		.spawn = spawn,
		.haproxy = (char *)HAPROXY,
	};
	net_member_start(&m->a, "A");
	net_member_start(&m->b, "B");
	mux_open(m, NULL, 0);
}

static inline int mux_setup(void **state)
{
	mux_make(state, true);
	return 0;
}

static inline int mux_setup_unit(void **state)
{
	mux_make(state, false);
	return 0;
}

static inline void mux_end_unit(struct mux *m, int sig)
{
	if (m->unit <= 0)
		return;
	kill(m->unit, sig);
	waitpid(m->unit, NULL, 0);
	m->unit = 0;
}

static inline int mux_teardown(void **state)
{
	struct mux *m = *state;

	driver_free(m->driver);
	mux_end_unit(m, SIGTERM);
	net_member_stop(&m->a);
	net_member_stop(&m->b);
	if (*m->dir)
		nftw(m->dir, mux_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(m);
	return 0;
}

/* Starts HAProxy on what is on disk, as its unit does. */
static inline void mux_start_unit(struct mux *m)
{
	m->unit = fork();
	if (m->unit == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		execl(HAPROXY, HAPROXY, "-W", "-db", "-S", m->driver->master_socket, "-f",
		      m->driver->cfg, NULL);
		_exit(127);
	}
}

static inline int mux_send(struct mux *m, const char *label, const char *path)
{
	_cleanup_free_ char *host = str_printf("%s.t.internal", label);
	int fd = net_dial(m->port);

	if (fd >= 0 && net_say(fd, "GET", path, host, "Connection: close\r\n", "") < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The status, with the body (or its start) in BODY. Closes FD. */
static inline int mux_hear(int fd, char body[512])
{
	struct net_answer *a = malloc(sizeof(*a));
	int status = fd < 0 ? -1 : net_hear(fd, a);

	snprintf(body, 512, "%s", status < 0 ? "" : a->body);
	free(a);
	if (fd >= 0)
		close(fd);
	return status;
}

static inline int mux_get(struct mux *m, const char *label, char body[512])
{
	return mux_hear(mux_send(m, label, "/"), body);
}

/* A route with one member; MEMBER and ROUTE are filled in. */
static inline void mux_route(const char *label, const struct net_member *to,
			     enum driver_check check, struct driver_member *member,
			     struct driver_route *route)
{
	*member = (struct driver_member){ .name = (char *)to->name, .port = to->port, .weight = 1 };
	assert_int_equal(addr_parse("127.0.0.1", &member->addr), 0);
	*route = (struct driver_route){
		.label = (char *)label,
		.monitor = { .check = check, .interval = 1, .fall = 1, .rise = 1 },
		.members = member,
		.n_members = 1,
	};
	if (check == DRIVER_CHECK_HTTP)
		route->monitor.send = (char *)"/health";
}

/* Lets the driver do what it does by itself, for MS. */
static inline void mux_run(struct mux *m, int ms)
{
	uint64_t until = haproxy_now_ms() + (uint64_t)ms;

	while (haproxy_now_ms() < until) {
		(void)driver_poll(m->driver);
		poll(NULL, 0, 20);
	}
}

/* R, or what became of it with the reload that is under way: as the API answers. */
static inline int mux_followed(struct mux *m, int r)
{
	if (r != -EAGAIN || !driver_reloading(m->driver))
		return r;
	for (unsigned i = 0; i < 600 && driver_reloading(m->driver); i++)
		mux_run(m, 30);
	return m->driver->synced ? 0 : r;
}

static inline int mux_set_now(struct mux *m, const char *label, const struct net_member *to,
			      enum driver_check check)
{
	struct driver_member member;
	struct driver_route route;

	mux_route(label, to, check, &member, &route);
	return driver_set(m->driver, &route, 1);
}

static inline int mux_set(struct mux *m, const char *label, const struct net_member *to,
			  enum driver_check check)
{
	return mux_followed(m, mux_set_now(m, label, to, check));
}

static inline int mux_drop(struct mux *m, const char *label)
{
	return mux_followed(m, driver_remove(m->driver, &label, 1));
}

static inline void mux_wait_for(struct mux *m, const char *label, int status)
{
	char body[512];

	for (unsigned i = 0; i < 600; i++) {
		(void)driver_poll(m->driver);
		if (mux_get(m, label, body) == status)
			return;
		mux_run(m, 30);
	}
	fail_msg("%s does not answer %d", label, status);
}
