/* SPDX-License-Identifier: MIT */
/* api-figures.c -- GET .../stats of pools, their members and nodes, one or all of them */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"
#include "tools/envmux/figures.h"

struct gathering {
	struct api *api;
	enum store_kind kind;
	const char *base; /* ".../mgmt/tm/ltm/pool" */
	struct json_object *entries;
};

static int gather(struct gathering *g, const char *path, struct json_object *obj,
		  struct json_object *pool)
{
	_cleanup_free_ char *id = render_id(path);
	_cleanup_free_ char *link = id ? str_printf("%s/%s/stats", g->base, id) : NULL;
	struct json_object *o = NULL;
	int r;

	if (!link)
		return -ENOMEM;
	if (pool)
		r = figures_member(g->api->bridge, pool, obj, link, &o);
	else if (g->kind == STORE_POOL)
		r = figures_pool(g->api->bridge, obj, link, &o);
	else
		r = figures_node(obj, link, &o);
	return r < 0 ? r : json_set(g->entries, link, o);
}

static int gather_one(void *userdata, const char *path, struct json_object *obj)
{
	return gather(userdata, path, obj, NULL);
}

/* The members of POOL, or the one of that name. 1 if there was any. */
static int gather_members(struct gathering *g, struct json_object *pool, const char *name)
{
	struct json_object *members;
	const char *path, *have;
	int r = json_get_arr(pool, "members", &members), found = 0;

	for (size_t i = 0; r == 0 && i < json_object_array_length(members); i++) {
		struct json_object *m = json_object_array_get_idx(members, i);

		r = json_get_str(m, "name", &have) ?: json_get_str(m, "fullPath", &path);
		if (r < 0 || (name && strcmp(name, have) != 0))
			continue;
		found = 1;
		r = gather(g, path, m, pool);
	}
	return r < 0 ? r : found;
}

static void reply_figures(struct api_reply *reply, int r, const char *kind, const char *link,
			  struct json_object *entries)
{
	_cleanup_free_ char *self = str_printf("%s/stats?ver=" API_VERSION, link);
	struct json_object *o = json_object_new_object();

	if (r == 0)
		r = o && self ? json_set_str(o, "kind", kind) : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "selfLink", self);
	if (r == 0 && json_object_object_length(entries) > 0)
		r = json_set(o, "entries", json_object_get(entries));
	reply_body(reply, r, o);
}

void api_figures(struct api *api, struct api_request *req, const struct place *p,
		 struct api_reply *reply)
{
	_cleanup_json_ struct json_object *entries = json_object_new_object();
	_cleanup_free_ char *id = p->path ? render_id(p->path) : NULL;
	_cleanup_free_ char *base =
		str_printf("https://localhost/mgmt/tm/%s%s%s%s", object_kinds[p->kind].uri,
			   p->path ? "/" : "", id ?: "", p->members ? "/members" : "");
	struct gathering g = { api, p->kind, base, entries };
	_cleanup_json_ struct json_object *obj = NULL;
	int r = entries && base ? 0 : -ENOMEM;

	if (p->folder || (p->kind != STORE_POOL && p->kind != STORE_NODE)) {
		reply_no_path(reply, req);
		return;
	}
	if (p->path)
		obj = store_get(api->store, p->kind, NULL, p->path);
	if (p->path && !obj) {
		reply_absent(reply, object_kinds[p->kind].title, p->path);
		return;
	}
	if (r == 0 && !obj)
		r = store_each(api->store, p->kind, NULL, NULL, gather_one, &g);
	else if (r == 0 && !p->members)
		r = gather(&g, p->path, obj, NULL);
	else if (r == 0)
		r = gather_members(&g, obj, p->member);
	if (r == 0 && p->member) {
		reply_absent(reply, "Pool Member", p->member);
		return;
	}
	reply_figures(reply, r < 0 ? r : 0,
		      p->members	      ? "tm:ltm:pool:members:memberscollectionstats"
		      : p->kind == STORE_NODE ? "tm:ltm:node:nodestats"
					      : "tm:ltm:pool:poolstats",
		      base, entries);
}
