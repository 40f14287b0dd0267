/* SPDX-License-Identifier: MIT */
/* api-object.c -- the paths of objects and members: who may do what there, and writing */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/api-options.h"
#include "tools/envmux/api-parts.h"

/*
 * The full path of what a POST makes: name, partition and subPath of the body. There are no folders
 * below partitions here, and what is to lie in one gets a path that the store does not find.
 */
static int created_path(const struct place *p, struct json_object *body, char **ret)
{
	const char *name, *partition = "Common", *sub = "";

	if (!body || json_get_str(body, "name", &name) < 0)
		return -EINVAL;
	(void)json_get_str(body, "partition", &partition);
	(void)json_get_str(body, "subPath", &sub);
	if (p->folder && *name == '/')
		name++;
	if (p->folder && strcmp(sub, "/") != 0 && *sub)
		*ret = str_printf("%s/%s", sub, name);
	else if (!p->folder && p->kind != STORE_PARTITION && *sub && *name != '/')
		*ret = str_printf("/%s/%s/%s", partition, sub, name);
	else if (p->kind == STORE_PARTITION || *name == '/')
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
	op->confined = req->who->role != AUTH_ADMIN;
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
		op->member = object_member_name(slash ? slash + 1 : name);
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

/* "?options=": what it means for the records takes the place of OP's body. */
static int take_options(struct api *api, const struct api_request *req, struct store_op *op,
			struct store_error *error)
{
	const char *text = req->arg(req->userdata, "options");
	_cleanup_json_ struct json_object *group = NULL;
	struct json_object *records = NULL;
	int r;

	if (!text)
		return 0;
	if (op->kind != STORE_DATA_GROUP || op->verb != STORE_MODIFY || req->coordination)
		return object_error(error, 400, 1,
				    "options: only a PATCH of a data group takes them, outside of "
				    "a transaction");
	group = store_get(api->store, op->kind, NULL, op->path);
	if (!group)
		return 0; /* the store says so */
	r = options_records(group, text, &records, error);
	if (r < 0)
		return r;
	json_object_put(op->body);
	op->body = json_object_new_object();
	if (!op->body) {
		json_object_put(records);
		return -ENOMEM;
	}
	return json_set(op->body, "records", records);
}

static void write_now(struct api *api, const struct place *p, struct store_op *op,
		      struct api_reply *reply)
{
	const struct render_opts opts = {};
	_cleanup_json_ struct json_object *result = NULL, *pool = NULL;
	struct json_object *o = NULL;
	struct store_error error;
	int r;

	api->writes++;
	r = store_apply(api->store, op, 1, &result, &error);
	if (r == -EINVAL) {
		reply_error(reply, error.status, error.message, error.api_error);
		return;
	}
	if (r < 0) {
		reply_not_kept(reply, r, op->path);
		return;
	}
	api_routes_follow(api);
	if (op->verb == STORE_DELETE) {
		*reply = (struct api_reply){ .status = 200 };
		return;
	}
	if (op->member)
		pool = store_get(api->store, STORE_POOL, NULL, op->path);
	if (op->member)
		r = pool ? render_member(api->bridge, pool, result, &opts, &o) : -ENOMEM;
	else if (p->folder)
		r = render_folder(result, &opts, &o);
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
	struct store_error error;
	int r;

	r = place_read(req, &p);
	if (r == -ENOMEM) {
		reply_error(reply, 500, strerror(ENOMEM), 0);
		return;
	}
	if (r < 0 || ((p.stats || p.example || p.list) && strcmp(req->method, "GET") != 0)) {
		reply_no_path(reply, req);
		return;
	}
	if (p.stats) {
		api_figures(api, req, &p, reply);
		return;
	}
	if (!strcmp(req->method, "GET")) {
		api_read(api, req, &p, reply);
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
	r = take_options(api, req, &op, &error);
	if (r == -EINVAL)
		reply_error(reply, error.status, error.message, error.api_error);
	else if (r < 0)
		reply_body(reply, r, NULL);
	else if (req->coordination)
		api_transaction_queue(api, req, &op, reply);
	else
		write_now(api, &p, &op, reply);
}
