/* SPDX-License-Identifier: MIT */
/* store-member.c -- members of pools, and the nodes behind them */
#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "tools/envmux/store-op.h"

#define MEMBERS_MAX 1024u

/* ---- nodes ---- */

int node_check(struct store *s, struct json_object *node, const char *key,
	       struct store_error *error)
{
	struct addr a;
	char text[ADDR_TEXT_MAX];
	const char *address, *holder;

	if (json_get_str(node, "address", &address) < 0)
		return object_error(error, 400, 1,
				    "one or more properties must be specified: address");
	if (object_address(address, &a) < 0)
		return object_error(error, 400, 1, "invalid property value \"address\":\"%.100s\"",
				    address);
	addr_format(&a, false, text);
	if (json_get_str(s->addresses, text, &holder) == 0 && strcmp(holder, key) != 0)
		return object_error(error, 400, 3,
				    "0107176c:3: Invalid Node, the IP address %s already exists.",
				    text);
	return json_set_str(node, "address", text);
}

bool node_used(struct json_object *pool, const char *node)
{
	struct json_object *members;

	if (json_get_arr(pool, "members", &members) < 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		struct json_object *m = json_object_array_get_idx(members, i);
		const char *name, *partition;
		char of[256];
		unsigned port;
		size_t n;

		if (json_get_str(m, "name", &name) < 0 ||
		    json_get_str(m, "partition", &partition) < 0 ||
		    object_member_split(name, of, &port) < 0)
			continue;
		n = strlen(partition);
		if (!strncmp(node + 1, partition, n) && node[n + 1] == '/' &&
		    !strcmp(node + n + 2, of))
			return true;
	}
	return false;
}

/*
 * Gives MEMBER the address of its node, which is made on the way if the name or the body tells it.
 */
static int node_for_member(struct store *s, const char *partition, const char *node,
			   struct json_object *body, struct json_object *member,
			   struct store_error *error)
{
	_cleanup_free_ char *key = str_printf("/%s/%s", partition, node);
	_cleanup_json_ struct json_object *obj = NULL, *fields = json_object_new_object();
	const char *address = NULL;
	struct addr a;
	int r;

	if (!key || !fields)
		return -ENOMEM;
	obj = part_find(s, STORE_NODE, key);
	if (!obj) {
		if (json_get_str(body, "address", &address) < 0 && object_address(node, &a) == 0)
			address = node;
		if (!address)
			return op_not_found(error, "Node", key);
		r = json_set_str(fields, "address", address);
		if (r == 0)
			r = object_build(&object_kinds[STORE_NODE], partition, node, NULL, fields,
					 true, &obj, error);
		if (r == 0)
			r = node_check(s, obj, key, error);
		if (r == 0)
			r = op_put(s, STORE_NODE, key, obj);
		if (r < 0)
			return r;
	}
	r = json_get_str(obj, "address", &address);
	return r < 0 ? r : json_set_str(member, "address", address);
}

/* ---- members ---- */

/*
 * The partition of a member is that of its node: the pool's, or Common. In the name, in the body,
 * as it was, in this order; in OF.
 */
static int member_partition(const struct store_op *op, const struct target *t,
			    struct json_object *former, struct json_object *body, char of[256],
			    struct store_error *error)
{
	const char *name = "", *text = t->partition;

	if (former)
		(void)json_get_str(former, "partition", &text);
	(void)json_get_str(body, "partition", &text);
	(void)json_get_str(body, "name", &name);
	if (*name == '/' && strchr(name + 1, '/'))
		snprintf(of, 256, "%.*s", (int)strcspn(name + 1, "/"), name + 1);
	else
		snprintf(of, 256, "%s", text);
	if (!strcmp(of, t->partition))
		return 0;
	if (strcmp(of, "Common") != 0)
		return object_error(error, 400, 3,
				    "01070726:3: Pool %s in partition %s cannot reference a node "
				    "in partition %.100s.",
				    op->path, t->partition, of);
	if (op->confined)
		return object_error(error, 403, 3,
				    "01070822:3: Access Denied: this account may not use nodes of "
				    "/Common.");
	return 0;
}

/* A member of pool T built from BODY (and FORMER); *ret owned. */
static int member_build(struct store *s, const struct store_op *op, const struct target *t,
			struct json_object *former, struct json_object *body,
			struct json_object **ret, struct store_error *error)
{
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_free_ char *full = NULL;
	const char *name, *slash;
	char node[256], partition[256];
	unsigned port;
	int r;

	if (json_get_str(body, "name", &name) < 0)
		return object_error(error, 400, 1,
				    "one or more properties must be specified: name");
	slash = strrchr(name, '/'); /* "/P/10.0.0.1:80" is a spelling of it */
	if ((slash && (*name != '/' || strchr(name + 1, '/') != slash)) ||
	    object_member_split(slash ? slash + 1 : name, node, &port) < 0)
		return object_error(error, 400, 1, "invalid property value \"name\":\"%.200s\"",
				    name);
	full = object_member_name(slash ? slash + 1 : name);
	if (!full)
		return -ENOMEM;
	r = member_partition(op, t, former, body, partition, error);
	if (r == 0)
		r = object_build(&object_member, partition, full, former, body,
				 op->verb != STORE_REPLACE, &obj, error);
	if (r == 0)
		r = node_for_member(s, partition, node, body, obj, error);
	if (r == 0)
		r = json_set_int(obj, "generation", ++s->generation);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(obj);
	return 0;
}

/* The index of member NAME in the array MEMBERS (may be NULL), or -1. */
static int member_index(struct json_object *members, const char *name)
{
	const char *have, *slash = strrchr(name, '/');
	_cleanup_free_ char *wanted = object_member_name(slash ? slash + 1 : name);

	for (size_t i = 0; members && i < json_object_array_length(members); i++) {
		if (json_get_str(json_object_array_get_idx(members, i), "name", &have) == 0 &&
		    !strcmp(have, wanted ?: name))
			return (int)i;
	}
	return -1;
}

int members_set(struct store *s, const struct store_op *op, const struct target *t,
		struct json_object *pool, struct json_object *list, struct store_error *error)
{
	_cleanup_json_ struct json_object *out = json_object_new_array();
	struct json_object *have = NULL;
	int r = 0;

	if (!out)
		return -ENOMEM;
	if (t->former && json_get_arr(t->former, "members", &have) == 0 && !list)
		return json_set(pool, "members", json_object_get(have));
	if (list && json_object_array_length(list) > MEMBERS_MAX)
		return object_error(error, 400, 1, "a pool has at most %u members", MEMBERS_MAX);
	for (size_t i = 0; list && r == 0 && i < json_object_array_length(list); i++) {
		struct json_object *body = json_object_array_get_idx(list, i), *m = NULL;
		const char *name = "";
		int at;

		(void)json_get_str(body, "name", &name);
		if (member_index(out, name) >= 0)
			return object_error(error, 400, 1,
					    "invalid property value \"members\": %.200s twice",
					    name);
		at = member_index(have, name);
		r = member_build(s, op, t,
				 at >= 0 ? json_object_array_get_idx(have, (size_t)at) : NULL, body,
				 &m, error);
		if (r == 0)
			r = json_append(out, m);
	}
	if (r < 0)
		return r;
	return json_set(pool, "members", TAKE_PTR(out));
}

/* A copy of POOL that shares all but its array of members, which is new (the entries are shared).
 */
static int pool_copy(struct json_object *pool, struct json_object **ret,
		     struct json_object **ret_members)
{
	_cleanup_json_ struct json_object *copy = json_object_new_object();
	struct json_object *members = json_object_new_array(), *had = NULL;
	int r = copy && members ? 0 : -ENOMEM;

	json_object_object_foreach (pool, key, value) {
		if (r == 0 && strcmp(key, "members") != 0)
			r = json_set(copy, key, json_object_get(value));
	}
	(void)json_get_arr(pool, "members", &had);
	for (size_t i = 0; had && r == 0 && i < json_object_array_length(had); i++)
		r = json_append(members, json_object_get(json_object_array_get_idx(had, i)));
	if (r == 0)
		r = json_set(copy, "members", json_object_get(members));
	json_object_put(members);
	if (r < 0)
		return r;
	*ret_members = members;
	*ret = TAKE_PTR(copy);
	return 0;
}

/* The member that OP writes, into MEMBERS at AT (behind the last one if AT < 0). *ret is owned. */
static int member_put(struct store *s, const struct store_op *op, const struct target *t,
		      struct json_object *members, int at, struct json_object **ret,
		      struct store_error *error)
{
	_cleanup_json_ struct json_object *body = NULL;
	struct json_object *made = NULL, *former = NULL;
	int r;

	if (json_object_deep_copy(op->body, &body, NULL) < 0)
		return -ENOMEM;
	if (at >= 0)
		former = json_object_array_get_idx(members, (size_t)at);
	/* What a POST names may say where the node is; else the path says which member it is. */
	r = op->verb == STORE_CREATE ? 0 : json_set_str(body, "name", op->member);
	if (r == 0)
		r = member_build(s, op, t, former, body, &made, error);
	if (r < 0)
		return r;
	if (at < 0)
		r = json_append(members, json_object_get(made));
	else if (json_object_array_put_idx(members, (size_t)at, json_object_get(made)) < 0) {
		json_object_put(made);
		r = -ENOMEM;
	}
	if (r < 0)
		json_object_put(made);
	else
		*ret = made;
	return r;
}

int member_op(struct store *s, const struct store_op *op, const struct target *t,
	      struct json_object **ret, struct store_error *error)
{
	_cleanup_json_ struct json_object *pool = NULL;
	struct json_object *members, *had = NULL;
	_cleanup_free_ char *title = NULL;
	int at, r;

	if (!t->former)
		return op_not_found(error, "Pool", op->path);
	(void)json_get_arr(t->former, "members", &had);
	at = member_index(had, op->member);
	title = object_member_title(op->path, op->member);
	if (!title)
		return -ENOMEM;
	if (op->verb == STORE_CREATE && at >= 0)
		return object_error(error, 409, 3,
				    "01020066:3: The requested Pool Member (%s) already exists in "
				    "partition %s.",
				    title, t->partition);
	if (op->verb != STORE_CREATE && at < 0)
		return op_not_found(error, "Pool Member", title);
	if (op->verb == STORE_CREATE && had && json_object_array_length(had) >= MEMBERS_MAX)
		return object_error(error, 400, 1, "a pool has at most %u members", MEMBERS_MAX);
	r = pool_copy(t->former, &pool, &members);
	if (r == 0 && op->verb == STORE_DELETE)
		r = json_object_array_del_idx(members, (size_t)at, 1) < 0 ? -ENOMEM : 0;
	else if (r == 0)
		r = member_put(s, op, t, members, at, ret, error);
	if (r == 0)
		r = op_touch(s, op->path);
	return r < 0 ? r : op_put(s, STORE_POOL, t->key, pool);
}
