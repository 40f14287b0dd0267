/* SPDX-License-Identifier: MIT */
/* api-read.c -- GET of objects, members and their collections */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-query.h"

struct listing {
	struct api *api;
	const struct place *place;
	struct render_opts opts;
	struct filter filter;
	struct page page;
	const char *uri;
	struct json_object *items;
};

static void listing_done(struct listing *l)
{
	filter_done(&l->filter);
	json_object_put(l->items);
}

/* The next one is not on the page, whatever it is. */
static bool list_skips(struct listing *l)
{
	return !l->filter.others && !page_takes(&l->page);
}

/* Takes O, what a client would see of it whole, over. */
static int list_add(struct listing *l, struct json_object *o)
{
	int r = 0;

	if (l->filter.others && (!filter_fits(&l->filter, o) || !page_takes(&l->page))) {
		json_object_put(o);
		return 0;
	}
	r = render_select(&o, l->opts.select);
	if (r == 0)
		return json_append(l->items, o);
	json_object_put(o);
	return r;
}

static int list_one(void *userdata, const char *path, struct json_object *obj)
{
	struct listing *l = userdata;
	const struct render_opts whole = { .expand = l->opts.expand };
	struct json_object *o = NULL;
	int r;

	if (list_skips(l))
		return 0;
	if (l->place->folder)
		r = render_folder(obj, &whole, &o);
	else
		r = render_object(l->api->bridge, l->place->kind, obj, &whole, &o);
	return r < 0 ? r : list_add(l, o);
}

static int list_members(struct listing *l, struct json_object *pool)
{
	const struct render_opts whole = {};
	struct json_object *members;
	int r = json_get_arr(pool, "members", &members);

	for (size_t i = 0; r == 0 && i < json_object_array_length(members); i++) {
		struct json_object *o = NULL;

		if (list_skips(l))
			continue;
		r = render_member(l->api->bridge, pool, json_object_array_get_idx(members, i),
				  &whole, &o);
		if (r == 0)
			r = list_add(l, o);
	}
	return r;
}

/* Profiles or policies of the virtual server OBJ. */
static void list_of_virtual(const struct api_request *req, const struct place *p,
			    struct json_object *obj, struct api_reply *reply)
{
	_cleanup_free_ char *id = render_id(p->path);
	_cleanup_free_ char *uri = id ? str_printf("ltm/virtual/%s/%s", id, p->list) : NULL;
	_cleanup_free_ char *kind = str_printf("tm:ltm:virtual:%s:%s", p->list, p->list);
	struct json_object *items = NULL, *o = NULL;
	int r = uri && kind ? render_virtual_list(obj, p->list, id, &items) : -ENOMEM;

	if (r == 0)
		r = render_collection(kind, uri, items, &o);
	if (r == 0)
		r = query_link(req, uri, o);
	reply_body(reply, r, o);
}

/* A collection; that of POOL's members, if there is one. */
static void list(struct api *api, struct api_request *req, const struct place *p,
		 struct json_object *pool, const struct render_opts *opts, struct api_reply *reply)
{
	_cleanup_(listing_done) struct listing l = { .api = api,
						     .place = p,
						     .opts = *opts,
						     .page = page_of(req),
						     .items = json_object_new_array() };
	_cleanup_free_ char *uri = place_uri(p), *kind = place_kind_text(p);
	struct json_object *o = NULL;
	int r = uri && kind && l.items ? 0 : -ENOMEM;

	if (r == 0 && filter_read(api, req, &l.filter, reply) < 0)
		return;
	if (r == 0)
		r = pool ? list_members(&l, pool)
			 : store_each(api->store, p->kind, p->type, l.filter.partition, list_one,
				      &l);
	if (r == 0)
		r = render_collection(kind, uri, TAKE_PTR(l.items), &o);
	if (r == 0)
		r = page_tell(&l.page, uri, o) ?: query_link(req, uri, o);
	reply_body(reply, r, o);
}

static struct json_object *find_member(struct json_object *pool, const char *name)
{
	struct json_object *members;
	const char *have;

	if (json_get_arr(pool, "members", &members) < 0)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		struct json_object *m = json_object_array_get_idx(members, i);

		if (json_get_str(m, "name", &have) == 0 && !strcmp(have, name))
			return m;
	}
	return NULL;
}

/*
 * The object that a POST without wishes would make. Its name is reserved; what a device tells
 * beside the defaults are descriptions for people, which are left out here.
 */
static void example(const struct place *p, struct api_reply *reply)
{
	static const char *const keys[] = { "name", "partition", "subPath" };
	_cleanup_free_ char *uri = place_uri(p), *kind = place_kind_text(p);
	_cleanup_free_ char *own = uri ? str_printf("%s/example", uri) : NULL;
	struct json_object *items = json_object_new_array(), *names = json_object_new_array();
	struct json_object *one = json_object_new_object(), *none = json_object_new_object();
	struct json_object *o = NULL;
	int r = own && kind && names && none ? json_append(items, one) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++)
		r = json_append(names, json_object_new_string(keys[i]));
	if (r == 0)
		r = object_whole(p->members ? &object_member : &object_kinds[p->kind], none, one);
	if (r == 0)
		r = json_set(one, "naturalKeyPropertyNames", json_object_get(names));
	if (r == 0)
		r = render_collection(kind, own, json_object_get(items), &o);
	json_object_put(items);
	json_object_put(names);
	json_object_put(none);
	reply_body(reply, r, o);
}

void api_read(struct api *api, struct api_request *req, const struct place *p,
	      struct api_reply *reply)
{
	const char *expand = req->arg(req->userdata, "expandSubcollections");
	struct render_opts opts = { .expand = expand && !strcmp(expand, "true"),
				    .select = req->arg(req->userdata, "$select") };
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *member, *o = NULL;
	int r;

	if (p->example) {
		example(p, reply);
		return;
	}
	if (!p->path) {
		list(api, req, p, NULL, &opts, reply);
		return;
	}
	obj = store_get(api->store, p->kind, p->type, p->path);
	if (!obj) {
		reply_absent(reply, p->folder ? "folder" : object_kinds[p->kind].title, p->path);
		return;
	}
	if (p->list) {
		list_of_virtual(req, p, obj, reply);
		return;
	}
	if (p->members && !p->member) {
		list(api, req, p, obj, &opts, reply);
		return;
	}
	if (p->member) {
		_cleanup_free_ char *title = object_member_title(p->path, p->member);

		member = find_member(obj, p->member);
		if (!member) {
			reply_absent(reply, "Pool Member", title ?: p->member);
			return;
		}
		r = render_member(api->bridge, obj, member, &opts, &o);
	} else if (p->folder) {
		r = render_folder(obj, &opts, &o);
	} else {
		r = render_object(api->bridge, p->kind, obj, &opts, &o);
	}
	reply_body(reply, r, o);
}
