/* SPDX-License-Identifier: MIT */
/* api-read.c -- GET of objects, members and their collections */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"

/* $skip and $top; WANTED if either was given. */
struct page {
	bool wanted;
	size_t skip, top, total;
};

struct listing {
	struct api *api;
	const struct place *place;
	struct render_opts opts;
	struct page page;
	struct json_object *items;
};

static int list_one(void *userdata, const char *path, struct json_object *obj)
{
	struct listing *l = userdata;
	size_t at = l->page.total++;
	struct json_object *o = NULL;
	int r;

	if (at < l->page.skip || at - l->page.skip >= l->page.top)
		return 0;
	if (l->place->folder)
		r = render_folder(obj, &o);
	else
		r = render_object(l->api->bridge, l->place->kind, obj, &l->opts, &o);
	return r < 0 ? r : json_append(l->items, o);
}

/* "partition eq test-1": the one filter that devices of all versions agree on. */
static int filter_of(struct api *api, const struct api_request *req, const char **ret,
		     struct api_reply *reply)
{
	const char *filter = req->arg(req->userdata, "$filter");
	_cleanup_json_ struct json_object *partition = NULL;
	_cleanup_free_ char *folder = NULL;

	*ret = NULL;
	if (!filter)
		return 0;
	if (strncmp(filter, "partition eq ", 13) != 0) {
		reply_error(reply, 400, "only the filter \"partition eq NAME\" is supported", 1);
		return -EINVAL;
	}
	*ret = filter + 13;
	partition = store_get(api->store, STORE_PARTITION, NULL, *ret);
	if (partition)
		return 0;
	folder = str_printf("/%.200s", *ret);
	reply_absent(reply, "folder", folder ?: "/");
	return -ENOENT;
}

static struct page page_of(const struct api_request *req)
{
	const char *skip = req->arg(req->userdata, "$skip");
	const char *top = req->arg(req->userdata, "$top");

	return (struct page){
		.wanted = skip || top,
		.skip = skip ? strtoul(skip, NULL, 10) : 0,
		.top = top ? strtoul(top, NULL, 10) : SIZE_MAX,
	};
}

/*
 * What a paged answer has more (the fields are those of the user guide; nobody states their exact
 * form). "items" is always there, for clients read on until it is empty.
 */
static int page_tell(const struct page *page, const char *uri, struct json_object *o)
{
	_cleanup_free_ char *next = NULL;
	struct json_object *items = NULL;
	size_t n = 0, top;
	int r = 0;

	if (json_get_arr(o, "items", &items) == 0)
		n = json_object_array_length(items);
	else
		r = json_set(o, "items", json_object_new_array());
	top = page->top && page->top < page->total ? page->top : page->total ?: 1;
	if (r == 0)
		r = json_set_int(o, "currentItemCount", (int64_t)n)
			    ?: json_set_int(o, "itemsPerPage", (int64_t)top);
	if (r == 0)
		r = json_set_int(o, "pageIndex", (int64_t)(page->skip / top + 1))
			    ?: json_set_int(o, "startIndex", (int64_t)page->skip + 1);
	if (r == 0)
		r = json_set_int(o, "totalItems", (int64_t)page->total)
			    ?: json_set_int(o, "totalPages",
					    (int64_t)((page->total + top - 1) / top));
	if (r < 0 || n == 0 || page->skip + n >= page->total)
		return r;
	next = str_printf("https://localhost/mgmt/tm/%s?$top=%zu&$skip=%zu&ver=" API_VERSION, uri,
			  top, page->skip + n);
	return next ? json_set_str(o, "nextLink", next) : -ENOMEM;
}

static void list(struct api *api, struct api_request *req, const struct place *p,
		 const struct render_opts *opts, struct api_reply *reply)
{
	struct listing l = { api, p, *opts, page_of(req), json_object_new_array() };
	const char *partition,
		*kind = p->folder ? "tm:sys:folder:folder" : object_kinds[p->kind].kind;
	_cleanup_free_ char *uri = NULL, *monitor = NULL;
	struct json_object *o = NULL;
	int r;

	if (filter_of(api, req, &partition, reply) < 0) {
		json_object_put(l.items);
		return;
	}
	uri = p->type	  ? str_printf("%s/%s", object_kinds[p->kind].uri, p->type)
	      : p->folder ? strdup("sys/folder")
			  : strdup(object_kinds[p->kind].uri);
	monitor = p->type ? str_printf("%s:%s:%s", kind, p->type, p->type) : NULL;
	r = l.items && uri ? store_each(api->store, p->kind, p->type, partition, list_one, &l)
			   : -ENOMEM;
	if (r == 0)
		r = render_collection(monitor ?: kind, uri, TAKE_PTR(l.items), &o);
	if (r == 0 && l.page.wanted)
		r = page_tell(&l.page, uri, o);
	json_object_put(l.items);
	reply_body(reply, r, o);
}

static void list_members(struct api *api, struct json_object *pool, const struct render_opts *opts,
			 struct api_reply *reply)
{
	struct json_object *items = json_object_new_array(), *members, *o = NULL;
	_cleanup_free_ char *uri = NULL, *id = NULL;
	const char *path = "";
	int r = items ? json_get_arr(pool, "members", &members) : -ENOMEM;

	(void)json_get_str(pool, "fullPath", &path);
	id = render_id(path);
	uri = id ? str_printf("ltm/pool/%s/members", id) : NULL;
	for (size_t i = 0; r == 0 && i < json_object_array_length(members); i++) {
		struct json_object *m = NULL;

		r = render_member(api->bridge, pool, json_object_array_get_idx(members, i), opts,
				  &m);
		if (r == 0)
			r = json_append(items, m);
	}
	if (r == 0)
		r = render_collection("tm:ltm:pool:members:members", uri, TAKE_PTR(items), &o);
	json_object_put(items);
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

void api_read(struct api *api, struct api_request *req, const struct place *p,
	      struct api_reply *reply)
{
	const char *expand = req->arg(req->userdata, "expandSubcollections");
	struct render_opts opts = { .expand = expand && !strcmp(expand, "true"),
				    .select = req->arg(req->userdata, "$select") };
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *member, *o = NULL;
	int r;

	if (!p->path) {
		list(api, req, p, &opts, reply);
		return;
	}
	obj = store_get(api->store, p->kind, p->type, p->path);
	if (!obj) {
		reply_absent(reply, p->folder ? "folder" : object_kinds[p->kind].title, p->path);
		return;
	}
	if (p->members && !p->member) {
		list_members(api, obj, &opts, reply);
		return;
	}
	if (p->member) {
		_cleanup_free_ char *title = str_printf("%s %s", p->path, p->member);

		member = find_member(obj, p->member);
		if (!member) {
			reply_absent(reply, "Pool Member", title ?: p->member);
			return;
		}
		r = render_member(api->bridge, obj, member, &opts, &o);
	} else if (p->folder) {
		r = render_folder(obj, &o);
	} else {
		r = render_object(api->bridge, p->kind, obj, &opts, &o);
	}
	reply_body(reply, r, o);
}
