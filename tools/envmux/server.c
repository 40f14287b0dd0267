/* SPDX-License-Identifier: MIT */
/* server.c -- HTTP in front of the API: libmicrohttpd, driven from the main loop */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <microhttpd.h>

#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/door.h"
#include "tools/envmux/render.h"
#include "tools/envmux/server.h"

#define BODY_MAX (4u * 1024 * 1024)
#define BODIES_MAX (32u * 1024 * 1024) /* of all that come in at a time */
#define HELD_SEC 15		       /* longer than a reload takes that comes to an end */

struct server {
	struct door *door;
	struct api *api;
	size_t bodies; /* bytes that are kept of requests that are not whole yet */
	struct incoming *waiting;
};

/* One request while its body comes in, or its answer is being made. */
struct incoming {
	struct buf body;
	int refused;			   /* the status of the answer; 0 */
	bool unread;			   /* it was answered without a look at its body */
	struct MHD_Connection *connection; /* of one that waits */
	struct incoming *next;
	struct api_reply held; /* to be sent when it is routed; status 0: it is to ask again */
	time_t held_until;     /* monotonic */
};

static void peer_text(struct MHD_Connection *c, char text[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info ? info->client_addr : NULL;

	strcpy(text, "unknown");
	if (sa && sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, text,
			  INET6_ADDRSTRLEN);
	else if (sa && sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, text,
			  INET6_ADDRSTRLEN);
}

static const char *argument(void *userdata, const char *name)
{
	return MHD_lookup_connection_value(userdata, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result send_reply(struct MHD_Connection *c, struct api_reply *reply)
{
	const char *text = reply->text ?: reply->body ? json_text(reply->body) : "";
	struct MHD_Response *response;
	enum MHD_Result r;

	response = MHD_create_response_from_buffer(text ? strlen(text) : 0, (void *)(text ?: ""),
						   MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, "Content-Type",
				      reply->text ? "text/plain; version=0.0.4; charset=utf-8"
						  : "application/json; charset=UTF-8");
	(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	(void)MHD_add_response_header(response, "Server", "envmux");
	if (reply->status == 401)
		(void)MHD_add_response_header(response, "WWW-Authenticate",
					      "X-Auth-Token realm=\"Enterprise Manager\"");
	r = MHD_queue_response(c, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return r;
}

/* 413, or 503; a body that was announced as too large is not even read. */
static enum MHD_Result refuse_body(struct MHD_Connection *c, int status)
{
	const char *why = status == 413 ? "the body of a request may have 4 MiB at most"
					: "too much is coming in at once; try again in a second";
	struct api_reply reply = { .status = status, .body = render_error(status, why, 1) };
	enum MHD_Result r = send_reply(c, &reply);

	json_object_put(reply.body);
	return r;
}

/* A token stands in the path of its own resource: only the kind of path is told. */
static const char *logged_path(const char *url)
{
	return strncmp(url, "/mgmt/shared/authz/", 19) ? url : "/mgmt/shared/authz/...";
}

static time_t now_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void reply_done(struct api_reply *reply)
{
	json_object_put(reply->body);
	free(reply->text);
	*reply = (struct api_reply){};
}

/* Nothing is heard of the connection until it is resumed. */
static enum MHD_Result suspend(struct server *s, struct MHD_Connection *c, struct incoming *in)
{
	in->connection = c;
	in->next = s->waiting;
	s->waiting = in;
	MHD_suspend_connection(c);
	return MHD_YES;
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *c, const char *url,
			      const char *method, struct incoming *in)
{
	char *password = NULL, *user = MHD_basic_auth_get_username_password(c, &password);
	char peer[INET6_ADDRSTRLEN];
	struct api_reply reply;
	struct api_request req = {
		.method = method,
		.path = url,
		.peer = peer,
		.token = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "X-F5-Auth-Token"),
		.user = user,
		.password = password ?: "",
		.coordination = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
							    "X-F5-REST-Coordination-Id"),
		.text = in->body.data,
		.len = in->body.len,
		.arg = argument,
		.userdata = c,
	};
	enum MHD_Result r;

	peer_text(c, peer);
	api_handle(s->api, &req, &reply);
	if (reply.wait != API_AGAIN)
		log_debug("%s %s %d from %s", method, logged_path(url), reply.status, peer);
	if (reply.wait == API_ROUTED) {
		in->held = reply;
		in->held_until = now_sec() + HELD_SEC;
		r = suspend(s, c, in);
	} else {
		r = reply.wait == API_AGAIN ? suspend(s, c, in) : send_reply(c, &reply);
		reply_done(&reply);
	}
	if (password)
		explicit_bzero(password, strlen(password));
	MHD_free(user);
	MHD_free(password);
	return r;
}

/* The first call for a request: only its head has come. */
static enum MHD_Result begin(struct MHD_Connection *c, void **state)
{
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
	struct incoming *in;

	in = calloc(1, sizeof(*in));
	if (!in)
		return MHD_NO;
	in->body = BUF_INIT_MAX(BODY_MAX);
	in->unread = length && strtoull(length, NULL, 10) > BODY_MAX;
	*state = in;
	return in->unread ? refuse_body(c, 413) : MHD_YES;
}

static void drop_body(struct server *s, struct incoming *in)
{
	s->bodies -= in->body.len;
	/* A login's password was in here. */
	if (in->body.data)
		explicit_bzero(in->body.data, in->body.len);
	buf_done(&in->body);
	in->body = BUF_INIT;
}

static void take_body(struct server *s, struct incoming *in, const char *data, size_t len)
{
	int r = s->bodies + len > BODIES_MAX ? -EBUSY : buf_add(&in->body, data, len);

	if (r == 0) {
		s->bodies += len;
		return;
	}
	in->refused = r == -E2BIG ? 413 : 503;
	drop_body(s, in);
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	struct incoming *in = *state;

	if (!in)
		return begin(c, state);
	if (in->held.status)
		return send_reply(c, &in->held);
	if (*len == 0)
		return in->refused ? refuse_body(c, in->refused)
				   : answer(userdata, c, url, method, in);
	/* The rest of a body of unknown length that is too large is read and dropped. */
	if (!in->refused)
		take_body(userdata, in, data, *len);
	*len = 0;
	return MHD_YES;
}

static void on_completed(void *userdata, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode why)
{
	struct server *s = userdata;
	struct incoming *in = *state;

	if (!in)
		return;
	if (in->unread && why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		door_linger(s->door, c);
	drop_body(s, in);
	reply_done(&in->held);
	free(in);
	*state = NULL;
}

static bool loopback(const struct addr *a)
{
	struct addr v4, v6;

	return addr_parse("127.0.0.0/8", &v4) == 0 && addr_parse("::1/128", &v6) == 0 &&
	       (addr_in(&v4, a) || addr_in(&v6, a));
}

int server_new(const struct server_conf *conf, struct api *api, struct server **ret,
	       char **ret_error)
{
	struct door_conf door = {
		.addr = conf->addr,
		.port = conf->port,
		.certificate = conf->certificate,
		.key = conf->key,
		.on_request = on_request,
		.on_completed = on_completed,
	};
	struct server *s;
	char text[ADDR_TEXT_MAX];
	int r;

	if (!conf->certificate && !loopback(&conf->addr)) {
		*ret_error = str_printf("%s: an address that is not loopback needs a certificate "
					"([Api] Certificate=, Key=)",
					addr_format(&conf->addr, false, text));
		return -EINVAL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->api = api;
	door.userdata = s;
	r = door_open(&door, &s->door, ret_error);
	if (r < 0) {
		server_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* Those whose answer is held, or those who are to ask again. */
static void resume(struct server *s, bool held, time_t now)
{
	for (struct incoming **at = &s->waiting; *at;) {
		struct incoming *in = *at;

		if (!in->held.status == held || now < in->held_until) {
			at = &in->next;
			continue;
		}
		*at = in->next;
		MHD_resume_connection(in->connection);
	}
}

void server_again(struct server *s)
{
	resume(s, false, now_sec());
}

void server_free(struct server *s)
{
	if (!s)
		return;
	resume(s, false, INT64_MAX);
	resume(s, true, INT64_MAX);
	door_close(s->door);
	free(s);
}

int server_fd(struct server *s)
{
	return door_fd(s->door);
}

int server_timeout(struct server *s)
{
	return door_timeout(s->door);
}

void server_run(struct server *s)
{
	resume(s, true, api_behind(s->api) ? now_sec() : INT64_MAX);
	door_run(s->door);
}
