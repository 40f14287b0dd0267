/* SPDX-License-Identifier: MIT */
/* haproxy-cli.c -- the runtime socket: one connection a batch, read to its end */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "tools/envmux/haproxy.h"

#define ANSWER_MAX (16u * 1024 * 1024)
#define QUIET_MS 2000  /* without a byte */
#define ANSWER_MS 6000 /* the whole of it */
#define DEAF_MS 3000
#define SLOW_MS 500

uint64_t haproxy_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int open_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Nobody takes connections any more if there is no room for one. */
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return TAKE_FD(fd);
}

/* A command line is shorter than what a socket takes at once. */
static int send_all(int fd, const char *text, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = send(fd, text + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		done += (size_t)n;
	}
	/* The master's socket waits for this; the worker's ends by itself. */
	return shutdown(fd, SHUT_WR) < 0 ? -errno : 0;
}

int haproxy_ask_begin(struct asking *a, const char *socket_path, const char *commands)
{
	_cleanup_free_ char *line = str_printf("%s\n", commands);
	_cleanup_close_ int fd = line ? open_socket(socket_path) : -ENOMEM;
	int r = fd < 0 ? fd : send_all(fd, line, strlen(line));

	if (r < 0)
		return r;
	a->on = true;
	a->fd = TAKE_FD(fd);
	a->out.max = ANSWER_MAX;
	a->since = a->heard = haproxy_now_ms();
	return 0;
}

void haproxy_ask_end(struct asking *a)
{
	if (a->on)
		safe_close(a->fd);
	buf_done(&a->out);
	*a = (struct asking){};
}

int haproxy_ask_step(struct asking *a)
{
	char part[16384];
	ssize_t n;
	int r = 0;

	while (r == 0) {
		n = recv(a->fd, part, sizeof(part), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n == 0)
			return 1;
		if (n < 0)
			break;
		a->heard = haproxy_now_ms();
		r = a->heard < a->since + ANSWER_MS ? buf_add(&a->out, part, (size_t)n)
						    : -ETIMEDOUT;
	}
	if (r == 0 && haproxy_now_ms() >= a->heard + QUIET_MS)
		r = -ETIMEDOUT;
	return r;
}

int haproxy_ask_at(const char *socket_path, const char *commands, struct buf *out)
{
	struct asking a = {};
	int r = haproxy_ask_begin(&a, socket_path, commands);

	if (r < 0)
		return r;
	a.out = *out;
	a.out.max = ANSWER_MAX;
	while (r == 0) {
		struct pollfd fd = { a.fd, POLLIN, 0 };

		(void)poll(&fd, 1, QUIET_MS);
		r = haproxy_ask_step(&a);
	}
	*out = a.out;
	a.out = BUF_INIT;
	haproxy_ask_end(&a);
	return r < 0 ? r : 0;
}

bool haproxy_whole(const struct buf *out)
{
	const char *end = out->data ? out->data + out->len : NULL;

	return out->len > 0 && end[-1] == '\n' && (out->len == 1 || end[-2] == '\n');
}

/* It was asked who is there a while ago, and has not said a word. */
static bool silent(const struct driver *d)
{
	struct pollfd fd = { d->watch.fd, POLLIN, 0 };

	return d->watch.on && haproxy_now_ms() > d->watch.since + SLOW_MS && poll(&fd, 1, 0) == 0;
}

int haproxy_ask(struct driver *d, const char *commands, struct buf *out)
{
	int r;

	if (haproxy_now_ms() < d->deaf_until || silent(d))
		return -ETIMEDOUT;
	r = haproxy_ask_at(d->stats_socket, commands, out);
	if (r == -ETIMEDOUT)
		d->deaf_until = haproxy_now_ms() + DEAF_MS;
	return r;
}

/* Answers carry no code: what is not a known word of success is a failure. */
static bool all_good(const struct buf *out)
{
	static const char *const good[] = { "", "New server registered.", "Server deleted." };
	const char *p = out->data;

	while (p && *p) {
		size_t n = strcspn(p, "\n");
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(good); i++)
			known = known || (strlen(good[i]) == n && !strncmp(p, good[i], n));
		if (!known)
			return false;
		p += n + (p[n] == '\n');
	}
	return true;
}

int haproxy_do(struct driver *d, const char *commands, struct buf *out)
{
	int r = haproxy_ask(d, commands, out);

	if (r < 0)
		return r;
	return all_good(out) ? 0 : -EREMOTEIO;
}

/* The number behind WORDS in an answer. */
static long number_behind(const struct buf *out, const char *words)
{
	const char *p = out->data ? strstr(out->data, words) : NULL;

	return p ? strtol(p + strlen(words), NULL, 10) : -EBADMSG;
}

long haproxy_worker(struct driver *d)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = haproxy_ask(d, "show info", &out);

	return r < 0 ? r : number_behind(&out, "\nPid: ");
}

static uint64_t loaded_of(const struct driver *d, const struct buf *out)
{
	_cleanup_free_ char *map = str_printf("(%s/routes-", d->dir);
	long n = map ? number_behind(out, map) : 0;

	return n > 0 ? (uint64_t)n : 0;
}

uint64_t haproxy_loaded(struct driver *d)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	return haproxy_ask(d, "show map", &out) < 0 ? 0 : loaded_of(d, &out);
}

int haproxy_watch(struct driver *d, unsigned every)
{
	uint64_t now = haproxy_now_ms();
	int r = 0;

	if (!d->watch.on) {
		if (now < d->watched_at + every)
			return 0;
		d->watched_at = now;
		r = haproxy_ask_begin(&d->watch, d->stats_socket, "show info;show map");
	}
	if (r == 0)
		r = haproxy_ask_step(&d->watch);
	if (r == 0)
		return 0;
	d->seen = r < 0 ? r : number_behind(&d->watch.out, "\nPid: ");
	d->seen_loaded = r < 0 ? 0 : loaded_of(d, &d->watch.out);
	d->deaf_until = r == -ETIMEDOUT ? haproxy_now_ms() + DEAF_MS : 0;
	haproxy_ask_end(&d->watch);
	return d->seen > 0 ? 1 : (int)d->seen ?: -EBADMSG;
}

long haproxy_failures(const struct buf *out)
{
	return number_behind(out, "[failed: ");
}

long haproxy_failed_reloads(struct driver *d)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = haproxy_ask_at(d->master_socket, "show proc", &out);

	return r < 0 ? r : haproxy_failures(&out);
}
