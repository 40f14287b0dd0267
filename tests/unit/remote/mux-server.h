/* SPDX-License-Identifier: MIT */
/*
 * mux-server.h -- a balancer of our own on loopback, that fails in one way at one point
 *
 * It plays the conversation of a first registration, a step for each request of it, and keeps what
 * it was asked. It is a real server: a thread with a socket. One connection at a time.
 */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* In the order of the conversation. */
enum step {
	STEP_LOGIN,
	STEP_EXTEND, /* the token's life */
	STEP_READ,   /* the partition, which is not there */
	STEP_PARTITION,
	STEP_OPEN, /* a transaction */
	STEP_MONITOR,
	STEP_POOL,
	STEP_COMMIT,
	N_STEPS,
	STEP_END = N_STEPS, /* of the token; no part of a registration */
	STEP_OTHER,
};

enum fault {
	FAULT_NONE,
	FAULT_DROP_UNREAD, /* the connection ends as the request comes in */
	FAULT_DROP,	   /* ... when it has been read, without an answer */
	FAULT_DROP_HALF,   /* ... in the middle of the answer */
	FAULT_DROP_AFTER,  /* ... after the answer */
	FAULT_401,
	FAULT_404_ABSENT,  /* the object is not there */
	FAULT_404_RESTART, /* the REST front is starting */
	FAULT_404_HTML,
	FAULT_409,
	FAULT_500,
	FAULT_503, /* with Retry-After */
	FAULT_HTML,
	FAULT_EMPTY, /* 200 and nothing */
	FAULT_ARRAY, /* 200 and JSON, but no object */
	N_FAULTS,
};

#define MUX_LOG_MAX 64

/* What happened in one conversation. */
struct mux_seen {
	unsigned connections;
	struct {
		enum step step;
		unsigned connection;
	} log[MUX_LOG_MAX];
	size_t n_log;
	bool committed; /* and said so */
};

struct mux_server {
	int listener, port;
	pthread_t thread;
	pthread_mutex_t lock;
	/* orders */
	enum step at;
	enum fault fault;
	bool once; /* the fault happens only the first time */
	bool stop;
	struct mux_seen seen;
};

struct mux_request {
	char head[4096];
	char method[8], path[256];
	bool in_transaction;
};

static inline enum step mux_step_of(const struct mux_request *r)
{
	static const struct {
		const char *method, *path;
		enum step step;
	} table[] = {
		{ "POST", "/mgmt/shared/authn/login", STEP_LOGIN },
		{ "PATCH", "/mgmt/shared/authz/tokens/", STEP_EXTEND },
		{ "DELETE", "/mgmt/shared/authz/tokens/ABCDEF0123456789", STEP_END },
		{ "GET", "/mgmt/tm/auth/partition/test-123", STEP_READ },
		{ "POST", "/mgmt/tm/auth/partition", STEP_PARTITION },
		{ "PATCH", "/mgmt/tm/transaction/", STEP_COMMIT },
		{ "POST", "/mgmt/tm/transaction", STEP_OPEN },
		{ "POST", "/mgmt/tm/ltm/monitor/http", STEP_MONITOR },
		{ "POST", "/mgmt/tm/ltm/pool", STEP_POOL },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strcmp(table[i].method, r->method) &&
		    !strncmp(table[i].path, r->path, strlen(table[i].path)))
			return table[i].step;
	}
	return STEP_OTHER;
}

static inline bool mux_receive(int fd, struct mux_request *r)
{
	size_t len = 0, body = 0;
	char *end = NULL, *length;

	memset(r, 0, sizeof(*r));
	while (!end) {
		ssize_t n = recv(fd, r->head + len, sizeof(r->head) - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		r->head[len] = '\0';
		end = strstr(r->head, "\r\n\r\n");
	}
	length = strcasestr(r->head, "\r\nContent-Length:");
	if (length && length < end)
		body = strtoul(length + 17, NULL, 10);
	body -= len - (size_t)(end + 4 - r->head) < body ? len - (size_t)(end + 4 - r->head) : body;
	while (body > 0) {
		char rest[1024];
		ssize_t n = recv(fd, rest, body < sizeof(rest) ? body : sizeof(rest), 0);

		if (n <= 0)
			return false;
		body -= (size_t)n;
	}
	r->in_transaction = strcasestr(r->head, "\r\nX-F5-REST-Coordination-Id: 77\r\n");
	return sscanf(r->head, "%7s %255s", r->method, r->path) == 2;
}

static inline void mux_answer(int fd, int status, const char *type, const char *more,
			      const char *body, size_t len)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 %d X\r\nDate: Wed, 01 Jul 2026 10:00:00 GMT\r\n"
			 "Content-Type: %s\r\nContent-Length: %zu\r\n%s\r\n%s",
			 status, type, strlen(body), more, body);

	assert(n > 0 && (size_t)n < sizeof(text));
	(void)!send(fd, text, (size_t)n - (strlen(body) - len), MSG_NOSIGNAL);
}

static inline void mux_json(int fd, int status, const char *body)
{
	mux_answer(fd, status, "application/json", "", body, strlen(body));
}

/* What a balancer that is well says to step S; LEN of its bytes, SIZE_MAX for all. */
static inline void mux_well(struct mux_server *s, int fd, enum step step, size_t len)
{
	static const char *const bodies[] = {
		[STEP_LOGIN] = "{\"token\":{\"token\":\"ABCDEF0123456789\",\"timeout\":1200}}",
		[STEP_EXTEND] = "{\"timeout\":36000}",
		[STEP_READ] = "{\"code\":404,\"message\":\"01020036:3: The requested folder "
			      "(/test-123) was not found.\",\"errorStack\":[],\"apiError\":3}",
		[STEP_PARTITION] = "{\"name\":\"test-123\"}",
		[STEP_OPEN] = "{\"transId\":77,\"state\":\"STARTED\"}",
		[STEP_MONITOR] = "{\"method\":\"POST\"}",
		[STEP_POOL] = "{\"method\":\"POST\"}",
		[STEP_COMMIT] = "{\"transId\":77,\"state\":\"COMPLETED\"}",
		[STEP_END] = "{}",
		[STEP_OTHER] = "{}",
	};
	const char *body = bodies[step];

	if (step == STEP_COMMIT && len >= strlen(body))
		s->seen.committed = true;
	mux_answer(fd, step == STEP_READ ? 404 : 200, "application/json", "", body,
		   len < strlen(body) ? len : strlen(body));
}

/* False: the connection is at its end. */
static inline bool mux_fail(struct mux_server *s, int fd, enum step step)
{
	static const char page[] = "<!DOCTYPE html><html><body>maintenance</body></html>";

	switch (s->fault) {
	case FAULT_DROP:
		return false;
	case FAULT_DROP_HALF:
		mux_well(s, fd, step, 9);
		return false;
	case FAULT_DROP_AFTER:
		mux_well(s, fd, step, SIZE_MAX);
		return false;
	case FAULT_401:
		mux_json(fd, 401, "{\"code\":401,\"message\":\"Authentication failed.\"}");
		break;
	case FAULT_404_ABSENT:
		mux_json(fd, 404,
			 "{\"code\":404,\"message\":\"01020036:3: The object was not "
			 "found.\",\"apiError\":3}");
		break;
	case FAULT_404_RESTART:
		mux_json(fd, 404,
			 "{\"code\":404,\"message\":\"Public URI path not registered: "
			 "/tm\",\"kind\":\":resterrorresponse\"}");
		break;
	case FAULT_404_HTML:
		mux_answer(fd, 404, "text/html", "", page, strlen(page));
		break;
	case FAULT_409:
		mux_json(fd, 409, "{\"code\":409,\"message\":\"01020066:3: already exists\"}");
		break;
	case FAULT_500:
		mux_json(fd, 500, "{\"code\":500,\"message\":\"connection to mcpd was lost\"}");
		break;
	case FAULT_503:
		mux_answer(fd, 503, "application/json", "Retry-After: 7\r\n",
			   "{\"code\":503,\"message\":\"busy\"}", 29);
		break;
	case FAULT_EMPTY:
		mux_answer(fd, 200, "application/json", "", "", 0);
		break;
	case FAULT_ARRAY:
		mux_json(fd, 200, "[1, 2]");
		break;
	default:
		mux_answer(fd, 200, "text/html", "", page, strlen(page));
	}
	return true;
}

static inline bool mux_handle(struct mux_server *s, int fd)
{
	struct mux_request r;
	bool go_on = true;
	enum step step;

	if (s->fault == FAULT_DROP_UNREAD && s->seen.n_log == (size_t)s->at) {
		s->fault = FAULT_NONE; /* a request that was never read is in no log */
		return false;
	}
	if (!mux_receive(fd, &r))
		return false;
	step = mux_step_of(&r);
	/* What belongs in the transaction and does not say so would be done at once. */
	if ((step == STEP_MONITOR || step == STEP_POOL) && !r.in_transaction)
		step = STEP_OTHER;
	if (s->seen.n_log < MUX_LOG_MAX) {
		s->seen.log[s->seen.n_log].step = step;
		s->seen.log[s->seen.n_log++].connection = s->seen.connections;
	}
	if (s->fault != FAULT_NONE && s->fault != FAULT_DROP_UNREAD && step == s->at) {
		go_on = mux_fail(s, fd, step);
		if (s->once)
			s->fault = FAULT_NONE;
	} else {
		mux_well(s, fd, step, SIZE_MAX);
	}
	return go_on;
}

static inline void *mux_serve(void *userdata)
{
	struct mux_server *s = userdata;
	int fd = -1;

	for (;;) {
		struct pollfd p = { fd >= 0 ? fd : s->listener, POLLIN, 0 };
		int ready = poll(&p, 1, 10);

		pthread_mutex_lock(&s->lock);
		if (s->stop)
			break;
		if (ready > 0 && fd < 0) {
			fd = accept(s->listener, NULL, NULL);
			s->seen.connections++;
		} else if (ready > 0 && !mux_handle(s, fd)) {
			close(fd);
			fd = -1;
		}
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static inline int mux_server_start(struct mux_server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	pthread_mutex_init(&s->lock, NULL);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(s->listener, 8) < 0 || getsockname(s->listener, (struct sockaddr *)&a, &len) < 0)
		return -1;
	s->port = ntohs(a.sin_port);
	return pthread_create(&s->thread, NULL, mux_serve, s);
}

static inline void mux_server_stop(struct mux_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

/* Orders for one conversation; what happened before is forgotten. */
static inline void mux_server_order(struct mux_server *s, enum step at, enum fault fault, bool once)
{
	pthread_mutex_lock(&s->lock);
	s->at = at;
	s->fault = fault;
	s->once = once;
	s->seen = (struct mux_seen){};
	pthread_mutex_unlock(&s->lock);
}

static inline struct mux_seen mux_server_seen(struct mux_server *s)
{
	struct mux_seen seen;

	pthread_mutex_lock(&s->lock);
	seen = s->seen;
	pthread_mutex_unlock(&s->lock);
	return seen;
}
