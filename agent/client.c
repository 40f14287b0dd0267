/* SPDX-License-Identifier: MIT */
/* client.c -- one caller of the control socket: its calls and what it is told */
#include "agent/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/cleanup.h"

bool client_privileged(const struct client *c)
{
	return c->uid == 0 || c->uid == geteuid();
}

/* C has its plan, or does not want it any more. */
static void plan_over(struct client *c)
{
	if (c->verb != CONTROL_PLAN || c->stage == CLIENT_IDLE || client_privileged(c))
		return;
	sd_event_now(c->control->event, CLOCK_MONOTONIC, &c->control->plan_again);
	c->control->plan_again += CONTROL_PLAN_PAUSE_SEC * UINT64_C(1000000);
}

void client_free(struct client *c)
{
	plan_over(c);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->control->clients[i] == c)
			c->control->clients[i] = NULL;
	if (c->stage == CLIENT_RUNNING)
		c->control->ops.gone(c->control->ops.userdata, c);
	sd_event_source_disable_unref(c->io);
	safe_close(c->fd);
	buf_done(&c->in);
	buf_done(&c->out);
	free(c);
}

/* Sends what the socket takes. -errno if the client has to go. */
static int flush(struct client *c)
{
	ssize_t n;

	if (c->out.error)
		return c->out.error; /* it does not read, or memory ran out */
	if (c->out.len) {
		n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n > 0) {
			c->out.len -= (size_t)n;
			memmove(c->out.data, c->out.data + n, c->out.len);
		}
	}
	return sd_event_source_set_io_events(c->io, EPOLLIN | (c->out.len ? EPOLLOUT : 0));
}

static void hang_up_later(struct client *c)
{
	/* Its own handler frees it: the caller may still hold it. */
	shutdown(c->fd, SHUT_RDWR);
}

static void say(struct client *c, int r)
{
	if (r < 0 || flush(c) < 0)
		hang_up_later(c);
}

static void fail(struct client *c, const char *error, const char *key, const char *value)
{
	plan_over(c);
	c->stage = CLIENT_IDLE;
	if (!c->call.oneway)
		say(c, varlink_error(&c->out, error, key, value));
}

static void answer(struct client *c, struct json_object *parameters, int r)
{
	if (r < 0 || c->call.oneway) {
		json_object_put(parameters);
		if (r < 0)
			hang_up_later(c);
	} else {
		say(c, varlink_reply(&c->out, parameters, false));
	}
}

static void reload(struct client *c)
{
	_cleanup_free_ char *error = NULL;
	int r;

	r = c->control->ops.reload(c->control->ops.userdata, &error);
	if (r < 0)
		client_error(c, "ConfigError", error ?: strerror(-r));
	else
		answer(c, NULL, 0);
}

static void pause_it(struct client *c)
{
	struct json_object *p;
	uint64_t until;
	char by[16];
	bool busy;
	int r;

	snprintf(by, sizeof(by), "uid-%u", c->uid);
	r = c->control->ops.pause(c->control->ops.userdata, c->call.seconds ?: PAUSE_SEC_DEFAULT,
				  c->call.by[0] ? c->call.by : by, &until, &busy);
	if (r < 0) {
		client_error(c, "Failed", strerror(-r));
		return;
	}
	p = json_object_new_object();
	r = p ? json_set_int(p, "until", (int64_t)until) : -ENOMEM;
	if (r >= 0)
		r = json_set_bool(p, "busy", busy);
	answer(c, p, r);
}

static void resume(struct client *c)
{
	struct json_object *p = json_object_new_object();
	bool paused = c->control->ops.resume(c->control->ops.userdata);

	answer(c, p, p ? json_set_bool(p, "paused", paused) : -ENOMEM);
}

static void service(struct client *c, const char *method)
{
	const char *interface = c->call.interface;

	if (!strcmp(method, "GetInfo"))
		say(c, varlink_info(&c->out));
	else if (strcmp(method, "GetInterfaceDescription") != 0)
		fail(c, "org.varlink.service.MethodNotFound", "method", c->call.method);
	else if (!strcmp(interface, VARLINK_INTERFACE))
		say(c, varlink_description(&c->out));
	else
		fail(c, "org.varlink.service.InvalidParameter", "parameter", "interface");
}

static void wait_for_pass(struct client *c, enum control_verb verb)
{
	c->verb = verb;
	c->stage = CLIENT_WAITING;
	c->order = ++c->control->calls;
	c->control->ops.waiting(c->control->ops.userdata);
}

/* True if somebody else who is not root has a plan made, waits for one, or just had one. */
static bool plan_too_soon(const struct client *c)
{
	uint64_t now;

	sd_event_now(c->control->event, CLOCK_MONOTONIC, &now);
	if (now < c->control->plan_again)
		return true;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *other = c->control->clients[i];

		if (other && other->stage != CLIENT_IDLE && !client_privileged(other))
			return true;
	}
	return false;
}

static void plan(struct client *c)
{
	if (!client_privileged(c) && plan_too_soon(c)) {
		client_error(c, "Busy",
			     "users other than root get one plan at a time, and the next one a few "
			     "seconds later");
		return;
	}
	wait_for_pass(c, CONTROL_PLAN);
}

static void apply(struct client *c)
{
	wait_for_pass(c, CONTROL_APPLY);
}

static void restore(struct client *c)
{
	wait_for_pass(c, CONTROL_RESTORE);
}

static const struct verb {
	const char *name;
	bool root;
	void (*run)(struct client *c);
} verbs[] = {
	{ "Plan", false, plan },    { "Apply", true, apply },	 { "Restore", true, restore },
	{ "Reload", true, reload }, { "Pause", true, pause_it }, { "Resume", true, resume },
};

static void call(struct client *c)
{
	const char *method = c->call.method;

	if (c->call.bad) {
		fail(c, "org.varlink.service.InvalidParameter", "parameter", c->call.bad);
		return;
	}
	if (!strncmp(method, "org.varlink.service.", 20)) {
		service(c, method + 20);
		return;
	}
	if (!strncmp(method, VARLINK_INTERFACE ".", sizeof(VARLINK_INTERFACE)))
		for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
			const struct verb *v = &verbs[i];

			if (strcmp(method + sizeof(VARLINK_INTERFACE), v->name) != 0)
				continue;
			if (v->root && !client_privileged(c))
				client_error(c, "PermissionDenied", NULL);
			else
				v->run(c);
			return;
		}
	fail(c, "org.varlink.service.MethodNotFound", "method", method);
}

/* The calls that are whole, one after the other, until one needs a pass. */
static int take_calls(struct client *c)
{
	int r;

	while (c->stage == CLIENT_IDLE) {
		r = varlink_take(&c->in, &c->call);
		if (r <= 0)
			return r;
		call(c);
	}
	return 0;
}

static int receive(struct client *c)
{
	char piece[4096];
	ssize_t n;
	int r;

	n = recv(c->fd, piece, sizeof(piece), 0);
	if (n == 0)
		return -ECONNRESET;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	r = buf_add(&c->in, piece, (size_t)n);
	if (r < 0)
		return r;
	return take_calls(c);
}

static int on_client(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct client *c = userdata;
	int r = 0;

	sd_event_now(c->control->event, CLOCK_MONOTONIC, &c->active);
	if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		r = receive(c);
	if (r == 0)
		r = flush(c);
	if (r < 0)
		client_free(c);
	return 0;
}

int client_new(struct control *control, int fd, uid_t uid, struct client **place)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c) {
		safe_close(fd);
		return -ENOMEM;
	}
	c->control = control;
	c->fd = fd;
	c->uid = uid;
	c->in = BUF_INIT_MAX(VARLINK_MESSAGE_MAX);
	c->out = BUF_INIT_MAX(CONTROL_OUT_MAX);
	sd_event_now(control->event, CLOCK_MONOTONIC, &c->active);
	r = sd_event_add_io(control->event, &c->io, fd, EPOLLIN, on_client, c);
	if (r < 0) {
		client_free(c);
		return r;
	}
	*place = c;
	return 0;
}

void client_event(struct client *c, const struct event *ev)
{
	if (!c->call.more || c->call.oneway)
		return;
	if (ev->kind == EVENT_CHANGE && !strcmp(ev->state, "diff") && !client_privileged(c))
		return;
	say(c, varlink_event(&c->out, ev));
}

/* Back to reading: a further call may wait in its buffer. */
static void over(struct client *c)
{
	plan_over(c);
	c->stage = CLIENT_IDLE;
	sd_event_now(c->control->event, CLOCK_MONOTONIC, &c->active);
	if (take_calls(c) < 0)
		hang_up_later(c);
}

void client_result(struct client *c, const char *result, int changes)
{
	struct json_object *p = json_object_new_object();

	if (c->call.oneway) {
		json_object_put(p);
	} else if (!p || json_set_str(p, "result", result) < 0 ||
		   json_set_int(p, "changes", changes) < 0) {
		json_object_put(p);
		hang_up_later(c);
	} else {
		say(c, varlink_reply(&c->out, p, false));
	}
	over(c);
}

void client_error(struct client *c, const char *error, const char *reason)
{
	bool running = c->stage == CLIENT_RUNNING;
	char name[64];

	snprintf(name, sizeof(name), VARLINK_INTERFACE ".%s", error);
	fail(c, name, reason ? "reason" : NULL, reason);
	if (running)
		over(c);
}
