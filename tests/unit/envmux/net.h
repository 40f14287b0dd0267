/* SPDX-License-Identifier: MIT */
/*
 * net.h -- small servers that say who they are, and HTTP by hand
 *
 * A member answers every request with its own name, so that an answer tells who gave it.
 */
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cmocka.h>

#include "agent/base/buf.h"

#define NET_LIMIT_SEC 20

/* ---- members ---- */

struct net_member {
	char name[16];
	int fd;
	unsigned port;
	pthread_t thread;
};

/* At *PORT; where that is 0, at any, which is written there. */
static inline int net_listen(const char *address, unsigned *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	assert_int_equal(inet_pton(AF_INET, address, &sa.sin_addr), 1);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

struct net_connection {
	int fd;
	char name[16];
};

/* One connection, kept alive; "/slow" is answered after a second. */
static inline void *net_serve_connection(void *userdata)
{
	struct net_connection *c = userdata;
	char request[4096], answer[256];
	ssize_t n;

	while ((n = recv(c->fd, request, sizeof(request) - 1, 0)) > 0) {
		int len;

		request[n] = '\0';
		if (strstr(request, "GET /slow"))
			poll(NULL, 0, 1000);
		len = snprintf(answer, sizeof(answer),
			       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(c->name),
			       c->name);
		if (send(c->fd, answer, (size_t)len, MSG_NOSIGNAL) < 0)
			break;
	}
	close(c->fd);
	free(c);
	return NULL;
}

static inline void *net_serve(void *userdata)
{
	struct net_member *m = userdata;
	int fd;

	while ((fd = accept4(m->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct net_connection *c = calloc(1, sizeof(*c));
		pthread_t t;

		c->fd = fd;
		strcpy(c->name, m->name);
		if (pthread_create(&t, NULL, net_serve_connection, c) != 0)
			break;
		pthread_detach(t);
	}
	return NULL;
}

/* PORT 0: any; the one it has is in M. */
static inline void net_member_start_at(struct net_member *m, const char *name, const char *address,
				       unsigned port)
{
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->port = port;
	m->fd = net_listen(address, &m->port);
	assert_int_equal(pthread_create(&m->thread, NULL, net_serve, m), 0);
}

static inline void net_member_start(struct net_member *m, const char *name)
{
	net_member_start_at(m, name, "127.0.0.1", 0);
}

static inline void net_member_stop(struct net_member *m)
{
	if (m->fd <= 0)
		return;
	shutdown(m->fd, SHUT_RDWR);
	pthread_join(m->thread, NULL);
	close(m->fd);
	m->fd = 0;
}

/* ---- clients ---- */

static inline unsigned net_free_port(void)
{
	unsigned port = 0;

	close(net_listen("127.0.0.1", &port));
	return port;
}

/* A connection to 127.0.0.1, or -1. */
static inline int net_dial(unsigned port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct timeval limit = { .tv_sec = NET_LIMIT_SEC };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One answer. */
struct net_answer {
	char text[65536]; /* head and body */
	const char *body;
};

/* The status of the answer that comes on FD; -1 if none does. */
static inline int net_hear(int fd, struct net_answer *a)
{
	size_t len = 0, want = SIZE_MAX;
	char *end = NULL, *at;
	int status = 0;

	a->text[0] = '\0';
	while (len < want && len < sizeof(a->text) - 1) {
		ssize_t n = recv(fd, a->text + len, sizeof(a->text) - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		a->text[len] = '\0';
		end = end ?: strstr(a->text, "\r\n\r\n");
		at = strcasestr(a->text, "\r\nContent-Length: ");
		if (end && at && at < end)
			want = (size_t)(end + 4 - a->text) + strtoul(at + 18, NULL, 10);
	}
	a->body = end ? end + 4 : "";
	return sscanf(a->text, "HTTP/1.1 %d", &status) == 1 ? status : -1;
}

/* Sends one request on FD; 0, or -1 if the connection is gone. */
static inline int net_say(int fd, const char *method, const char *path, const char *host,
			  const char *headers, const char *body)
{
	_cleanup_free_ char *text =
		str_printf("%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n%s", method,
			   path, host, headers, strlen(body), body);

	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text) ? 0 : -1;
}
