/* SPDX-License-Identifier: MIT */
/* icontrol-write.c -- a list of changes: the partition first, the rest as one transaction */
#include "modules/balancer/icontrol.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static int make_partition(struct mux *m, const char *id, const char *description)
{
	_cleanup_free_ char *name = str_printf("test-%s", id);
	_cleanup_json_ struct json_object *body = json_object_new_object();
	int r = name && body ? json_set_str(body, "name", name) : -ENOMEM;

	if (r == 0)
		r = json_set_str(body, "description", description);
	return r < 0 ? r : icontrol_call(m, "POST", "/mgmt/tm/auth/partition", NULL, body, NULL);
}

static int stamp(struct mux *m, const char *id, const char *description)
{
	_cleanup_free_ char *path = str_printf("/mgmt/tm/auth/partition/test-%s", id);
	_cleanup_json_ struct json_object *body = json_object_new_object();
	int r = path && body ? json_set_str(body, "description", description) : -ENOMEM;

	return r < 0 ? r : icontrol_call(m, "PATCH", path, NULL, body, NULL);
}

static int pool_body(const char *id, const struct mux_pool *p, struct json_object **ret)
{
	_cleanup_json_ struct json_object *body = json_object_new_object();
	_cleanup_free_ char *partition = str_printf("test-%s", id);
	struct json_object *members = json_object_new_array();
	int r = body && partition ? json_set(body, "members", members) : -ENOMEM;

	if (r == 0)
		r = json_set_str(body, "monitor", p->monitor ?: "");
	for (size_t i = 0; r == 0 && i < p->n_members; i++) {
		const struct mux_member *m = &p->members[i];
		struct json_object *o = json_object_new_object();

		r = json_append(members, o);
		if (r == 0)
			r = json_set_str(o, "name", m->name)
				    ?: json_set_str(o, "partition", partition);
		if (r == 0)
			r = json_set_str(o, "address", m->address)
				    ?: json_set_str(o, "session",
						    m->enabled ? "user-enabled" : "user-disabled");
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(body);
	return 0;
}

static int name_body(struct json_object *body, const char *id, const char *name)
{
	_cleanup_free_ char *partition = str_printf("test-%s", id);
	int r = partition ? json_set_str(body, "partition", partition) : -ENOMEM;

	return r < 0 ? r : json_set_str(body, "name", name);
}

/* A check each 5 s; three may fail: F5's own advice for the timeout is 3 * interval + 1. */
static int monitor_body(const char *id, const struct mux_pool *p, bool making,
			struct json_object **ret)
{
	_cleanup_json_ struct json_object *body = json_object_new_object();
	int r = body ? json_set_str(body, "send", p->send) : -ENOMEM;

	if (r == 0 && making)
		r = name_body(body, id, strrchr(p->monitor, '/') + 1)
			    ?: json_set_str(body, "defaultsFrom", "/Common/http");
	if (r == 0)
		r = json_set_int(body, "interval", 5) ?: json_set_int(body, "timeout", 16);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(body);
	return 0;
}

static int object_path(const char *kind, const char *id, const char *name, char **ret)
{
	_cleanup_free_ char *full =
		*name == '/' ? strdup(name) : str_printf("/test-%s/%s", id, name);
	_cleanup_free_ char *tilde = full ? icontrol_id(full) : NULL;

	*ret = tilde ? str_printf("/mgmt/tm/ltm/%s/%s", kind, tilde) : NULL;
	return *ret ? 0 : -ENOMEM;
}

/* The call that change C is; queued in TRANSACTION, or at once if that is NULL. */
static int apply_one(struct mux *m, const char *id, const struct mux_change *c,
		     const char *transaction)
{
	static const char *const kinds[] = {
		[MUX_MAKE_MONITOR] = "monitor/http",
		[MUX_SET_MONITOR] = "monitor/http",
		[MUX_MAKE_POOL] = "pool",
		[MUX_SET_POOL] = "pool",
		[MUX_DROP_POOL] = "pool",
		[MUX_DROP_MONITOR] = "monitor/http",
		[MUX_DROP_NODE] = "node",
	};
	bool making = c->kind == MUX_MAKE_MONITOR || c->kind == MUX_MAKE_POOL;
	bool setting = c->kind == MUX_SET_MONITOR || c->kind == MUX_SET_POOL;
	_cleanup_json_ struct json_object *body = NULL;
	_cleanup_free_ char *path = NULL;
	int r = 0;

	if (making)
		path = str_printf("/mgmt/tm/ltm/%s", kinds[c->kind]);
	else
		r = object_path(kinds[c->kind], id, c->name, &path);
	if (r == 0 && !path)
		r = -ENOMEM;
	if (r == 0 && (c->kind == MUX_MAKE_MONITOR || c->kind == MUX_SET_MONITOR))
		r = monitor_body(id, c->pool, making, &body);
	else if (r == 0 && (making || setting))
		r = pool_body(id, c->pool, &body);
	if (r == 0 && c->kind == MUX_MAKE_POOL)
		r = name_body(body, id, c->name);
	if (r == 0)
		r = icontrol_call(m,
				  making    ? "POST"
				  : setting ? "PATCH"
					    : "DELETE",
				  path, transaction, body, NULL);
	/* Somebody else's delete is success. */
	return r == -ENOENT && !making && !setting ? 0 : r;
}

/* 400 and the like are answers; what is none leaves open whether it was done. */
static int commit(struct mux *m, const char *transaction)
{
	_cleanup_free_ char *path = str_printf("/mgmt/tm/transaction/%s", transaction);
	_cleanup_json_ struct json_object *body = json_object_new_object(), *o = NULL;
	const char *state, *why;
	int r = path && body ? json_set_str(body, "state", "VALIDATING") : -ENOMEM;

	if (r == 0)
		r = icontrol_call(m, "PATCH", path, NULL, body, &o);
	if (r == -EPROTO || r == -EBUSY)
		return -ECONNRESET;
	if (r < 0)
		return r;
	if (!o || json_get_str(o, "state", &state) < 0)
		return icontrol_fail(m, -ECONNRESET,
				     "the mux took the transaction and does not say what became "
				     "of it");
	if (!strcmp(state, "COMPLETED"))
		return 0;
	if (json_get_str(o, "failureReason", &why) < 0)
		why = "no reason given";
	return icontrol_fail(m, !strcmp(state, "FAILED") ? -EINVAL : -ECONNRESET,
			     "the transaction is %s: %s", state, why);
}

static int transact(struct mux *m, const char *id, const struct mux_change *changes, size_t n)
{
	_cleanup_json_ struct json_object *empty = json_object_new_object(), *o = NULL;
	_cleanup_free_ char *transaction = NULL;
	int64_t number;
	int r;

	/* One change of one object is atomic by itself. */
	if (n == 1)
		return apply_one(m, id, changes, NULL);
	r = empty ? icontrol_call(m, "POST", "/mgmt/tm/transaction", NULL, empty, &o) : -ENOMEM;
	if (r < 0)
		return r;
	if (!o || json_get_int(o, "transId", &number) < 0)
		return icontrol_fail(m, -EPROTO, "the mux opened a transaction without an id");
	transaction = str_printf("%" PRId64, number);
	r = transaction ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = apply_one(m, id, &changes[i], transaction);
	return r < 0 ? r : commit(m, transaction);
}

int icontrol_apply(struct mux *m, const char *id, const struct mux_change *changes, size_t n)
{
	int r = 0;

	while (r == 0 && n > 0 &&
	       (changes->kind == MUX_MAKE_PARTITION || changes->kind == MUX_STAMP)) {
		r = changes->kind == MUX_STAMP ? stamp(m, id, changes->name)
					       : make_partition(m, id, changes->name);
		changes++;
		n--;
	}
	return r < 0 || n == 0 ? r : transact(m, id, changes, n);
}
