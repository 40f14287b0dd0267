/* SPDX-License-Identifier: MIT */
/*
 * icontrol-call.c -- one call of iControl REST: token, status codes, the two meanings of 404
 *
 * A token lives 1,200 s and can be extended to 36,000; a user has at most 100 of them, so it is
 * kept for the next passes in place of a login for each.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "modules/balancer/icontrol.h"

#define JSON_DEPTH 24

int icontrol_fail(struct mux *m, int r, const char *fmt, ...)
{
	size_t len = (size_t)snprintf(m->words, sizeof(m->words), "%.200s: ", m->url);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->words + len, sizeof(m->words) - len, fmt, ap);
	va_end(ap);
	return r;
}

char *icontrol_id(const char *path)
{
	char *id = strdup(path);

	for (char *p = id; p && *p; p++)
		*p = *p == '/' ? '~' : *p;
	return id;
}

/* One exchange. 0 with any status. */
static int exchange(struct mux *m, const char *method, const char *path, const char *transaction,
		    const char *text, bool with_token, struct sys_http_reply *ret)
{
	_cleanup_free_ char *token = NULL, *coordination = NULL;
	const char *headers[4] = { "Accept: application/json" };
	size_t n = 1;
	int r;

	if (with_token) {
		token = str_printf("X-F5-Auth-Token: %s", m->token);
		headers[n++] = token;
	}
	if (transaction) {
		coordination = str_printf("X-F5-REST-Coordination-Id: %s", transaction);
		headers[n++] = coordination;
	}
	if ((with_token && !token) || (transaction && !coordination))
		return -ENOMEM;
	r = sys_http_do(m->http, method, path, headers, text, ret);
	if (token)
		explicit_bzero(token, strlen(token));
	if (r < 0) {
		snprintf(m->words, sizeof(m->words), "%s", sys_http_words(m->http));
		return r;
	}
	m->retry_after = ret->retry_after;
	if (ret->date)
		m->now = ret->date;
	return 0;
}

/* What is worth telling of an error's body: its message, or the start of its text. */
static void message_of(const struct sys_http_reply *reply, char text[256])
{
	_cleanup_json_ struct json_object *o = NULL;
	const char *message;

	if (json_parse(reply->body, reply->len, JSON_DEPTH, &o, NULL) == 0 &&
	    json_get_str(o, "message", &message) == 0)
		snprintf(text, 256, "%s", message);
	else if (reply->len > 0 && reply->body[0] == '<')
		snprintf(text, 256, "a web page in place of JSON");
	else
		snprintf(text, 256, "%.100s", reply->body);
}

static int status_of(struct mux *m, const char *method, const char *path,
		     const struct sys_http_reply *reply)
{
	char text[256];

	if (reply->status == 200)
		return 0;
	message_of(reply, text);
	(void)icontrol_fail(m, 0, "%s %s: %ld %s", method, path, reply->status, text);
	switch (reply->status) {
	case 400:
		return -EINVAL;
	case 401:
		return -EACCES;
	case 403:
		return -EPERM;
	case 404:
		/* While the REST front restarts every path is 404: only this number means absent.
		 */
		if (strncmp(text, "01020036", 8) == 0)
			return -ENOENT;
		return strstr(text, "not registered") ? -EBUSY : -EPROTO;
	case 409:
		return -EEXIST;
	default:
		return reply->status >= 500 ? -EBUSY : -EPROTO;
	}
}

static void keep_token(struct mux *m, int64_t ends)
{
	(void)json_set_str(m->memory, "token", m->token);
	(void)json_set_int(m->memory, "token_ends", ends);
}

/* Ten hours in place of twenty minutes: a pass a day would log in 72 times otherwise. */
static void extend(struct mux *m)
{
	_cleanup_(sys_http_reply_done) struct sys_http_reply reply = {};
	_cleanup_free_ char *path = str_printf("/mgmt/shared/authz/tokens/%s", m->token);
	_cleanup_free_ char *body = str_printf("{\"timeout\":%d}", TOKEN_TIMEOUT);

	if (path && body && exchange(m, "PATCH", path, NULL, body, true, &reply) == 0 &&
	    reply.status == 200)
		keep_token(m, m->now + TOKEN_TIMEOUT);
	if (path)
		explicit_bzero(path, strlen(path));
}

void icontrol_keep_token(struct mux *m)
{
	int64_t ends;

	/* In the mux's time: this VM's clock may be a copy's. */
	if (m->now > 0 && json_get_int(m->memory, "token_ends", &ends) == 0 &&
	    ends - m->now < TOKEN_TIMEOUT / 10)
		extend(m);
}

int icontrol_drop_token(struct mux *m)
{
	_cleanup_(sys_http_reply_done) struct sys_http_reply reply = {};
	_cleanup_free_ char *path = str_printf("/mgmt/shared/authz/tokens/%s", m->token);
	int r = path ? exchange(m, "DELETE", path, NULL, NULL, true, &reply) : -ENOMEM;

	if (path)
		explicit_bzero(path, strlen(path));
	if (r < 0)
		return r;
	/* 401 and 404 say that it had ended before. The path is not to be told: it is the secret.
	 */
	if (reply.status != 200 && reply.status != 204 && reply.status != 401 &&
	    reply.status != 404)
		return icontrol_fail(m, -EPROTO, "DELETE of the token: %ld", reply.status);
	json_object_object_del(m->memory, "token");
	json_object_object_del(m->memory, "token_ends");
	return 0;
}

static int log_in(struct mux *m)
{
	_cleanup_json_ struct json_object *body = json_object_new_object(), *answer = NULL;
	_cleanup_(sys_http_reply_done) struct sys_http_reply reply = {};
	struct json_object *token;
	const char *text;
	int r;

	r = body ? json_set_str(body, "username", m->user) : -ENOMEM;
	if (r == 0)
		r = json_set_str(body, "password", m->password);
	if (r == 0)
		r = json_set_str(body, "loginProviderName", "tmos");
	if (r == 0)
		r = exchange(m, "POST", "/mgmt/shared/authn/login", NULL, json_text(body), false,
			     &reply);
	if (r == 0)
		r = status_of(m, "POST", "/mgmt/shared/authn/login", &reply);
	if (r == -EACCES)
		return icontrol_fail(m, r, "the mux refuses user %s: 401; check the credential",
				     m->user);
	/* What the login lacks says nothing about the object that is asked for. */
	if (r == -ENOENT || r == -EEXIST)
		return -EPROTO;
	if (r < 0)
		return r;
	r = json_parse(reply.body, reply.len, JSON_DEPTH, &answer, NULL);
	explicit_bzero(reply.body, reply.len);
	if (r < 0 || json_get_obj(answer, "token", &token) < 0 ||
	    json_get_str(token, "token", &text) < 0 || strlen(text) >= sizeof(m->token) ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") !=
		    strlen(text))
		return icontrol_fail(m, -EPROTO, "the answer to the login has no token");
	strcpy(m->token, text);
	keep_token(m, m->now + 1200);
	extend(m);
	return 0;
}

static int parse_body(struct mux *m, const char *path, const struct sys_http_reply *reply,
		      struct json_object **ret)
{
	*ret = NULL;
	if (reply->len == 0)
		return 0;
	if (json_parse(reply->body, reply->len, JSON_DEPTH, ret, NULL) < 0 ||
	    !json_object_is_type(*ret, json_type_object)) {
		json_object_put(TAKE_PTR(*ret));
		return icontrol_fail(m, -EPROTO, "%s: 200 with %s in place of a JSON object", path,
				     reply->body[0] == '<' ? "a web page" : "something else");
	}
	return 0;
}

int icontrol_call(struct mux *m, const char *method, const char *path, const char *transaction,
		  struct json_object *body, struct json_object **ret)
{
	const char *text = body ? json_text(body) : NULL;
	struct json_object *o = NULL;
	int r = 0;

	for (unsigned turn = 0; turn < 2; turn++) {
		_cleanup_(sys_http_reply_done) struct sys_http_reply reply = {};

		if (!*m->token) {
			r = log_in(m);
			if (r < 0)
				return r;
		}
		r = exchange(m, method, path, transaction, text, true, &reply);
		if (r < 0)
			return r;
		r = status_of(m, method, path, &reply);
		if (r == -EACCES && turn == 0) {
			*m->token = '\0';
			continue;
		}
		if (r == 0)
			r = parse_body(m, path, &reply, &o);
		break;
	}
	if (r < 0)
		return r;
	if (ret)
		*ret = TAKE_PTR(o);
	json_object_put(o);
	return 0;
}
