/* SPDX-License-Identifier: MIT */
/* api-parts.h -- what the files of the API share */
#pragma once

#include "tools/envmux/api.h"
#include "tools/envmux/objects.h"
#include "tools/envmux/render.h"

struct transaction;

struct api {
	struct store *store;
	struct auth *auth;
	struct bridge *bridge;
	struct transaction **transactions;
	size_t n_transactions;
	uint64_t requests, writes;
};

/* Each fills REPLY in. MESSAGE is copied. */
void reply_error(struct api_reply *reply, int status, const char *message, int api_error);
void reply_front_error(struct api_reply *reply, const struct api_request *req, int status,
		       const char *message);
/* 404 for a path that nobody serves. */
void reply_no_path(struct api_reply *reply, const struct api_request *req);
/* R >= 0: 200 with BODY (taken over); else 500 with the text of the errno. */
void reply_body(struct api_reply *reply, int r, struct json_object *body);

/* /mgmt/tm/KIND...: objects and members. SEGMENTS start behind "tm". */
void api_objects(struct api *api, struct api_request *req, struct api_reply *reply);
/* /mgmt/tm/transaction... */
void api_transactions(struct api *api, struct api_request *req, struct api_reply *reply);
/* Queues OP (taken over) in the transaction of REQ's coordination id. */
void api_transaction_queue(struct api *api, struct api_request *req, struct store_op *op,
			   struct api_reply *reply);
void api_transactions_free(struct api *api);

/* May WHO do OP? The registrar's rights are checked here, for single writes and for queued ones. */
bool api_may(const struct api *api, const struct auth_user *who, const struct store_op *op);
