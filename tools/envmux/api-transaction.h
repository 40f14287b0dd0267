/* SPDX-License-Identifier: MIT */
/*
 * api-transaction.h -- one open transaction and the commands in it
 *
 * What is queued is kept as text, as it came: some tenth of what it takes when it is open, and a
 * client may queue much and never commit.
 */
#pragma once

#include "tools/envmux/api-parts.h"

#define COMMANDS_MAX 4096
#define TRANSACTION_BYTES_MAX (8u * 1024 * 1024)
#define USER_BYTES_MAX (32u * 1024 * 1024) /* in all transactions of one user */

struct command {
	int64_t id, order;
	char *method, *uri;
	struct store_op op; /* without its body */
	char *body;	    /* NULL: none */
};

struct transaction {
	int64_t id;
	const struct auth_user *owner;
	time_t used; /* monotonic */
	struct command *commands;
	size_t n;
	size_t bytes; /* of bodies */
	int64_t next;
};

void transaction_free(struct transaction *t);
/* The caller's own open transaction ID, which lives on from now; NULL if there is none. */
struct transaction *transaction_find(struct api *api, const struct api_request *req,
				     const char *id);
/* 404: there is no such transaction or command. */
void reply_gone(struct api_reply *reply, const char *id);

/*
 * The queue in its order, as operations with their rights checked again: *ret owned, to be ended by
 * commands_done(). -EINVAL with *error.
 */
int commands_collect(struct api *api, struct transaction *t, struct store_op **ret,
		     struct store_error *error);
void commands_done(struct store_op *ops, size_t n);
void commands_list(struct transaction *t, struct api_reply *reply);
/* .../commands/N: looked at, moved or taken out. */
void commands_one(struct transaction *t, struct api_request *req, struct api_reply *reply);
