/* SPDX-License-Identifier: MIT */
/*
 * api.h -- iControl REST over the store: one request in, one reply out; no sockets
 *
 * What a pool-managing client uses of TMOS 17.1's REST interface. Sources and marks are those of
 * the public clients and guides; where nobody states a fact the safer reading is taken and noted
 * where it is coded.
 *
 * Two paths are our own: GET /mgmt/envmux/stats tells an administrator {"requests": N, "writes": N,
 * "by": {"GET /mgmt/tm/auth/partition/test-1": N, ...}}, without itself. A write is a request that
 * alters configuration objects; queued ones are one write, at their commit. GET /metrics, for any
 * account, is for Prometheus.
 */
#pragma once

#include "agent/base/buf.h"
#include "tools/envmux/auth.h"
#include "tools/envmux/bridge.h"
#include "tools/envmux/snapshot.h"
#include "tools/envmux/store.h"

#define API_VERSION "17.1.0"
#define API_SEGMENTS_MAX 12

struct api_request {
	const char *method; /* "GET" ... */
	const char *path;   /* decoded once, without query */
	const char *peer;   /* the client's address as text */
	const char *token;  /* X-F5-Auth-Token, or NULL */
	const char *user;   /* Basic, or NULL */
	const char *password;
	const char *coordination; /* X-F5-REST-Coordination-Id, or NULL */
	const char *text;	  /* the body */
	size_t len;
	/* A query argument's value, decoded; NULL if absent. */
	const char *(*arg)(void *userdata, const char *name);
	void *userdata;
	/* filled in by api_handle() */
	char *segments[API_SEGMENTS_MAX + 1];
	size_t n_segments;
	struct json_object *body;
	const struct auth_user *who;
};

enum api_wait {
	API_NOW,
	API_AGAIN, /* it is being made: the same request again when snapshot_run() says so */
	/* It is done, and routed when a reload has ended: not to be sent while api_behind(). */
	API_ROUTED,
};

struct api_reply {
	int status;
	struct json_object *body; /* owned; NULL: an empty one */
	char *text;		  /* owned; text/plain in its place */
	enum api_wait wait;
};

struct api;
int api_new(struct store *store, struct auth *auth, struct bridge *bridge, struct api **ret);
/* What takes long is made by S from now on, and such requests have to wait; borrowed. */
void api_set_snapshot(struct api *api, struct snapshot *s);
void api_free(struct api *api);

/* Answers REQ; always fills *ret in. One that is to wait is counted when it comes again. */
void api_handle(struct api *api, struct api_request *req, struct api_reply *ret);
/* HAProxy is being brought to what was changed. */
bool api_behind(const struct api *api);
/* Forgets transactions that were idle for too long. Called about once a second. */
void api_tick(struct api *api);
