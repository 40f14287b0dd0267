/* SPDX-License-Identifier: MIT */
/* render.c -- stored objects in the form that clients read: kind, selfLink, references, live state
 */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api.h"
#include "tools/envmux/render.h"

#define LINK "https://localhost/mgmt/tm/"

char *render_id(const char *path)
{
	char *id = strdup(path);

	for (char *p = id; p && *p; p++)
		*p = *p == '/' ? '~' : *p;
	return id;
}

static int set_link(struct json_object *o, const char *key, const char *uri, const char *id,
		    const char *rest)
{
	_cleanup_free_ char *link =
		str_printf(LINK "%s%s%s%s?ver=" API_VERSION, uri, id ? "/" : "", id ?: "", rest);

	return link ? json_set_str(o, key, link) : -ENOMEM;
}

int render_select(struct json_object **obj, const char *select)
{
	_cleanup_json_ struct json_object *out = NULL;
	_cleanup_free_ char *copy = NULL;
	char *save = NULL;
	int r = 0;

	if (!select)
		return 0;
	out = json_object_new_object();
	copy = strdup(select);
	if (!out || !copy)
		return -ENOMEM;
	for (char *f = strtok_r(copy, ",", &save); r == 0 && f; f = strtok_r(NULL, ",", &save)) {
		struct json_object *v;

		if (json_object_object_get_ex(*obj, f, &v))
			r = json_set(out, f, json_object_get(v));
	}
	if (r < 0)
		return r;
	json_object_put(*obj);
	*obj = TAKE_PTR(out);
	return 0;
}

static int set_kind(struct json_object *o, enum store_kind kind, const char *type)
{
	_cleanup_free_ char *text =
		kind == STORE_MONITOR
			? str_printf("%s:%s:%sstate", object_kinds[kind].kind, type, type)
			: str_printf("%sstate", object_kinds[kind].kind);

	return text ? json_set_str(o, "kind", text) : -ENOMEM;
}

/*
 * What is observed in place of what was asked for: a client that compares takes "user-enabled" with
 * "down" for disabled and would write for ever, so a checked member reads "monitor-enabled".
 */
static int observe(struct bridge *bridge, const char *pool, struct json_object *o)
{
	struct driver_member_stats stats;
	const char *name, *session, *state;
	int r;

	if (json_get_str(o, "name", &name) < 0 || json_get_str(o, "session", &session) < 0 ||
	    json_get_str(o, "state", &state) < 0)
		return -EBADMSG;
	if (!strcmp(state, "user-down"))
		return 0;
	if (!pool || bridge_stats(bridge, pool, name, &stats) < 0 ||
	    (strcmp(stats.status, "up") != 0 && strcmp(stats.status, "down") != 0 &&
	     strcmp(stats.status, "checking") != 0))
		return json_set_str(o, "state", "unchecked");
	r = json_set_str(o, "state", stats.status);
	if (r == 0 && !strcmp(session, "user-enabled"))
		r = json_set_str(o, "session", "monitor-enabled");
	return r;
}

int render_member(struct bridge *bridge, struct json_object *pool, struct json_object *member,
		  const struct render_opts *opts, struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *pool_id = NULL, *id = NULL, *rest = NULL;
	const char *pool_path, *path;
	int r;

	r = json_get_str(pool, "fullPath", &pool_path);
	if (r == 0)
		r = json_get_str(member, "fullPath", &path);
	if (r < 0)
		return r;
	pool_id = render_id(pool_path);
	id = render_id(path);
	rest = id ? str_printf("/members/%s", id) : NULL;
	if (!o || !pool_id || !rest)
		return -ENOMEM;
	r = json_set_str(o, "kind", "tm:ltm:pool:members:membersstate");
	if (r == 0)
		r = object_whole(&object_member, member, o);
	if (r == 0)
		r = set_link(o, "selfLink", "ltm/pool", pool_id, rest);
	if (r == 0)
		r = observe(bridge, pool_path, o);
	if (r == 0)
		r = render_select(&o, opts->select);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

static int members_reference(struct bridge *bridge, struct json_object *pool, const char *id,
			     bool expand, struct json_object *o)
{
	struct json_object *reference = json_object_new_object(), *members, *items;
	const struct render_opts whole = {};
	int r = json_set(o, "membersReference", reference);

	if (r == 0)
		r = set_link(reference, "link", "ltm/pool", id, "/members");
	if (r == 0)
		r = json_set_bool(reference, "isSubcollection", true);
	if (r < 0 || !expand || json_get_arr(pool, "members", &members) < 0 ||
	    json_object_array_length(members) == 0)
		return r;
	items = json_object_new_array();
	r = json_set(reference, "items", items);
	for (size_t i = 0; r == 0 && i < json_object_array_length(members); i++) {
		struct json_object *m = NULL;

		r = render_member(bridge, pool, json_object_array_get_idx(members, i), &whole, &m);
		if (r == 0)
			r = json_append(items, m);
	}
	return r;
}

/* A pool's monitor reads back with a blank behind it; BIG-IP does so, and clients trim it. */
static int pool_monitor(struct json_object *o)
{
	_cleanup_free_ char *text = NULL;
	const char *monitor;

	if (json_get_str(o, "monitor", &monitor) < 0)
		return 0;
	text = str_printf("%s ", monitor);
	return text ? json_set_str(o, "monitor", text) : -ENOMEM;
}

int render_object(struct bridge *bridge, enum store_kind kind, struct json_object *obj,
		  const struct render_opts *opts, struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *id = NULL, *uri = NULL;
	const char *path, *type = NULL;
	int r;

	r = json_get_str(obj, "fullPath", &path);
	if (r < 0)
		return r;
	(void)json_get_str(obj, "_type", &type);
	id = render_id(path);
	uri = type ? str_printf("%s/%s", object_kinds[kind].uri, type)
		   : strdup(object_kinds[kind].uri);
	if (!o || !id || !uri)
		return -ENOMEM;
	r = set_kind(o, kind, type);
	if (r == 0)
		r = object_whole(&object_kinds[kind], obj, o);
	if (r == 0)
		r = set_link(o, "selfLink", uri, id, "");
	if (r == 0 && kind == STORE_POOL)
		r = pool_monitor(o) ?: members_reference(bridge, obj, id, opts->expand, o);
	if (r == 0 && kind == STORE_NODE)
		r = observe(bridge, NULL, o);
	if (r == 0 && kind == STORE_VIRTUAL)
		r = render_virtual(obj, id, opts->expand, o);
	if (r == 0)
		r = render_select(&o, opts->select);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

int render_folder(struct json_object *partition, const struct render_opts *opts,
		  struct json_object **ret)
{
	static const char *const fixed[][2] = { { "subPath", "/" },
						{ "deviceGroup", "none" },
						{ "inheritedDevicegroup", "true" },
						{ "inheritedTrafficGroup", "true" } };
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *path = NULL, *id = NULL;
	const char *name, *description;
	int64_t generation = 0;
	int r;

	r = json_get_str(partition, "name", &name);
	if (r < 0)
		return r;
	(void)json_get_int(partition, "generation", &generation);
	path = str_printf("/%s", name);
	id = path ? render_id(path) : NULL;
	if (!o || !id)
		return -ENOMEM;
	r = json_set_str(o, "kind", "tm:sys:folder:folderstate") ?: json_set_str(o, "name", name);
	if (r == 0)
		r = json_set_str(o, "fullPath", path) ?: json_set_int(o, "generation", generation);
	if (r == 0)
		r = set_link(o, "selfLink", "sys/folder", id, "");
	if (r == 0 && json_get_str(partition, "_folderDescription", &description) == 0)
		r = json_set_str(o, "description", description);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fixed); i++)
		r = json_set_str(o, fixed[i][0], fixed[i][1]);
	if (r == 0)
		r = render_select(&o, opts->select);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

int render_collection(const char *kind, const char *uri, struct json_object *items,
		      struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object(), *list = items;
	_cleanup_free_ char *text = str_printf("%scollectionstate", kind);
	int r;

	if (!o || !text || !items)
		return -ENOMEM;
	r = json_set_str(o, "kind", text);
	if (r == 0)
		r = set_link(o, "selfLink", uri, NULL, "");
	if (r == 0 && json_object_array_length(items) > 0)
		r = json_set(o, "items", TAKE_PTR(list));
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

struct json_object *render_error(int status, const char *message, int api_error)
{
	struct json_object *o = json_object_new_object();

	if (!o || json_set_int(o, "code", status) < 0 || json_set_str(o, "message", message) < 0 ||
	    json_set(o, "errorStack", json_object_new_array()) < 0 ||
	    (api_error && json_set_int(o, "apiError", api_error) < 0)) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

struct json_object *render_front_error(int status, const char *message, const char *peer)
{
	struct json_object *o = json_object_new_object();

	if (!o || json_set_int(o, "code", status) < 0 || json_set_str(o, "message", message) < 0 ||
	    json_set_str(o, "referer", peer) < 0 || json_set_int(o, "restOperationId", 1) < 0 ||
	    json_set_str(o, "kind", ":resterrorresponse") < 0) {
		json_object_put(o);
		return NULL;
	}
	return o;
}
