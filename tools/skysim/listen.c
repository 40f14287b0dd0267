/* SPDX-License-Identifier: MIT */
/* listen.c -- a listening TCP socket out of "ADDR:PORT" */
#include "tools/skysim/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "agent/base/cleanup.h"

union any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct addr listen_peer(const struct sockaddr *sa)
{
	const union any *u = (const union any *)sa;
	struct addr a = { .prefix = -1 };

	if (sa->sa_family == AF_INET) {
		a.family = AF_INET;
		memcpy(a.bytes, &u->in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		a.family = AF_INET6;
		memcpy(a.bytes, &u->in6.sin6_addr, 16);
	}
	return a;
}

static int parse(const char *spec, union any *ret, socklen_t *ret_len)
{
	const char *colon = strrchr(spec, ':');
	char host[ADDR_TEXT_MAX], *end;
	struct addr a;
	unsigned long port;
	size_t len;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return -EINVAL;
	port = strtoul(colon + 1, &end, 10);
	len = (size_t)(colon - spec);
	if (*end || port > 65535 || len >= sizeof(host))
		return -EINVAL;
	if (len > 2 && spec[0] == '[' && spec[len - 1] == ']') {
		spec++;
		len -= 2;
	}
	snprintf(host, sizeof(host), "%.*s", (int)len, spec);
	if (addr_parse(host, &a) < 0 || a.prefix >= 0)
		return -EINVAL;

	memset(ret, 0, sizeof(*ret));
	if (a.family == AF_INET) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons((uint16_t)port);
		memcpy(&ret->in.sin_addr, a.bytes, 4);
		*ret_len = sizeof(ret->in);
	} else {
		ret->in6.sin6_family = AF_INET6;
		ret->in6.sin6_port = htons((uint16_t)port);
		memcpy(&ret->in6.sin6_addr, a.bytes, 16);
		*ret_len = sizeof(ret->in6);
	}
	return 0;
}

static void write_url(const union any *u, char url[LISTEN_URL_MAX])
{
	struct addr a = listen_peer(&u->sa);
	char text[ADDR_TEXT_MAX];

	/* The port lies in the same place of both forms. */
	snprintf(url, LISTEN_URL_MAX, a.family == AF_INET ? "http://%s:%u" : "http://[%s]:%u",
		 addr_format(&a, false, text), ntohs(u->in.sin_port));
}

int listen_open(const char *spec, char url[LISTEN_URL_MAX])
{
	_cleanup_close_ int fd = -1;
	const int on = 1;
	socklen_t len;
	union any u;
	int r;

	r = parse(spec, &u, &len);
	if (r < 0)
		return r;
	fd = socket(u.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (u.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, &u.sa, len) < 0 || listen(fd, 1024) < 0 || getsockname(fd, &u.sa, &len) < 0)
		return -errno;
	write_url(&u, url);
	return TAKE_FD(fd);
}
