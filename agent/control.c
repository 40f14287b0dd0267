/* SPDX-License-Identifier: MIT */
/* control.c -- the control socket: who may come in, and whose turn it is */
#include "agent/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/client.h"

#define RESERVED_FOR_ROOT 4

/* The place for one more client of UID; NULL if there is none. */
static struct client **place(struct control *c, uid_t uid)
{
	struct client **found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		if (!c->clients[i])
			found = &c->clients[i];
		else
			n++;
	}
	return uid != 0 && n >= CONTROL_CLIENTS - RESERVED_FOR_ROOT ? NULL : found;
}

static void add_client(struct control *c, int fd)
{
	struct client **where;
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    !(where = place(c, cred.uid)))
		safe_close(fd);
	else
		client_new(c, fd, cred.uid, where);
}

static int on_connect(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct control *c = userdata;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (client >= 0)
		add_client(c, client);
	return 0;
}

static bool comes_before(const struct client *a, const struct client *b)
{
	if (client_privileged(a) != client_privileged(b))
		return client_privileged(a);
	return a->order < b->order;
}

struct client *control_next(struct control *c, bool root_only, struct control_call *ret)
{
	struct client *first = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = c->clients[i];

		if (client && client->stage == CLIENT_WAITING &&
		    (!root_only || client_privileged(client)) &&
		    (!first || comes_before(client, first)))
			first = client;
	}
	if (!first)
		return NULL;
	first->stage = CLIENT_RUNNING;
	*ret = (struct control_call){
		.verb = first->verb,
		.module = first->call.module,
		.leader_verb = first->call.verb,
	};
	return first;
}

void control_sweep(struct control *c, uint64_t now)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = c->clients[i];

		if (client && client->stage == CLIENT_IDLE &&
		    now > client->active + CONTROL_IDLE_USEC)
			client_free(client);
	}
}

static int address_of(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

int control_alive(const char *path)
{
	_cleanup_close_ int fd = -1;
	struct sockaddr_un sa;
	int r;

	r = address_of(path, &sa);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* One that is too busy to take us lives, too. */
	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 || errno == EAGAIN;
}

static int bind_at(int fd, const char *path)
{
	struct sockaddr_un sa;
	int r;

	r = control_alive(path);
	if (r != 0)
		return r < 0 ? r : -EADDRINUSE;
	r = address_of(path, &sa);
	if (r < 0)
		return r;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, 0666) < 0 ||
	    listen(fd, CONTROL_CLIENTS) < 0)
		return -errno;
	return 0;
}

int control_open(sd_event *event, const char *path, const struct control_ops *ops,
		 struct control **ret)
{
	struct control *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->event = event;
	c->ops = *ops;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = c->fd < 0 ? -errno : bind_at(c->fd, path);
	if (r == 0)
		r = sd_event_add_io(event, &c->io, c->fd, EPOLLIN, on_connect, c);
	if (r == 0 && !(c->path = strdup(path)))
		r = -ENOMEM;
	if (r < 0) {
		control_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i])
			client_free(c->clients[i]);
	sd_event_source_disable_unref(c->io);
	if (c->fd >= 0)
		safe_close(c->fd);
	if (c->path)
		unlink(c->path);
	free(c->path);
	free(c);
}
