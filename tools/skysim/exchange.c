/* SPDX-License-Identifier: MIT */
/* exchange.c -- one request over libmicrohttpd and its answer */
#include "tools/skysim/exchange.h"

#include <string.h>

#include "agent/base/log.h"
#include "tools/skysim/listen.h"

struct exchange *exchange_new(struct MHD_Connection *c)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (x)
		x->connection = c;
	return x;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	answer_done(&x->answer);
	free(x);
}

static enum MHD_Result on_param(void *userdata, enum MHD_ValueKind kind, const char *key,
				const char *value)
{
	struct request *req = userdata;

	if (req->n_params == REQUEST_PARAMS_MAX)
		return MHD_NO;
	req->params[req->n_params++] = (struct request_param){ key, value };
	return MHD_YES;
}

static void log_exchange(const struct request *req, const struct answer *a)
{
	char peer[ADDR_TEXT_MAX];

	log_info("%s %s %s %u%s%s", addr_format(&req->peer, false, peer), req->method, req->path,
		 a->status, *a->vm ? " vm=" : "", a->vm);
}

int exchange_answer(struct exchange *x, struct sim *sim, const char *method, const char *path)
{
	struct MHD_Connection *c = x->connection;
	const union MHD_ConnectionInfo *info;
	struct request req = { .method = method, .path = path };
	int r;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	req.peer = listen_peer(info->client_addr);
	req.accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
	req.authorization = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
	req.host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, on_param, &req);

	r = answer_request(sim, &req, &x->answer);
	if (r < 0)
		return log_error_errno(r, "Cannot answer %s %s: %m", method, path);
	x->answered = true;
	log_exchange(&req, &x->answer);
	return 0;
}

/* Sends the first half of what was promised, then breaks the connection. */
static ssize_t read_half(void *userdata, uint64_t pos, char *out, size_t max)
{
	const struct exchange *x = userdata;
	size_t half = x->answer.body.len / 2;
	size_t n = half - pos < max ? half - pos : max;

	if (pos >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	memcpy(out, x->answer.body.data + pos, n);
	return (ssize_t)n;
}

static struct MHD_Response *response(struct exchange *x)
{
	struct answer *a = &x->answer;
	struct MHD_Response *res;

	if (a->delivery == DELIVER_PART)
		res = MHD_create_response_from_callback(a->body.len, 16384, read_half, x, NULL);
	else
		res = MHD_create_response_from_buffer(a->body.len, a->body.data ?: (char *)"",
						      MHD_RESPMEM_PERSISTENT);
	if (!res)
		return NULL;
	MHD_add_response_header(res, "Content-Type", a->type);
	if (*a->range)
		MHD_add_response_header(res, "Content-Range", a->range);
	if (*a->request_id)
		MHD_add_response_header(res, "X-Request-ID", a->request_id);
	if (a->retry_after)
		MHD_add_response_header(res, "Retry-After", a->retry_after);
	if (a->authenticate)
		MHD_add_response_header(res, "WWW-Authenticate", "Basic realm=\"skysim\"");
	return res;
}

/* Dissolving the association is what makes the kernel send a reset instead of an orderly end. */
static enum MHD_Result reset(struct MHD_Connection *c)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	connect(info->connect_fd, &none, sizeof(none));
	return MHD_NO;
}

enum MHD_Result exchange_send(struct exchange *x)
{
	struct MHD_Response *res;
	enum MHD_Result result;

	if (x->answer.delivery == DELIVER_NOT)
		return reset(x->connection);
	res = response(x);
	if (!res)
		return MHD_NO;
	result = MHD_queue_response(x->connection, x->answer.status, res);
	MHD_destroy_response(res);
	return result;
}
