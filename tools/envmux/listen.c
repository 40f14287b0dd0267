/* SPDX-License-Identifier: MIT */
/* listen.c -- ADDRESS:PORT, where something is served */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/base/cleanup.h"
#include "tools/envmux/listen.h"

int listen_parse(const char *text, struct addr *ret, unsigned *ret_port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
	char host[ADDR_TEXT_MAX];
	unsigned long port;
	char *end;
	int r;

	if (brackets) {
		text++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(host) || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	port = strtoul(colon + 1, &end, 10);
	if (*end || port < 1 || port > 65535)
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	r = addr_parse(host, ret);
	if (r < 0 || ret->prefix >= 0 || (ret->family == AF_INET6) != brackets)
		return -EINVAL;
	*ret_port = (unsigned)port;
	return 0;
}

int listen_free(const char *text)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	_cleanup_close_ int fd = -1;
	struct addr a;
	unsigned port;
	int one = 1, r;

	r = listen_parse(text, &a, &port);
	if (r < 0)
		return r;
	fd = socket(a.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* With this only a socket that listens is in the way, not a connection that has ended. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	memcpy(&v4.sin_addr, a.bytes, 4);
	memcpy(&v6.sin6_addr, a.bytes, 16);
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (a.family == AF_INET)
		r = bind(fd, (struct sockaddr *)&v4, sizeof(v4));
	else
		r = bind(fd, (struct sockaddr *)&v6, sizeof(v6));
	return r < 0 ? -errno : 0;
}
