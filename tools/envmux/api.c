/* SPDX-License-Identifier: MIT */
/* api.c -- iControl REST over the store: who asks, for what path */
#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/log.h"
#include "tools/envmux/api-query.h"

#define LOGIN "https://localhost/mgmt/cm/system/authn/providers/tmos/login"

int api_new(struct store *store, struct auth *auth, struct bridge *bridge, struct api **ret)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return -ENOMEM;
	api->store = store;
	api->auth = auth;
	api->bridge = bridge;
	api->by = json_object_new_object();
	if (!api->by) {
		free(api);
		return -ENOMEM;
	}
	*ret = api;
	return 0;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	api_transactions_free(api);
	json_object_put(api->by);
	free(api);
}

void api_set_snapshot(struct api *api, struct snapshot *s)
{
	api->snapshot = s;
}

void reply_error(struct api_reply *reply, int status, const char *message, int api_error)
{
	*reply = (struct api_reply){ status, render_error(status, message, api_error) };
}

void reply_front_error(struct api_reply *reply, const struct api_request *req, int status,
		       const char *message)
{
	*reply = (struct api_reply){ status, render_front_error(status, message, req->peer) };
}

void reply_no_path(struct api_reply *reply, const struct api_request *req)
{
	_cleanup_free_ char *text = str_printf("Public URI path not registered: %.300s", req->path);

	reply_front_error(reply, req, 404, text ?: "Public URI path not registered");
}

void reply_absent(struct api_reply *reply, const char *title, const char *path)
{
	_cleanup_free_ char *text =
		str_printf("01020036:3: The requested %s (%s) was not found.", title, path);

	reply_error(reply, 404, text ?: "01020036:3: not found", 3);
}

void reply_body(struct api_reply *reply, int r, struct json_object *body)
{
	if (r >= 0) {
		*reply = (struct api_reply){ 200, body };
		return;
	}
	json_object_put(body);
	reply_error(reply, 500, strerror(-r), 0);
}

void reply_not_kept(struct api_reply *reply, int r, const char *what)
{
	log_error_errno(r, "Cannot keep a change of %s: %m", what);
	reply_error(reply, 503, "The change could not be stored; nothing was changed.", 0);
}

void api_routes_follow(struct api *api)
{
	int r = bridge_flush(api->bridge);

	api->behind = r == -EAGAIN && api_behind(api);
	if (r < 0 && !api->behind)
		log_warning_errno(r, "Routes follow when HAProxy is back: %m");
}

bool api_behind(const struct api *api)
{
	return bridge_reloading(api->bridge);
}

/* ---- rights ---- */

/* "envagent v1 env=123 ..." belongs to partition test-123. */
static bool stamp_fits(const char *description, const char *id)
{
	static const char prefix[] = "envagent v1 env=";
	size_t n = strlen(id);

	return strncmp(description, prefix, sizeof(prefix) - 1) == 0 &&
	       strncmp(description + sizeof(prefix) - 1, id, n) == 0 &&
	       (description[sizeof(prefix) - 1 + n] == ' ' ||
		description[sizeof(prefix) - 1 + n] == '\0');
}

bool api_may(const struct api *api, const struct auth_user *who, const struct store_op *op)
{
	_cleanup_json_ struct json_object *partition = NULL;
	const char *of, *name, *description = "";
	char buffer[512];

	if (who->role == AUTH_ADMIN)
		return true;
	if (object_split(op->path, buffer, &of, &name) < 0 || strncmp(of, "test-", 5) != 0 ||
	    !id_valid(of + 5))
		return false;
	if (op->kind == STORE_RULE || op->kind == STORE_VIRTUAL)
		return false;
	/* A stamp may be renewed, not taken off: what is written must carry it too. */
	if (op->kind == STORE_PARTITION && op->body &&
	    json_get_str(op->body, "description", &description) == 0 &&
	    !stamp_fits(description, of + 5))
		return false;
	if (op->kind == STORE_PARTITION && op->verb == STORE_CREATE)
		return stamp_fits(description, of + 5);
	partition = store_get(api->store, STORE_PARTITION, NULL, of);
	if (!partition)
		return true; /* the store answers that it is not there */
	description = "";
	(void)json_get_str(partition, "description", &description);
	return stamp_fits(description, of + 5);
}

/* ---- log in, tokens ---- */

static void login(struct api *api, struct api_request *req, struct api_reply *reply)
{
	const char *name, *password, *provider = "tmos";
	const struct auth_user *who;
	struct json_object *o, *token = NULL;
	_cleanup_json_ struct json_object *reference = NULL;
	int r;

	if (!req->body || json_get_str(req->body, "username", &name) < 0 ||
	    json_get_str(req->body, "password", &password) < 0) {
		reply_front_error(reply, req, 400, "username and password must not be null");
		return;
	}
	(void)json_get_str(req->body, "loginProviderName", &provider);
	who = auth_password(api->auth, name, password, req->peer);
	if (!who) {
		reply_front_error(reply, req, 401, "Authentication failed.");
		return;
	}
	req->who = who;
	r = auth_login(api->auth, who, req->peer, &token);
	if (r == -EDQUOT) {
		_cleanup_free_ char *text =
			str_printf("user %.64s has reached maximum active login tokens", who->name);

		reply_front_error(reply, req, 400, text ?: "maximum active login tokens");
		return;
	}
	o = json_object_new_object();
	reference = json_object_new_object();
	if (r == 0)
		r = o && reference ? json_set_str(reference, "link", LOGIN) : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "username", name);
	if (r == 0)
		r = json_set(o, "loginReference", json_object_get(reference));
	if (r == 0)
		r = json_set_str(o, "loginProviderName", provider);
	if (r == 0)
		r = json_set(o, "token", TAKE_PTR(token));
	if (r == 0)
		r = json_set_int(o, "generation", 0) ?: json_set_int(o, "lastUpdateMicros", 0);
	json_object_put(token);
	reply_body(reply, r, o);
}

static void tokens(struct api *api, struct api_request *req, struct api_reply *reply)
{
	struct json_object *o = NULL;
	const char *token;
	int64_t timeout;
	int r = -ENOENT;

	if (req->n_segments != 5) {
		reply_no_path(reply, req);
		return;
	}
	token = req->segments[4];
	if (!strcmp(req->method, "DELETE")) {
		r = auth_logout(api->auth, req->who, token);
		o = json_object_new_object();
	} else if (!strcmp(req->method, "PATCH") && req->body &&
		   json_get_int(req->body, "timeout", &timeout) == 0) {
		r = auth_extend(api->auth, req->who, token, timeout);
		if (r == 0)
			r = auth_describe(api->auth, req->who, token, &o);
	} else if (!strcmp(req->method, "GET")) {
		r = auth_describe(api->auth, req->who, token, &o);
	}
	if (r == -ERANGE)
		reply_front_error(reply, req, 406,
				  "Auth-token absolute timeout: from 1 to 36000 seconds");
	else if (r == -EPERM)
		reply_front_error(reply, req, 400,
				  "Authorization failed: the token is another user's");
	else if (r == -ENOENT)
		reply_front_error(reply, req, 404, "there is no such token");
	else
		reply_body(reply, r, TAKE_PTR(o));
	json_object_put(o);
}

/* ---- dispatch ---- */

static int split_path(struct api_request *req)
{
	_cleanup_free_ char *copy = strdup(req->path);
	char *save = NULL;

	if (!copy)
		return -ENOMEM;
	for (char *s = strtok_r(copy, "/", &save); s; s = strtok_r(NULL, "/", &save)) {
		if (req->n_segments == API_SEGMENTS_MAX)
			return -E2BIG;
		req->segments[req->n_segments] = strdup(s);
		if (!req->segments[req->n_segments])
			return -ENOMEM;
		req->n_segments++;
	}
	return 0;
}

static bool path_is(const struct api_request *req, const char *a, const char *b, const char *c)
{
	return req->n_segments >= 3 && !strcmp(req->segments[0], a) &&
	       !strcmp(req->segments[1], b) && !strcmp(req->segments[2], c);
}

static void route(struct api *api, struct api_request *req, struct api_reply *reply)
{
	if (path_is(req, "mgmt", "shared", "authn") && req->n_segments == 4 &&
	    !strcmp(req->segments[3], "login") && !strcmp(req->method, "POST")) {
		login(api, req, reply);
		return;
	}
	if (req->token)
		req->who = auth_token(api->auth, req->token, req->peer);
	else if (req->user)
		req->who = auth_password(api->auth, req->user, req->password, req->peer);
	if (!req->who) {
		reply_front_error(reply, req, 401,
				  req->token  ? "X-F5-Auth-Token does not exist."
				  : req->user ? "Authentication failed."
					      : "Authorization failed: no user authentication "
						"header or token detected.");
		return;
	}
	if (req->n_segments == 1 && !strcmp(req->segments[0], "metrics"))
		api_metrics(api, req, reply);
	else if (api_is_stats(req))
		api_stats(api, req, reply);
	else if (path_is(req, "mgmt", "shared", "authz"))
		tokens(api, req, reply);
	else if (path_is(req, "mgmt", "tm", "transaction"))
		api_transactions(api, req, reply);
	else if (api_system(api, req, reply))
		;
	else if (req->n_segments >= 4 && !strcmp(req->segments[0], "mgmt") &&
		 !strcmp(req->segments[1], "tm"))
		api_objects(api, req, reply);
	else
		reply_no_path(reply, req);
}

void api_handle(struct api *api, struct api_request *req, struct api_reply *ret)
{
	size_t used = req->len;
	int r;

	*ret = (struct api_reply){};
	api->behind = false;
	r = split_path(req);
	if (r == 0 && req->len > 0) {
		/* Some clients send a body of white space with DELETE. */
		while (used > 0 && strchr(" \t\r\n", req->text[used - 1]))
			used--;
		if (used > 0)
			r = json_parse(req->text, used, API_BODY_DEPTH, &req->body, NULL);
		if (r == 0 && req->body && !json_object_is_type(req->body, json_type_object))
			r = -EBADMSG;
	}
	if (r == -EBADMSG)
		reply_error(ret, 400, "Found invalid JSON body in the request.", 1);
	else if (r == -E2BIG)
		reply_no_path(ret, req);
	else if (r < 0)
		reply_error(ret, 500, strerror(-r), 0);
	else
		route(api, req, ret);
	if (query_version(req, ret->body) < 0)
		log_debug("Links of an answer keep the version that is spoken here");
	if (api->behind)
		ret->wait = API_ROUTED;
	if (!api_is_stats(req) && ret->wait != API_AGAIN)
		api_count(api, req);
	for (size_t i = 0; i < req->n_segments; i++)
		free(req->segments[i]);
	req->n_segments = 0;
	json_object_put(TAKE_PTR(req->body));
}
