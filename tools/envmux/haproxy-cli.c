/* SPDX-License-Identifier: MIT */
/* haproxy-cli.c -- the runtime socket: one connection a batch, read to its end */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "tools/envmux/haproxy.h"

#define ANSWER_MAX (16u * 1024 * 1024)
#define TIMEOUT_SEC 2
#define ANSWER_MS 6000 /* the whole of it */
#define DEAF_MS 3000

uint64_t haproxy_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int open_socket(const char *path)
{
	const struct timeval limit = { .tv_sec = TIMEOUT_SEC };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

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

int haproxy_ask_at(const char *socket_path, const char *commands, struct buf *out)
{
	_cleanup_free_ char *line = str_printf("%s\n", commands);
	_cleanup_close_ int fd = open_socket(socket_path);
	uint64_t until = haproxy_now_ms() + ANSWER_MS;
	char part[16384];
	int r;

	if (!line)
		return -ENOMEM;
	if (fd < 0)
		return fd;
	r = send_all(fd, line, strlen(line));
	out->max = ANSWER_MAX;
	while (r >= 0) {
		ssize_t n = recv(fd, part, sizeof(part), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n == 0)
			return 0;
		r = haproxy_now_ms() < until ? buf_add(out, part, (size_t)n) : -ETIMEDOUT;
	}
	return r;
}

int haproxy_ask(struct driver *d, const char *commands, struct buf *out)
{
	int r;

	if (haproxy_now_ms() < d->deaf_until)
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

uint64_t haproxy_loaded(struct driver *d)
{
	_cleanup_free_ char *map = str_printf("(%s/routes-", d->dir);
	_cleanup_buf_ struct buf out = BUF_INIT;
	long n;

	if (!map || haproxy_ask(d, "show map", &out) < 0)
		return 0;
	n = number_behind(&out, map);
	return n > 0 ? (uint64_t)n : 0;
}

long haproxy_failed_reloads(struct driver *d)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = haproxy_ask_at(d->master_socket, "show proc", &out);

	return r < 0 ? r : number_behind(&out, "[failed: ");
}
