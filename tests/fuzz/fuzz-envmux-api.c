/* SPDX-License-Identifier: MIT */
/*
 * fuzz-envmux-api.c -- any requests: each is answered, and what is kept afterwards fits together
 *
 * An input is requests, ended by a NUL each: "METHOD PATH" in the first line, then the body.
 */
#include <assert.h>
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tests/fuzz/fuzz.h"
#include "tools/envmux/api.h"

#define REQUESTS_MAX 16

struct mux {
	struct store *store;
	struct auth *auth;
	struct bridge *bridge;
	struct api *api;
};

static const char *no_argument(void *userdata, const char *name)
{
	return NULL;
}

static void one_request(struct mux *m, char *text)
{
	char *end = strchr(text, '\n'), *path;
	struct api_request req = { .method = text,
				   .peer = "127.0.0.1",
				   .user = "admin",
				   .password = "admin",
				   .arg = no_argument };
	struct api_reply reply;

	if (end)
		*end++ = '\0';
	path = strchr(text, ' ');
	if (!path)
		return;
	*path++ = '\0';
	req.path = path;
	req.text = end ?: "";
	req.len = strlen(req.text);
	api_handle(m->api, &req, &reply);
	assert(reply.status >= 200 && reply.status < 600);
	json_object_put(reply.body);
	free(reply.text);
}

static void open_mux(struct mux *m, const char *dir)
{
	struct crypt_data data = {};
	const char *hash = crypt_r("admin", "$5$rounds=1000$abcdefgh$", &data);
	size_t cut;

	assert(auth_new(&m->auth) == 0);
	assert(auth_add_user(m->auth, "admin", hash, AUTH_ADMIN, true) == 0);
	assert(store_open(dir, &m->store, &cut) == 0);
	assert(bridge_new(m->store, NULL, &m->bridge) == 0);
	assert(api_new(m->store, m->auth, m->bridge, &m->api) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/dev/shm/envmux-fuzz-XXXXXX";
	_cleanup_free_ char *text = malloc(size + 1), *path = NULL, *report = NULL;
	struct mux m = {};
	unsigned n = 0;

	if (size > FUZZ_SIZE_MAX || !text || !mkdtemp(dir))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	open_mux(&m, dir);
	for (size_t at = 0; at < size && n < REQUESTS_MAX; n++) {
		size_t len = strlen(text + at);

		one_request(&m, text + at);
		at += len + 1;
	}
	assert(store_check(dir, &report) == 0);
	api_free(m.api);
	bridge_free(m.bridge);
	store_free(m.store);
	auth_free(m.auth);
	path = str_printf("%s/journal", dir);
	assert(path);
	unlink(path);
	rmdir(dir);
	return 0;
}
