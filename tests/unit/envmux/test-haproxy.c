/* SPDX-License-Identifier: MIT */
/*
 * test-haproxy.c -- the driver against a real HAProxy, with members on other loopback addresses
 *
 * Every member is a small server of this test that answers with its own name, so that an answer
 * tells who gave it. Skipped, with the reason, where there is no haproxy.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/haproxy.h"

#define HAPROXY "/usr/sbin/haproxy"

/* ---- members ---- */

struct member {
	char name[16];
	int fd;
	unsigned port;
	pthread_t thread;
};

static int listen_on(const char *address, unsigned *ret_port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &sa.sin_addr);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*ret_port = ntohs(sa.sin_port);
	return fd;
}

/* One connection, kept alive; "/slow" is answered after a second. */
static void *serve_connection(void *userdata)
{
	struct {
		int fd;
		const char *name;
	} c = *(typeof(c) *)userdata;
	char request[4096];
	ssize_t n;

	free(userdata);
	while ((n = recv(c.fd, request, sizeof(request) - 1, 0)) > 0) {
		char answer[256];
		int len;

		request[n] = '\0';
		if (strstr(request, "GET /slow"))
			poll(NULL, 0, 1000);
		len = snprintf(answer, sizeof(answer),
			       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(c.name),
			       c.name);
		if (send(c.fd, answer, (size_t)len, MSG_NOSIGNAL) < 0)
			break;
	}
	close(c.fd);
	return NULL;
}

static void *serve(void *userdata)
{
	struct member *m = userdata;
	int fd;

	while ((fd = accept4(m->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct {
			int fd;
			const char *name;
		} *c = malloc(sizeof(*c));
		pthread_t t;

		c->fd = fd;
		c->name = m->name;
		if (pthread_create(&t, NULL, serve_connection, c) != 0)
			break;
		pthread_detach(t);
	}
	return NULL;
}

static void member_start(struct member *m, const char *name)
{
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->fd = listen_on("127.0.0.1", &m->port);
	assert_int_equal(pthread_create(&m->thread, NULL, serve, m), 0);
}

static void member_stop(struct member *m)
{
	if (m->fd <= 0)
		return;
	shutdown(m->fd, SHUT_RDWR);
	pthread_join(m->thread, NULL);
	close(m->fd);
	m->fd = 0;
}

/* ---- the mux ---- */

struct fixture {
	char dir[64];
	struct driver *driver;
	char *none[1], *front[2], *base[2];
	char front_text[32];
	unsigned port;
	struct member a, b;
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct driver_conf conf = { .slots = 64, .spawn = true, .haproxy = (char *)HAPROXY };
	char *error = NULL;
	int fd;

	*state = f;
	if (access(HAPROXY, X_OK) < 0)
		return 0;
	log_set_level(LOG_CRIT);
	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fd = listen_on("127.0.0.1", &f->port);
	close(fd);
	snprintf(f->front_text, sizeof(f->front_text), "127.0.0.1:%u", f->port);
	conf.state_dir = f->dir;
	/* Plain HTTP in front: what is tested here is behind TLS. */
	f->front[0] = f->front_text;
	f->base[0] = (char *)"t.internal";
	conf.front = f->none;
	conf.plain_front = f->front;
	conf.base_domains = f->base;
	assert_int_equal(driver_open(&conf, &f->driver, &error), 0);
	if (driver_start(f->driver, NULL, 0, &error) < 0)
		fail_msg("%s", error);
	member_start(&f->a, "A");
	member_start(&f->b, "B");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	driver_free(f->driver);
	member_stop(&f->a);
	member_stop(&f->b);
	if (*f->dir)
		nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

#define SKIP_WITHOUT_HAPROXY(f)                                              \
	do {                                                                 \
		if (!(f)->driver) {                                          \
			print_message("skipped: there is no " HAPROXY "\n"); \
			skip();                                              \
		}                                                            \
	} while (0)

static int connect_front(struct fixture *f)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port) };
	const struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int send_get(struct fixture *f, const char *label, const char *path)
{
	char request[256];
	int fd = connect_front(f);
	int n = snprintf(request, sizeof(request),
			 "GET %s HTTP/1.1\r\nHost: %s.t.internal\r\nConnection: close\r\n\r\n",
			 path, label);

	if (fd >= 0 && send(fd, request, (size_t)n, MSG_NOSIGNAL) != n) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The status, with the body (or its start) in BODY. */
static int read_answer(int fd, char body[512])
{
	char answer[4096] = "", *p;
	size_t len = 0;
	int status = 0;
	ssize_t n;

	*body = '\0';
	while (fd >= 0 && len < sizeof(answer) - 1 &&
	       (n = recv(fd, answer + len, sizeof(answer) - 1 - len, 0)) > 0)
		len += (size_t)n;
	close(fd);
	answer[len] = '\0';
	if (sscanf(answer, "HTTP/1.%*d %d", &status) != 1)
		return -1;
	p = strstr(answer, "\r\n\r\n");
	snprintf(body, 512, "%s", p ? p + 4 : "");
	return status;
}

static int get(struct fixture *f, const char *label, char body[512])
{
	return read_answer(send_get(f, label, "/"), body);
}

static int set_route(struct fixture *f, const char *label, const struct member *m,
		     enum driver_check check)
{
	struct driver_member member = { .name = (char *)m->name, .port = m->port, .weight = 1 };
	struct driver_route route = {
		.label = (char *)label,
		.monitor = { .check = check, .interval = 1, .fall = 1, .rise = 1 },
		.members = &member,
		.n_members = 1,
	};

	if (check == DRIVER_CHECK_HTTP)
		route.monitor.send = (char *)"/health";
	assert_int_equal(addr_parse("127.0.0.1", &member.addr), 0);
	return driver_set(f->driver, &route, 1);
}

static int drop_route(struct fixture *f, const char *label)
{
	return driver_remove(f->driver, &label, 1);
}

/* Lets the driver do what it does by itself, for MS at the most or until the slot supply is whole.
 */
static void run_driver(struct fixture *f, int ms)
{
	uint64_t until = haproxy_now_ms() + (uint64_t)ms;

	while (haproxy_now_ms() < until) {
		(void)driver_poll(f->driver);
		poll(NULL, 0, 20);
	}
}

/* ---- tests ---- */

static void test_routed_when_set_returns(void **state)
{
	struct fixture *f = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(get(f, "www-1", body), 404);
	assert_non_null(strstr(body, "environment 1"));
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(set_route(f, "www-1", &f->a, DRIVER_CHECK_NONE), 0);
		assert_int_equal(get(f, "www-1", body), 200);
		assert_string_equal(body, "A");
		assert_int_equal(drop_route(f, "www-1"), 0);
		assert_int_equal(get(f, "www-1", body), 404);
	}
}

static void test_split_at_the_last_dash(void **state)
{
	struct fixture *f = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(get(f, "sra-browser-123", body), 404);
	assert_non_null(strstr(body, "environment 123"));
}

static void test_upper_case_host_is_the_same_environment(void **state)
{
	struct fixture *f = *state;
	char body[512];

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(set_route(f, "www-1", &f->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(get(f, "WWW-1", body), 200);
}

/* The trap that decides the design: a slot is taken over while requests of its former tenant run.
 */
static void test_no_answer_of_a_former_tenant(void **state)
{
	struct fixture *f = *state;
	int slow[12];
	char body[512];

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(set_route(f, "www-50", &f->a, DRIVER_CHECK_NONE), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(slow); i++)
		slow[i] = send_get(f, "www-50", "/slow");
	poll(NULL, 0, 100);
	assert_int_equal(drop_route(f, "www-50"), 0);
	for (unsigned i = 0; i < 200; i++) {
		char label[16];

		/* Many environments come: one of them gets that slot as soon as it may. */
		snprintf(label, sizeof(label), "www-%u", 1000 + i % 60);
		assert_int_equal(set_route(f, label, &f->b, DRIVER_CHECK_NONE), 0);
		for (unsigned k = 0; k < 5; k++) {
			assert_int_equal(get(f, label, body), 200);
			assert_string_equal(body, "B");
		}
		(void)driver_poll(f->driver);
		if (i % 60 == 59) {
			for (unsigned k = 0; k < 60; k++) {
				snprintf(label, sizeof(label), "www-%u", 1000 + k);
				assert_int_equal(drop_route(f, label), 0);
			}
			run_driver(f, 300);
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(slow); i++) {
		/* In flight when their environment left: they end, and by their own environment. */
		assert_int_equal(read_answer(slow[i], body), 200);
		assert_string_equal(body, "A");
	}
}

static void test_member_that_is_down_is_left_out(void **state)
{
	struct fixture *f = *state;
	struct driver_member_stats stats;
	char body[512];
	int status = 0;

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(set_route(f, "www-1", &f->a, DRIVER_CHECK_TCP), 0);
	assert_int_equal(get(f, "www-1", body), 200);
	member_stop(&f->a);
	for (unsigned i = 0; i < 200; i++) {
		run_driver(f, 100);
		status = get(f, "www-1", body);
		if (driver_stats(f->driver, "www-1", "A", &stats) == 0 &&
		    !strcmp(stats.status, "down"))
			break;
	}
	assert_string_equal(stats.status, "down");
	status = get(f, "www-1", body);
	assert_int_equal(status, 503);
	assert_non_null(strstr(body, "environment 1"));
}

static void test_http_monitor_comes_with_one_reload(void **state)
{
	struct fixture *f = *state;
	struct driver_member_stats stats = {};
	char body[512];

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(set_route(f, "www-1", &f->a, DRIVER_CHECK_HTTP), 0);
	assert_int_equal(get(f, "www-1", body), 200); /* at once, on a plain slot */
	for (unsigned i = 0; i < 100; i++) {
		run_driver(f, 100);
		assert_int_equal(get(f, "www-1", body), 200);
		if (!haproxy_misplaced(f->driver) && !f->driver->reload_wanted)
			break;
	}
	assert_null(haproxy_misplaced(f->driver));
	assert_int_equal(driver_stats(f->driver, "www-1", "A", &stats), 0);
	assert_string_equal(stats.status, "up");
}

static void wait_for_200(struct fixture *f, const char *label)
{
	char body[512];

	for (unsigned i = 0; i < 300; i++) {
		run_driver(f, 50);
		if (get(f, label, body) == 200)
			return;
	}
	fail_msg("%s is not routed again", label);
}

static void test_killed_haproxy_comes_back_with_every_route(void **state)
{
	struct fixture *f = *state;

	SKIP_WITHOUT_HAPROXY(f);
	assert_int_equal(set_route(f, "www-1", &f->a, DRIVER_CHECK_NONE), 0);
	assert_int_equal(kill((pid_t)f->driver->worker, SIGKILL), 0);
	wait_for_200(f, "www-1");
	assert_int_equal(set_route(f, "www-2", &f->b, DRIVER_CHECK_NONE), 0);
	assert_int_equal(kill(f->driver->child, SIGKILL), 0);
	wait_for_200(f, "www-2");
	wait_for_200(f, "www-1");
}

static void test_supply_grows_before_it_ends(void **state)
{
	struct fixture *f = *state;
	char label[16], body[512];

	SKIP_WITHOUT_HAPROXY(f);
	for (unsigned i = 0; i < 150; i++) {
		snprintf(label, sizeof(label), "www-%u", i);
		assert_int_equal(set_route(f, label, i % 2 ? &f->b : &f->a, DRIVER_CHECK_NONE), 0);
		if (i % 10 == 0)
			run_driver(f, 50);
	}
	for (unsigned i = 0; i < 150; i++) {
		snprintf(label, sizeof(label), "www-%u", i);
		assert_int_equal(get(f, label, body), 200);
		assert_string_equal(body, i % 2 ? "B" : "A");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_routed_when_set_returns),
		TEST(test_split_at_the_last_dash),
		TEST(test_upper_case_host_is_the_same_environment),
		TEST(test_no_answer_of_a_former_tenant),
		TEST(test_member_that_is_down_is_left_out),
		TEST(test_http_monitor_comes_with_one_reload),
		TEST(test_killed_haproxy_comes_back_with_every_route),
		TEST(test_supply_grows_before_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
