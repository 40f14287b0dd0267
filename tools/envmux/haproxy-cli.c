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
#define TIMEOUT_SEC 5

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

int haproxy_ask(const char *socket_path, const char *commands, struct buf *out)
{
	_cleanup_free_ char *line = str_printf("%s\n", commands);
	_cleanup_close_ int fd = open_socket(socket_path);
	size_t len, done = 0;
	char part[16384];

	if (!line)
		return -ENOMEM;
	if (fd < 0)
		return fd;
	len = strlen(line);
	while (done < len) {
		ssize_t n = send(fd, line + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		done += (size_t)n;
	}
	out->max = ANSWER_MAX;
	for (;;) {
		ssize_t n = recv(fd, part, sizeof(part), 0);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (n == 0)
			return 0;
		r = buf_add(out, part, (size_t)n);
		if (r < 0)
			return r;
	}
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

int haproxy_do(const char *socket_path, const char *commands, struct buf *out)
{
	int r = haproxy_ask(socket_path, commands, out);

	if (r < 0)
		return r;
	return all_good(out) ? 0 : -EREMOTEIO;
}

long haproxy_worker(const char *socket_path)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	const char *p;
	int r = haproxy_ask(socket_path, "show info", &out);

	if (r < 0)
		return r;
	p = out.data ? strstr(out.data, "\nPid: ") : NULL;
	return p ? strtol(p + 6, NULL, 10) : -EBADMSG;
}
