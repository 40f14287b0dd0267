/* SPDX-License-Identifier: MIT */
/*
 * fuzz-envmux-api.c -- any requests: each is answered, and what is kept afterwards fits together
 *
 * An input is requests, ended by a NUL each: "METHOD PATH?NAME=VALUE&..." in the first line, then
 * the body. "@" in the path is the number of the transaction that was opened last; a "!" in front
 * of the method makes it the agents' account that asks, a "#" queues the request.
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
	char transaction[24];
	char *query; /* of the request under way: NUL-ended "NAME=VALUE", an empty one at the end */
};

static const char *argument(void *userdata, const char *name)
{
	const struct mux *m = userdata;
	size_t n = strlen(name);

	for (const char *p = m->query; p && *p; p += strlen(p) + 1) {
		if (!strncmp(p, name, n) && p[n] == '=')
			return p + n + 1;
	}
	return NULL;
}

/* "a=b&c=d" as argument() reads it. */
static char *split_query(const char *text)
{
	size_t n = strlen(text);
	char *query = calloc(n + 2, 1);

	assert(query);
	for (size_t i = 0; i < n; i++)
		query[i] = text[i] == '&' ? '\0' : text[i] == '+' ? ' ' : text[i];
	return query;
}

static char *put_transaction(const struct mux *m, const char *path)
{
	struct buf b = BUF_INIT;

	for (; *path; path++) {
		if (*path == '@')
			buf_adds(&b, m->transaction);
		else
			buf_addc(&b, *path);
	}
	buf_adds(&b, "");
	assert(b.error == 0);
	return b.data ?: strdup("");
}

static void note_transaction(struct mux *m, struct json_object *body)
{
	int64_t id;

	if (body && json_get_int(body, "transId", &id) == 0)
		snprintf(m->transaction, sizeof(m->transaction), "%lld", (long long)id);
}

static void one_request(struct mux *m, char *text)
{
	char *end = strchr(text, '\n'), *path, *query;
	bool agents = *text == '!', queued = text[agents] == '#';
	struct api_request req = { .method = text + agents + queued,
				   .peer = "127.0.0.1",
				   .user = agents ? "agents" : "admin",
				   .password = "admin",
				   .coordination = queued ? m->transaction : NULL,
				   .arg = argument,
				   .userdata = m };
	_cleanup_free_ char *whole = NULL;
	struct api_reply reply;

	if (end)
		*end++ = '\0';
	path = strchr(text, ' ');
	if (!path)
		return;
	*path++ = '\0';
	query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	m->query = split_query(query ?: "");
	req.path = whole = put_transaction(m, path);
	req.text = end ?: "";
	req.len = strlen(req.text);
	api_handle(m->api, &req, &reply);
	assert(reply.status >= 200 && reply.status < 600);
	note_transaction(m, reply.body);
	free(TAKE_PTR(m->query));
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
	assert(auth_add_user(m->auth, "agents", hash, AUTH_REGISTRAR, false) == 0);
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
