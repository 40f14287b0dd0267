/* SPDX-License-Identifier: MIT */
/* fixture.h -- a store in a scratch folder, and requests to the API without sockets */
#pragma once

#include <crypt.h>
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/envmux/api.h"

struct fixture {
	char dir[64];
	struct store *store;
	struct auth *auth;
	struct bridge *bridge;
	struct api *api;
	char token[AUTH_TOKEN_LEN + 1];
	char filter[128], expand[16]; /* query arguments of the next request */
	const char *args[8];	      /* others of it: name, value ..., ended by NULL */
	char transaction[32];	      /* coordination id of the next request */
	struct json_object *reply;    /* of the last request */
	char *text;		      /* the same where it is no JSON */
};

static inline int fixture_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static inline void fixture_open(struct fixture *f)
{
	size_t cut = 0;

	assert_int_equal(store_open(f->dir, &f->store, &cut), 0);
	assert_int_equal(bridge_new(f->store, NULL, &f->bridge), 0);
	assert_int_equal(api_new(f->store, f->auth, f->bridge, &f->api), 0);
}

static inline void fixture_close(struct fixture *f)
{
	api_free(f->api);
	bridge_free(f->bridge);
	store_free(f->store);
	f->api = NULL;
	f->bridge = NULL;
	f->store = NULL;
}

static inline const char *fixture_argument(void *userdata, const char *name)
{
	struct fixture *f = userdata;

	if (!strcmp(name, "$filter") && *f->filter)
		return f->filter;
	if (!strcmp(name, "expandSubcollections") && *f->expand)
		return f->expand;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(f->args) && f->args[i]; i += 2) {
		if (!strcmp(f->args[i], name))
			return f->args[i + 1];
	}
	return NULL;
}

/* The status; the body is in f->reply. */
static inline int fixture_call(struct fixture *f, const char *method, const char *path,
			       const char *body)
{
	struct api_request req = {
		.method = method,
		.path = path,
		.peer = "127.0.0.1",
		.token = *f->token ? f->token : NULL,
		.coordination = *f->transaction ? f->transaction : NULL,
		.text = body,
		.len = body ? strlen(body) : 0,
		.arg = fixture_argument,
		.userdata = f,
	};
	struct api_reply reply;

	api_handle(f->api, &req, &reply);
	json_object_put(f->reply);
	f->reply = reply.body;
	free(f->text);
	f->text = reply.text;
	*f->filter = *f->expand = '\0';
	memset(f->args, 0, sizeof(f->args));
	return reply.status;
}

static inline const char *fixture_text(struct fixture *f, const char *key)
{
	const char *text;

	return json_get_str(f->reply, key, &text) == 0 ? text : "";
}

static inline void fixture_login(struct fixture *f, const char *user, const char *password)
{
	struct json_object *token;
	const char *text;
	char body[256];

	*f->token = '\0';
	snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"%s\"}", user, password);
	assert_int_equal(fixture_call(f, "POST", "/mgmt/shared/authn/login", body), 200);
	assert_int_equal(json_get_obj(f->reply, "token", &token), 0);
	assert_int_equal(json_get_str(token, "token", &text), 0);
	snprintf(f->token, sizeof(f->token), "%s", text);
}

static inline int fixture_setup(void **state)
{
	struct crypt_data data = {};
	struct fixture *f = calloc(1, sizeof(*f));
	const char *hash = crypt_r("secret", "$5$rounds=1000$abcdefgh$", &data);

	assert_non_null(f);
	assert_non_null(hash);
	strcpy(f->dir, "/tmp/envmux-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(auth_new(&f->auth), 0);
	assert_int_equal(auth_add_user(f->auth, "admin", hash, AUTH_ADMIN, true), 0);
	assert_int_equal(auth_add_user(f->auth, "agents", hash, AUTH_REGISTRAR, false), 0);
	fixture_open(f);
	fixture_login(f, "admin", "secret");
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	auth_free(f->auth);
	json_object_put(f->reply);
	free(f->text);
	nftw(f->dir, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}
