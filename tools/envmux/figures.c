/* SPDX-License-Identifier: MIT */
/* figures.c -- .../stats of pools, members and nodes, in the form that clients read */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api.h"
#include "tools/envmux/figures.h"
#include "tools/envmux/objects.h"

/* The entries of one object; an error stays until the end. */
struct entries {
	struct json_object *o;
	int error;
};

static void add(struct entries *e, const char *key, const char *kind, struct json_object *value)
{
	struct json_object *o = json_object_new_object();

	if (e->error == 0)
		e->error = o && value ? json_set(o, kind, json_object_get(value)) : -ENOMEM;
	if (e->error == 0)
		e->error = json_set(e->o, key, json_object_get(o));
	json_object_put(value);
	json_object_put(o);
}

static void number(struct entries *e, const char *key, uint64_t n)
{
	add(e, key, "value", json_object_new_int64((int64_t)n));
}

static void text(struct entries *e, const char *key, const char *value)
{
	add(e, key, "description", json_object_new_string(value));
}

/* {"nestedStats": {kind, selfLink, entries}}; takes E's entries over. */
static int nest(struct entries *e, const char *kind, const char *link, struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object(),
					  *in = json_object_new_object();
	_cleanup_free_ char *self = str_printf("%s?ver=" API_VERSION, link);
	int r = e->error;

	if (r == 0)
		r = o && in && self ? json_set_str(in, "kind", kind) : -ENOMEM;
	if (r == 0)
		r = json_set_str(in, "selfLink", self);
	if (r == 0)
		r = json_set(in, "entries", TAKE_PTR(e->o));
	if (r == 0)
		r = json_set(o, "nestedStats", TAKE_PTR(in));
	json_object_put(e->o);
	if (r == 0)
		*ret = TAKE_PTR(o);
	return r;
}

static void traffic(struct entries *e, const struct driver_member_stats *s)
{
	number(e, "curSessions", s->cur_sessions);
	number(e, "totRequests", s->tot_requests);
	number(e, "serverside.bitsIn", s->bytes_in * 8);
	number(e, "serverside.bitsOut", s->bytes_out * 8);
	number(e, "serverside.curConns", s->cur_sessions);
	number(e, "serverside.maxConns", s->cur_sessions);
	number(e, "serverside.pktsIn", 0);
	number(e, "serverside.pktsOut", 0);
	number(e, "serverside.totConns", s->tot_sessions);
}

static void status(struct entries *e, const char *availability, bool enabled, const char *reason)
{
	text(e, "status.availabilityState", availability);
	text(e, "status.enabledState", enabled ? "enabled" : "disabled");
	text(e, "status.statusReason", reason);
}

static const char *field(struct json_object *o, const char *key)
{
	const char *value;

	return json_get_str(o, key, &value) == 0 ? value : "";
}

static bool enabled(struct json_object *o)
{
	return strcmp(field(o, "session"), "user-disabled") != 0 &&
	       strcmp(field(o, "state"), "user-down") != 0;
}

/* What HAProxy says of a member; "unchecked" where it says nothing. */
static void ask(struct bridge *bridge, struct json_object *pool, struct json_object *member,
		struct driver_member_stats *ret)
{
	if (bridge_stats(bridge, field(pool, "fullPath"), field(member, "name"), ret) < 0)
		*ret = (struct driver_member_stats){ .status = "unchecked" };
}

int figures_member(struct bridge *bridge, struct json_object *pool, struct json_object *member,
		   const char *link, struct json_object **ret)
{
	_cleanup_free_ char *node_name = NULL;
	struct entries e = { .o = json_object_new_object() };
	struct driver_member_stats s;
	char node[256] = "";
	unsigned port = 0;
	bool up, down;

	ask(bridge, pool, member, &s);
	up = !strcmp(s.status, "up");
	down = !strcmp(s.status, "down");
	(void)object_member_split(field(member, "name"), node, &port);
	node_name = str_printf("/%s/%s", field(member, "partition"), node);
	text(&e, "addr", field(member, "address"));
	number(&e, "port", port);
	text(&e, "nodeName", node_name ?: node);
	text(&e, "poolName", field(pool, "fullPath"));
	text(&e, "monitorRule", *field(pool, "monitor") ? field(pool, "monitor") : "none");
	text(&e, "monitorStatus", up ? "up" : down ? "down" : "unchecked");
	text(&e, "sessionStatus", enabled(member) ? "enabled" : "disabled");
	traffic(&e, &s);
	status(&e,
	       up     ? "available"
	       : down ? "offline"
		      : "unknown",
	       enabled(member),
	       up     ? "Pool member is available"
	       : down ? "Pool member has been marked down by a monitor"
		      : "Pool member does not have service checking enabled");
	return nest(&e, "tm:ltm:pool:members:membersstats", link, ret);
}

/* The sum over a pool's members, and how many of them there are of which kind. */
struct sum {
	struct driver_member_stats s;
	uint64_t members, up, down, active;
};

static void sum_up(struct bridge *bridge, struct json_object *pool, struct sum *sum)
{
	struct json_object *members;

	if (json_get_arr(pool, "members", &members) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		struct json_object *m = json_object_array_get_idx(members, i);
		struct driver_member_stats s;

		ask(bridge, pool, m, &s);
		sum->s.cur_sessions += s.cur_sessions;
		sum->s.tot_sessions += s.tot_sessions;
		sum->s.tot_requests += s.tot_requests;
		sum->s.bytes_in += s.bytes_in;
		sum->s.bytes_out += s.bytes_out;
		sum->up += !strcmp(s.status, "up");
		sum->down += !strcmp(s.status, "down");
		sum->active += enabled(m) && strcmp(s.status, "down") != 0;
		sum->members++;
	}
}

static void queue(struct entries *e, const char *name)
{
	static const char *const keys[] = { "ageEdm", "ageEma", "ageHead",
					    "ageMax", "depth",	"serviced" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s.%s", name, keys[i]);
		number(e, key, 0);
	}
}

int figures_pool(struct bridge *bridge, struct json_object *pool, const char *link,
		 struct json_object **ret)
{
	struct entries e = { .o = json_object_new_object() };
	struct sum sum = {};
	bool offline;

	sum_up(bridge, pool, &sum);
	offline = sum.down > 0 && sum.down == sum.members;
	text(&e, "tmName", field(pool, "fullPath"));
	text(&e, "monitorRule", *field(pool, "monitor") ? field(pool, "monitor") : "none");
	number(&e, "memberCnt", sum.members);
	number(&e, "activeMemberCnt", sum.active);
	number(&e, "availableMemberCnt", sum.up);
	number(&e, "minActiveMembers", 0);
	queue(&e, "connq");
	queue(&e, "connqAll");
	traffic(&e, &sum.s);
	status(&e,
	       sum.up > 0 ? "available"
	       : offline  ? "offline"
			  : "unknown",
	       true,
	       sum.up > 0 ? "The pool is available"
	       : offline  ? "The children pool member(s) are down"
			  : "The children pool member(s) either don't have service checking "
			    "enabled, or service check results are not available yet");
	return nest(&e, "tm:ltm:pool:poolstats", link, ret);
}

int figures_node(struct json_object *node, const char *link, struct json_object **ret)
{
	const struct driver_member_stats none = {};
	struct entries e = { .o = json_object_new_object() };

	text(&e, "addr", field(node, "address"));
	text(&e, "tmName", field(node, "fullPath"));
	text(&e, "monitorRule", "none");
	text(&e, "monitorStatus", "unchecked");
	text(&e, "sessionStatus", enabled(node) ? "enabled" : "disabled");
	traffic(&e, &none);
	status(&e, "unknown", enabled(node), "Node address does not have service checking enabled");
	return nest(&e, "tm:ltm:node:nodestats", link, ret);
}
