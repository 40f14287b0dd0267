/* SPDX-License-Identifier: MIT */
/* api-parts.h -- what the files of the API share */
#pragma once

#include "tools/envmux/api.h"
#include "tools/envmux/objects.h"
#include "tools/envmux/render.h"

#define API_BODY_DEPTH 16 /* JSON within JSON */

struct transaction;

struct api {
	struct store *store;
	struct auth *auth;
	struct bridge *bridge;
	struct snapshot *snapshot; /* NULL: what takes long is made at once */
	struct transaction **transactions;
	size_t n_transactions;
	bool behind; /* the request under way has changed what a reload brings there */
	uint64_t requests, writes;
	struct json_object *by; /* "METHOD path" -> how often */
};

/* Each fills REPLY in. MESSAGE is copied. */
void reply_error(struct api_reply *reply, int status, const char *message, int api_error);
void reply_front_error(struct api_reply *reply, const struct api_request *req, int status,
		       const char *message);
/* 404 for a path that nobody serves. */
void reply_no_path(struct api_reply *reply, const struct api_request *req);
/* 404 in F5's words: the TITLE ("Pool") of that PATH is not there. */
void reply_absent(struct api_reply *reply, const char *title, const char *path);
/* R >= 0: 200 with BODY (taken over); else 500 with the text of the errno. */
void reply_body(struct api_reply *reply, int r, struct json_object *body);

/* The store could not keep a change of WHAT: logged, and 503. */
void reply_not_kept(struct api_reply *reply, int r, const char *what);
/* Brings what was changed to the driver; logged if that must wait. */
void api_routes_follow(struct api *api);

/* Counts REQ, whose sender is known by now if it said who it is. */
void api_count(struct api *api, const struct api_request *req);
bool api_is_stats(const struct api_request *req);
void api_stats(struct api *api, struct api_request *req, struct api_reply *reply);

void api_metrics(struct api *api, struct api_request *req, struct api_reply *reply);

/* What a path names. */
struct place {
	enum store_kind kind;
	const char *type; /* monitors; borrowed from the request */
	bool folder;	  /* sys/folder: another face of partitions */
	char *path;	  /* NULL: the collection */
	bool members;	  /* the sub-collection of a pool */
	char *member;	  /* NULL: the whole of it */
	bool stats;
	const char *list; /* of a virtual server: "profiles"; NULL: itself */
	bool example;	  /* the template of the collection */
};
/* -ENOENT if nobody serves that path. *p is to be ended by place_done() in any case. */
int place_read(const struct api_request *req, struct place *p);
void place_done(struct place *p);
/* The collection that P lies in: "ltm/pool/~test-1~www-1/members"; owned. */
char *place_uri(const struct place *p);
/* Its kind without "collectionstate"; owned. */
char *place_kind_text(const struct place *p);
void api_read(struct api *api, struct api_request *req, const struct place *p,
	      struct api_reply *reply);

/* What belongs to the device as a whole. False, and nothing done, for any other path. */
bool api_system(struct api *api, const struct api_request *req, struct api_reply *reply);
/* The same for GET of PATH ("sys/version"): what never changes. */
bool api_fixed(struct api *api, const struct api_request *req, const char *path,
	       struct api_reply *reply);

/* GET of .../stats. */
void api_figures(struct api *api, struct api_request *req, const struct place *p,
		 struct api_reply *reply);

/* /mgmt/tm/KIND...: objects and members. */
void api_objects(struct api *api, struct api_request *req, struct api_reply *reply);
/* /mgmt/tm/transaction... */
void api_transactions(struct api *api, struct api_request *req, struct api_reply *reply);
/* Queues OP (taken over) in the transaction of REQ's coordination id. */
void api_transaction_queue(struct api *api, struct api_request *req, struct store_op *op,
			   struct api_reply *reply);
void api_transactions_free(struct api *api);

/* May WHO do OP? The registrar's rights are checked here, for single writes and for queued ones. */
bool api_may(const struct api *api, const struct auth_user *who, const struct store_op *op);
