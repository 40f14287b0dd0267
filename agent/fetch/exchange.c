/* SPDX-License-Identifier: MIT */
/* exchange.c -- one question over the network with a deadline: HTTP or DNS */
#include "agent/fetch/exchange.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "agent/base/dnsmsg.h"

uint64_t exchange_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static socklen_t sockaddr_of(const struct where_addr *where, unsigned port,
			     struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)where->addr.family;
	if (where->addr.family == AF_INET) {
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, where->addr.bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons((uint16_t)port);
	in6->sin6_scope_id = where->ifindex;
	memcpy(&in6->sin6_addr, where->addr.bytes, 16);
	return sizeof(*in6);
}

/* A connected, or still connecting, socket. */
static int connect_to(const struct where_addr *where, unsigned port, int type, int *ret)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_storage sa;
	socklen_t len = sockaddr_of(where, port, &sa);

	fd = socket(where->addr.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int wait_for(int fd, short events, uint64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now;
	int n;

	do {
		now = exchange_now();
		if (now >= deadline)
			return -ETIMEDOUT;
		n = poll(&p, 1, (int)((deadline - now + 999) / 1000));
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int finish_connect(int fd, uint64_t deadline)
{
	int error = 0, r;
	socklen_t len = sizeof(error);

	r = wait_for(fd, POLLOUT, deadline);
	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

static int ask(int fd, const struct where_addr *where, unsigned port)
{
	char text[512], host[ADDR_TEXT_MAX];
	bool v6 = where->addr.family == AF_INET6;
	int len;

	addr_format(&where->addr, false, host);
	len = snprintf(text, sizeof(text),
		       "GET /skytap HTTP/1.1\r\n"
		       "Host: %s%s%s:%u\r\n"
		       "User-Agent: envagent/" VERSION "\r\n"
		       "Accept: application/json\r\n"
		       "Connection: close\r\n\r\n",
		       v6 ? "[" : "", host, v6 ? "]" : "", port);

	/* A fresh socket's buffer always holds so little. */
	return send(fd, text, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -errno;
}

static int receive(int fd, uint64_t deadline, struct http *h)
{
	char piece[8192];
	ssize_t n;
	int r;

	for (;;) {
		n = recv(fd, piece, sizeof(piece), 0);
		if (n == 0)
			return http_eof(h);
		if (n > 0) {
			r = http_feed(h, piece, (size_t)n);
			if (r != 0)
				return r < 0 ? r : 0;
			if (exchange_now() >= deadline)
				return -ETIMEDOUT;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = wait_for(fd, POLLIN, deadline);
		if (r < 0)
			return r;
	}
}

int exchange_http(const struct where_addr *where, unsigned port, uint64_t slice, uint64_t deadline,
		  struct http *h)
{
	_cleanup_close_ int fd = -1;
	uint64_t now, half;
	int r;

	r = connect_to(where, port, SOCK_STREAM, &fd);
	if (r < 0)
		return r;
	r = finish_connect(fd, slice);
	if (r < 0)
		return r;
	r = ask(fd, where, port);
	if (r < 0)
		return r;

	now = exchange_now();
	half = now + (deadline > now ? (deadline - now) / 2 : 0);
	return receive(fd, half > slice ? half : slice, h);
}

int exchange_dns(const struct where_addr *server, const char *name, uint64_t deadline,
		 struct where_list *ret)
{
	_cleanup_close_ int fd = -1;
	uint8_t msg[DNS_MSG_MAX];
	struct dnsmsg_answer answer;
	uint16_t id = (uint16_t)(exchange_now() * 2654435761u >> 8);
	ssize_t n;
	int len, r;

	len = dnsmsg_query(id, name, DNS_A, msg);
	if (len < 0)
		return len;
	r = connect_to(server, 53, SOCK_DGRAM, &fd);
	if (r < 0)
		return r;
	if (send(fd, msg, (size_t)len, MSG_NOSIGNAL) < 0)
		return -errno;

	for (;;) {
		r = wait_for(fd, POLLIN, deadline);
		if (r < 0)
			return r;
		n = recv(fd, msg, sizeof(msg), 0);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n < 0)
			return -errno;
		/* Anything that is not the answer is somebody's noise: go on waiting. */
		if (dnsmsg_parse(msg, (size_t)n, id, name, DNS_A, &answer) == 0)
			break;
	}
	for (unsigned i = 0; i < answer.n; i++)
		where_add(ret, &answer.addrs[i], 0);
	return 0;
}
