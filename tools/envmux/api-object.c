/* SPDX-License-Identifier: MIT */
/* api-object.c -- the paths of objects and members: read, list, write */
#include <errno.h>
#include <string.h>

#include "agent/base/log.h"
#include "tools/envmux/api-parts.h"

/* What a path names. */
struct place {
	enum store_kind kind;
	const char *type; /* monitors */
	bool folder;	  /* sys/folder: another face of partitions */
	char *path;	  /* NULL: the collection */
	bool members;	  /* the sub-collection of a pool */
	char *member;	  /* NULL: the whole of it */
	bool stats;
};

static void place_done(struct place *p)
{
	free(p->path);
	free(p->member);
}

/* "~test-1~www" -> "/test-1/www"; "www" -> "/Common/www". */
static char *id_path(const char *id)
{
	char *path = *id == '~' ? strdup(id) : str_printf("/Common/%s", id);

	for (char *p = path; p && *p; p++)
		*p = *p == '~' ? '/' : *p;
	return path;
}

/* The number of segments behind "mgmt/tm" that name the kind; 0 if nobody serves them. */
static size_t place_kind(const struct api_request *req, struct place *p)
{
	char *const *s = req->segments + 2;
	size_t n = req->n_segments - 2;

	if (n >= 2 && !strcmp(s[0], "sys") && !strcmp(s[1], "folder")) {
		p->kind = STORE_PARTITION;
		p->folder = true;
		return 2;
	}
	for (unsigned k = 0; k < _STORE_KIND_MAX; k++) {
		_cleanup_free_ char *uri = strdup(object_kinds[k].uri);
		size_t used = 0;
		char *save = NULL, *w = uri ? strtok_r(uri, "/", &save) : NULL;

		while (w && used < n && !strcmp(w, s[used])) {
			used++;
			w = strtok_r(NULL, "/", &save);
		}
		if (w || used == 0)
			continue;
		p->kind = k;
		if (k != STORE_MONITOR)
			return used;
		if (used >= n)
			return 0;
		p->type = s[used];
		return used + 1;
	}
	return 0;
}

static int place_read(const struct api_request *req, struct place *p)
{
	static const char *const types[] = { "http", "https", "tcp", "gateway-icmp" };
	size_t at = place_kind(req, p), known = 0;
	char *const *s;
	size_t n;

	if (at == 0)
		return -ENOENT;
	for (size_t i = 0; p->type && i < ARRAY_SIZE(types); i++)
		known += !strcmp(p->type, types[i]);
	if (p->type && !known)
		return -ENOENT;
	s = req->segments + 2 + at;
	n = req->n_segments - 2 - at;
	if (n > 0 && !strcmp(s[n - 1], "stats")) {
		p->stats = true;
		n--;
	}
	if (n == 0)
		return 0;
	p->path = p->folder		       ? strdup(*s[0] == '~' ? s[0] + 1 : s[0])
		  : p->kind == STORE_PARTITION ? strdup(s[0])
					       : id_path(s[0]);
	if (!p->path)
		return -ENOMEM;
	if (n == 1)
		return 0;
	if (p->kind != STORE_POOL || strcmp(s[1], "members") != 0 || n > 3)
		return -ENOENT;
	p->members = true;
	if (n == 3) {
		_cleanup_free_ char *full = id_path(s[2]);

		if (!full)
			return -ENOMEM;
		p->member = strdup(strrchr(full, '/') + 1);
		if (!p->member)
			return -ENOMEM;
	}
	return 0;
}

static void reply_absent(struct api_reply *reply, const char *title, const char *path)
{
	_cleanup_free_ char *text =
		str_printf("01020036:3: The requested %s (%s) was not found.", title, path);

	reply_error(reply, 404, text ?: "01020036:3: not found", 3);
}

/* ---- reading ---- */

struct listing {
	struct api *api;
	const struct place *place;
	struct render_opts opts;
	struct json_object *items;
};

static int list_one(void *userdata, const char *path, struct json_object *obj)
{
	struct listing *l = userdata;
	struct json_object *o = NULL;
	int r;

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
	_cleanup_free_ char *folder = NULL;

	*ret = NULL;
	if (!filter)
		return 0;
	if (strncmp(filter, "partition eq ", 13) != 0) {
		reply_error(reply, 400, "only the filter \"partition eq NAME\" is supported", 1);
		return -EINVAL;
	}
	*ret = filter + 13;
	if (store_get(api->store, STORE_PARTITION, NULL, *ret))
		return 0;
	folder = str_printf("/%.200s", *ret);
	reply_absent(reply, "folder", folder ?: "/");
	return -ENOENT;
}

/* $skip and $top: the slice, and how many there were. */
static int page(const struct api_request *req, struct json_object **items, int64_t *ret_total)
{
	const char *skip_text = req->arg(req->userdata, "$skip");
	const char *top_text = req->arg(req->userdata, "$top");
	size_t skip = skip_text ? strtoul(skip_text, NULL, 10) : 0;
	size_t top = top_text ? strtoul(top_text, NULL, 10) : SIZE_MAX;
	size_t n = json_object_array_length(*items);
	struct json_object *out;
	int r = 0;

	*ret_total = -1;
	if (!skip_text && !top_text)
		return 0;
	*ret_total = (int64_t)n;
	out = json_object_new_array();
	if (!out)
		return -ENOMEM;
	for (size_t i = skip; r == 0 && i < n && i - skip < top; i++)
		r = json_append(out, json_object_get(json_object_array_get_idx(*items, i)));
	json_object_put(*items);
	*items = out;
	return r;
}

static void list(struct api *api, struct api_request *req, const struct place *p,
		 const struct render_opts *opts, struct api_reply *reply)
{
	struct listing l = { api, p, *opts, json_object_new_array() };
	const char *partition,
		*kind = p->folder ? "tm:sys:folder:folder" : object_kinds[p->kind].kind;
	_cleanup_free_ char *uri = NULL, *monitor = NULL;
	struct json_object *o = NULL;
	int64_t total = -1;
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
		r = page(req, &l.items, &total);
	if (r == 0)
		r = render_collection(monitor ?: kind, uri, TAKE_PTR(l.items), &o);
	if (r == 0 && total >= 0)
		r = json_set_int(o, "totalItems", total);
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

static void read_place(struct api *api, struct api_request *req, const struct place *p,
		       struct api_reply *reply)
{
	const char *expand = req->arg(req->userdata, "expandSubcollections");
	struct render_opts opts = { .expand = expand && !strcmp(expand, "true"),
				    .select = req->arg(req->userdata, "$select") };
	struct json_object *obj, *member, *o = NULL;
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

/* ---- writing ---- */

/* The full path of what a POST makes: name and partition of the body. */
static int created_path(const struct place *p, struct json_object *body, char **ret)
{
	const char *name, *partition = "Common";

	if (!body || json_get_str(body, "name", &name) < 0)
		return -EINVAL;
	(void)json_get_str(body, "partition", &partition);
	if (p->kind == STORE_PARTITION || *name == '/')
		*ret = strdup(name);
	else
		*ret = str_printf("/%s/%s", partition, name);
	return *ret ? 0 : -ENOMEM;
}

static int op_of(const struct api_request *req, const struct place *p, struct store_op *op)
{
	const char *name, *slash, *description;
	int r = 0;

	op->kind = p->kind;
	op->verb = !strcmp(req->method, "POST")	   ? STORE_CREATE
		   : !strcmp(req->method, "PATCH") ? STORE_MODIFY
		   : !strcmp(req->method, "PUT")   ? STORE_REPLACE
						   : STORE_DELETE;
	op->type = p->type ? strdup(p->type) : NULL;
	if (op->verb == STORE_CREATE && p->members) {
		if (!req->body || json_get_str(req->body, "name", &name) < 0)
			return -EINVAL;
		slash = strrchr(name, '/');
		op->path = strdup(p->path);
		op->member = strdup(slash ? slash + 1 : name);
	} else if (op->verb == STORE_CREATE) {
		r = created_path(p, req->body, &op->path);
	} else {
		op->path = strdup(p->path);
		op->member = p->member ? strdup(p->member) : NULL;
	}
	if (r == 0 && (!op->path || (p->member && !op->member) || (p->type && !op->type)))
		r = -ENOMEM;
	if (r == 0 && op->verb != STORE_DELETE) {
		op->body = req->body ? json_object_get(req->body) : json_object_new_object();
		if (!op->body)
			r = -ENOMEM;
	}
	/* The folder has a description of its own, beside the partition's. */
	if (r == 0 && p->folder && op->body) {
		_cleanup_json_ struct json_object *only = json_object_new_object();

		if (only && json_get_str(op->body, "description", &description) == 0)
			r = json_set_str(only, "_folderDescription", description);
		json_object_put(op->body);
		op->body = TAKE_PTR(only);
	}
	return r;
}

static void write_now(struct api *api, const struct place *p, struct store_op *op,
		      struct api_reply *reply)
{
	const struct render_opts opts = {};
	struct json_object *result = NULL, *o = NULL;
	struct store_error error;
	int r;

	api->writes++;
	r = store_apply(api->store, op, 1, &result, &error);
	if (r == -EINVAL) {
		reply_error(reply, error.status, error.message, error.api_error);
		return;
	}
	if (r < 0) {
		log_error_errno(r, "Cannot keep a change of %s: %m", op->path);
		reply_error(reply, 503, "The change could not be stored; nothing was changed.", 0);
		return;
	}
	r = bridge_flush(api->bridge);
	if (r < 0)
		log_warning_errno(r, "Route of %s follows when HAProxy is back: %m", op->path);
	if (op->verb == STORE_DELETE) {
		*reply = (struct api_reply){ .status = 200 };
		return;
	}
	if (op->member)
		r = render_member(api->bridge, store_get(api->store, STORE_POOL, NULL, op->path),
				  result, &opts, &o);
	else if (p->folder)
		r = render_folder(result, &o);
	else
		r = render_object(api->bridge, op->kind, result, &opts, &o);
	reply_body(reply, r, o);
}

static bool method_fits(const struct api_request *req, const struct place *p)
{
	bool collection = !p->path || (p->members && !p->member);

	if (!strcmp(req->method, "POST"))
		return collection;
	return !collection && (!strcmp(req->method, "PATCH") || !strcmp(req->method, "PUT") ||
			       !strcmp(req->method, "DELETE"));
}

void api_objects(struct api *api, struct api_request *req, struct api_reply *reply)
{
	_cleanup_(place_done) struct place p = {};
	_cleanup_(store_op_done) struct store_op op = {};
	int r;

	r = place_read(req, &p);
	if (r == -ENOMEM) {
		reply_error(reply, 500, strerror(ENOMEM), 0);
		return;
	}
	if (r < 0 || p.stats) {
		reply_no_path(reply, req);
		return;
	}
	if (!strcmp(req->method, "GET")) {
		read_place(api, req, &p, reply);
		return;
	}
	if (!method_fits(req, &p)) {
		reply_error(reply, 405, "that method does not apply to this path", 1);
		return;
	}
	r = op_of(req, &p, &op);
	if (r == -EINVAL) {
		reply_error(reply, 400, "one or more properties must be specified: name", 1);
		return;
	}
	if (r < 0) {
		reply_error(reply, 500, strerror(-r), 0);
		return;
	}
	if (!api_may(api, req->who, &op)) {
		reply_front_error(reply, req, 403,
				  "Authorization failed: this account may write partitions "
				  "test-<id> that carry envagent's stamp only.");
		return;
	}
	if (req->coordination)
		api_transaction_queue(api, req, &op, reply);
	else
		write_now(api, &p, &op, reply);
}
