/* SPDX-License-Identifier: MIT */
/* client.c -- one call over the daemon's control socket */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/buf.h"
#include "agent/base/protocol.h"
#include "tools/agentctl/client.h"

#define INTERFACE "io.envagent."
#define MESSAGE_MAX (1024 * 1024)
#define MESSAGE_DEPTH 16

struct client {
	int fd;
	uint64_t end;	/* monotonic usec */
	struct buf in;	/* read, not yet taken */
	size_t scanned; /* so far of IN there is no NUL */
};

static uint64_t now_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	safe_close(c->fd);
	buf_done(&c->in);
	free(c);
}

/* Waits until the socket is ready for EVENTS. */
static int client_poll(struct client *c, short events)
{
	struct pollfd p = { .fd = c->fd, .events = events };
	uint64_t now;
	int r;

	do {
		now = now_monotonic();
		if (now >= c->end)
			return -ETIMEDOUT;
		r = poll(&p, 1,
			 (c->end - now) / 1000 < 60000 ? (int)((c->end - now) / 1000) + 1 : 60000);
	} while (r == 0 || (r < 0 && errno == EINTR));
	return r < 0 ? -errno : 0;
}

/* The path may be longer than a socket address holds: then it goes by the directory's descriptor.
 */
static int socket_address(const char *root, int *ret_dir, struct sockaddr_un *ret)
{
	_cleanup_free_ char *dir = NULL;
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s%s", root, CONTROL_PATH);
	if (n >= 0 && (size_t)n < sizeof(ret->sun_path))
		return 0;
	dir = str_printf("%s%s", root, RUN_DIR);
	if (!dir)
		return -ENOMEM;
	*ret_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -errno;
	snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d%s", *ret_dir,
		 &CONTROL_PATH[strlen(RUN_DIR)]);
	return 0;
}

int client_open(const char *root, uint64_t timeout, struct client **ret)
{
	_cleanup_(client_freep) struct client *c = calloc(1, sizeof(*c));
	_cleanup_close_ int dir = -1;
	struct sockaddr_un addr;
	int r;

	if (!c)
		return -ENOMEM;
	c->in = BUF_INIT_MAX(MESSAGE_MAX);
	c->end = now_monotonic() + timeout;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	r = socket_address(root, &dir, &addr);
	if (r < 0)
		return r;
	/* A full queue of a daemon that does not accept: EAGAIN, with nothing to poll for. */
	while (connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (now_monotonic() >= c->end)
			return -ETIMEDOUT;
		poll(NULL, 0, 100);
	}
	*ret = TAKE_PTR(c);
	return 0;
}

static int client_send(struct client *c, const char *data, size_t len)
{
	ssize_t n;
	int r;

	while (len > 0) {
		n = send(c->fd, data, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE ? -ECONNRESET : -errno;
		if (n < 0) {
			r = client_poll(c, POLLOUT);
			if (r < 0)
				return r;
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int client_call(struct client *c, const char *method, struct json_object *parameters, bool more)
{
	_cleanup_json_ struct json_object *args = parameters, *call = json_object_new_object();
	_cleanup_free_ char *full = str_printf("%s%s", INTERFACE, method);
	const char *text;
	int r;

	if (!call || !full)
		return -ENOMEM;
	r = json_set_str(call, "method", full);
	if (r >= 0 && args)
		r = json_set(call, "parameters", TAKE_PTR(args));
	if (r >= 0 && more)
		r = json_set_bool(call, "more", true);
	if (r < 0)
		return r;
	text = json_text(call);
	return text ? client_send(c, text, strlen(text) + 1) : -ENOMEM;
}

void client_reply_done(struct client_reply *r)
{
	json_object_put(r->message);
	*r = (struct client_reply){};
}

static int parse_reply(const char *text, size_t len, struct client_reply *ret)
{
	_cleanup_reply_ struct client_reply reply = {};
	int r;

	r = json_parse(text, len, MESSAGE_DEPTH, &reply.message, NULL);
	if (r < 0)
		return r;
	if (!json_object_is_type(reply.message, json_type_object) ||
	    json_get_obj(reply.message, "parameters", &reply.parameters) == -EBADMSG ||
	    json_get_str(reply.message, "error", &reply.error) == -EBADMSG ||
	    json_get_bool(reply.message, "continues", &reply.continues) == -EBADMSG)
		return -EBADMSG;
	*ret = reply;
	reply = (struct client_reply){};
	return 0;
}

/* Takes the first LEN bytes and the NUL after them out of what was read. */
static void drop_message(struct client *c, size_t len)
{
	c->in.len -= len + 1;
	memmove(c->in.data, c->in.data + len + 1, c->in.len + 1);
	c->scanned = 0;
}

int client_next(struct client *c, struct client_reply *ret)
{
	char part[8192], *end;
	size_t len;
	ssize_t n;
	int r;

	for (;;) {
		end = c->in.len > c->scanned
			      ? memchr(c->in.data + c->scanned, '\0', c->in.len - c->scanned)
			      : NULL;
		if (end) {
			len = (size_t)(end - c->in.data);
			r = parse_reply(c->in.data, len, ret);
			drop_message(c, len);
			return r;
		}
		c->scanned = c->in.len;
		r = client_poll(c, POLLIN);
		if (r < 0)
			return r;
		n = recv(c->fd, part, sizeof(part), 0);
		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0 && buf_add(&c->in, part, (size_t)n) < 0)
			return c->in.error == -E2BIG ? -EFBIG : c->in.error;
	}
}
