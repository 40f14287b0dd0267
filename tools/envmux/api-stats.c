/* SPDX-License-Identifier: MIT */
/* api-stats.c -- what was asked how often: GET /mgmt/envmux/stats, for operators and tests */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"

#define KEYS_MAX 1000 /* what comes later is counted together */
#define KEY_LEN_MAX 200

static const char others[] = "others";

/*
 * "GET /mgmt/tm/ltm/pool/~test-1~www-1". Ids of transactions are left out, for each is new; so are
 * tokens, for they are secret, and the paths of those who did not say who they are.
 */
static int compose_key(const struct api_request *req, struct buf *b)
{
	buf_addf(b, "%.20s ", req->method);
	if (!req->who) {
		buf_adds(b, "without credentials");
		return b->error;
	}
	for (size_t i = 0; i < req->n_segments; i++) {
		bool hidden = (i == 3 && !strcmp(req->segments[2], "transaction")) ||
			      (i == 4 && !strcmp(req->segments[2], "authz"));

		buf_addf(b, "/%s", hidden ? "ID" : req->segments[i]);
	}
	if (b->error)
		return b->error;
	if (b->len > KEY_LEN_MAX)
		b->data[KEY_LEN_MAX] = '\0';
	for (char *p = b->data; *p; p++)
		*p = *p < ' ' || *p > '~' ? '?' : *p;
	return 0;
}

void api_count(struct api *api, const struct api_request *req)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct json_object *n;
	const char *key;

	api->requests++;
	if (compose_key(req, &b) < 0)
		return;
	key = b.data;
	if (!json_object_object_get_ex(api->by, key, &n) &&
	    json_object_object_length(api->by) >= KEYS_MAX) {
		key = others;
		n = NULL;
		(void)json_object_object_get_ex(api->by, key, &n);
	}
	if (n)
		(void)json_object_int_inc(n, 1);
	else
		(void)json_set_int(api->by, key, 1);
}

bool api_is_stats(const struct api_request *req)
{
	return req->n_segments == 3 && !strcmp(req->segments[0], "mgmt") &&
	       !strcmp(req->segments[1], "envmux") && !strcmp(req->segments[2], "stats");
}

void api_stats(struct api *api, struct api_request *req, struct api_reply *reply)
{
	struct json_object *o;
	int r;

	if (req->who->role != AUTH_ADMIN) {
		reply_front_error(reply, req, 403, "Authorization failed: for administrators.");
		return;
	}
	if (strcmp(req->method, "GET") != 0) {
		reply_error(reply, 405, "that method does not apply to this path", 1);
		return;
	}
	o = json_object_new_object();
	r = o ? json_set_int(o, "requests", (int64_t)api->requests) : -ENOMEM;
	if (r == 0)
		r = json_set_int(o, "writes", (int64_t)api->writes);
	if (r == 0)
		r = json_set(o, "by", json_object_get(api->by));
	reply_body(reply, r, o);
}
