/* SPDX-License-Identifier: MIT */
/* store-op.h -- what the checks of one operation share */
#pragma once

#include "tools/envmux/store-part.h"

/* What one operation works on. */
struct target {
	const struct object_kind *kind;
	char buffer[512];
	const char *partition, *name; /* in BUFFER */
	char *key;
	struct json_object *former; /* NULL: it is not there */
};

/* 404 with F5's words; returns -EINVAL. */
int op_not_found(struct store_error *error, const char *title, const char *what);
/* Puts OBJ (borrowed) with the next generation number. */
int op_put(struct store *s, enum store_kind kind, const char *key, struct json_object *obj);
/* Notes that POOL must be brought to the driver. */
int op_touch(struct store *s, const char *pool);

/* A node has an address, and nobody else has it; the address is written back in its usual form. */
int node_check(struct store *s, struct json_object *node, const char *key,
	       struct store_error *error);
/* True if POOL has the node of that path ("/test-1/10.0.0.1"). */
bool node_used(struct json_object *pool, const char *node);
/* Where T may be used: in its own partition, or everywhere (NULL) if it is common. */
const char *op_users(const struct target *t);

/*
 * The array of members that POOL, which OP writes to T, gets from LIST (NULL: those that it had, as
 * they were); nodes that a member's name or address tells are made on the way.
 */
int members_set(struct store *s, const struct store_op *op, const struct target *t,
		struct json_object *pool, struct json_object *list, struct store_error *error);
/* One operation on the sub-collection of members. *ret is owned. */
int member_op(struct store *s, const struct store_op *op, const struct target *t,
	      struct json_object **ret, struct store_error *error);

/*
 * What data groups, rules, virtual servers and everybody's metadata must be. Records and metadata
 * are sorted by it, as a device does.
 */
int refs_check(const struct store *s, const struct store_op *op, const struct target *t,
	       struct json_object *obj, struct store_error *error);
/* A virtual server that has the pool T, or the rule T; NULL if there is none. */
const char *pool_user(const struct store *s, const struct target *t);
const char *rule_user(const struct store *s, const struct target *t);
