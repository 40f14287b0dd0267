/* SPDX-License-Identifier: MIT */
/* dns.c -- asking one name server one question */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "agent/sys/sys-internal.h"

#define DNS_PORT 53
#define SENDINGS 3

/* Connected, so that a refusal comes back and answers of others do not. */
static int connect_to(const struct addr *server)
{
	_cleanup_close_ int fd = -1;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} sa = {};
	socklen_t len;

	if (server->family == AF_INET) {
		sa.v4.sin_family = AF_INET;
		sa.v4.sin_port = htons(DNS_PORT);
		memcpy(&sa.v4.sin_addr, server->bytes, 4);
		len = sizeof(sa.v4);
	} else if (server->family == AF_INET6) {
		sa.v6.sin6_family = AF_INET6;
		sa.v6.sin6_port = htons(DNS_PORT);
		memcpy(&sa.v6.sin6_addr, server->bytes, 16);
		len = sizeof(sa.v6);
	} else {
		return -EINVAL;
	}
	fd = socket(server->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, &sa.any, len) < 0)
		return -errno;
	return TAKE_FD(fd);
}

/* Waits for the answer until UNTIL. 0 got it, -ETIMEDOUT, -errno. */
static int receive(int fd, uint64_t until, uint16_t id, const char *name, uint16_t type,
		   struct dnsmsg_answer *ret)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint64_t t = sys_now_monotonic();
		uint8_t msg[DNS_MSG_MAX];
		ssize_t n;

		if (t >= until)
			return -ETIMEDOUT;
		if (poll(&p, 1, sys_poll_ms(t, until)) < 0 && errno != EINTR)
			return -errno;
		n = recv(fd, msg, sizeof(msg), 0);
		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR)
				continue;
			return -errno;
		}
		/* what is malformed or answers something else may be a forgery: wait on */
		if (dnsmsg_parse(msg, n, id, name, type, ret) == 0)
			return 0;
	}
}

int sys_dns_ask(struct sys *sys, const struct addr *server, const char *name, uint16_t type,
		uint64_t timeout, struct dnsmsg_answer *ret)
{
	uint64_t start = sys_now_monotonic();
	_cleanup_close_ int fd = -1;
	uint8_t msg[DNS_MSG_MAX];
	uint16_t id;
	int len, r = -ETIMEDOUT;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	len = dnsmsg_query(id, name, type, msg);
	if (len < 0)
		return len;
	fd = connect_to(server);
	if (fd < 0)
		return fd;
	for (int i = 1; i <= SENDINGS && r == -ETIMEDOUT; i++) {
		if (send(fd, msg, len, MSG_NOSIGNAL) < 0)
			return -errno;
		r = receive(fd, start + timeout * i / SENDINGS, id, name, type, ret);
	}
	return r;
}
