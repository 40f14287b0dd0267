/* SPDX-License-Identifier: MIT */
/* api-command.c -- the commands of a transaction: queued, looked at, moved, taken out */
#include <errno.h>
#include <string.h>

#include "tools/envmux/api-transaction.h"

static void command_done(struct command *c)
{
	free(c->method);
	free(c->uri);
	free(c->body);
	store_op_done(&c->op);
}

void transaction_free(struct transaction *t)
{
	for (size_t i = 0; i < t->n; i++)
		command_done(&t->commands[i]);
	free(t->commands);
	free(t);
}

static int body_read(const struct command *c, struct json_object **ret)
{
	return json_parse(c->body, strlen(c->body), API_BODY_DEPTH, ret, NULL);
}

void reply_gone(struct api_reply *reply, const char *id)
{
	_cleanup_free_ char *text =
		str_printf("01020036:3: The requested transaction (%.40s) was not found.", id);

	reply_error(reply, 404, text ?: "01020036:3: not found", 3);
}

static int describe(const struct transaction *t, const struct command *c, struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *link = str_printf(
		"https://localhost/mgmt/tm/transaction/%lld/commands/%lld?ver=" API_VERSION,
		(long long)t->id, (long long)c->id);
	_cleanup_json_ struct json_object *body = NULL;
	int r;

	r = o && link ? json_set_str(o, "method", c->method) : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "uri", c->uri);
	if (r == 0 && c->body)
		r = body_read(c, &body);
	if (r == 0 && body)
		r = json_set(o, "body", json_object_get(body));
	if (r == 0)
		r = json_set_int(o, "evalOrder", c->order) ?: json_set_int(o, "commandId", c->id);
	if (r == 0)
		r = json_set_str(o, "kind", "tm:transaction:commandsstate")
			    ?: json_set_str(o, "selfLink", link);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

/* Why C may not be queued in T; NULL if it may. */
static const char *too_much(const struct api *api, const struct transaction *t, size_t len)
{
	size_t all = 0;

	for (size_t i = 0; i < api->n_transactions; i++) {
		if (api->transactions[i]->owner == t->owner)
			all += api->transactions[i]->bytes;
	}
	if (t->n >= COMMANDS_MAX)
		return "too many commands in one transaction";
	if (t->bytes + len > TRANSACTION_BYTES_MAX)
		return "too much in one transaction";
	return all + len > USER_BYTES_MAX ? "too much in this account's open transactions" : NULL;
}

/* C at the end of T, with what OP is (taken over). */
static int append(struct transaction *t, const struct api_request *req, struct store_op *op,
		  struct json_object **ret)
{
	struct command *commands = reallocarray(t->commands, t->n + 1, sizeof(*commands)), *c;
	int r;

	if (!commands)
		return -ENOMEM;
	t->commands = commands;
	c = &commands[t->n];
	*c = (struct command){ .id = t->next,
			       .order = t->next,
			       .method = strdup(req->method),
			       .uri = str_printf("https://localhost%.500s", req->path),
			       .body = op->body ? strdup(json_text(op->body)) : NULL,
			       .op = *op };
	c->op.body = NULL;
	r = c->method && c->uri && (c->body || !op->body) ? describe(t, c, ret) : -ENOMEM;
	if (r < 0) {
		c->op = (struct store_op){};
		command_done(c);
		return r;
	}
	json_object_put(op->body);
	*op = (struct store_op){};
	t->bytes += c->body ? strlen(c->body) : 0;
	t->next++;
	t->n++;
	return 0;
}

void api_transaction_queue(struct api *api, struct api_request *req, struct store_op *op,
			   struct api_reply *reply)
{
	struct transaction *t = transaction_find(api, req, req->coordination);
	struct json_object *o = NULL;
	const char *why;
	int r;

	if (!t) {
		reply_gone(reply, req->coordination);
		return;
	}
	why = too_much(api, t, req->len);
	if (why) {
		reply_error(reply, 400, why, 1);
		return;
	}
	r = append(t, req, op, &o);
	reply_body(reply, r, o);
}

static int by_order(const void *a, const void *b)
{
	const struct command *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

void commands_done(struct store_op *ops, size_t n)
{
	for (size_t i = 0; ops && i < n; i++)
		json_object_put(ops[i].body);
	free(ops);
}

int commands_collect(struct api *api, struct transaction *t, struct store_op **ret,
		     struct store_error *error)
{
	struct store_op *ops = calloc(t->n, sizeof(*ops));
	int r = ops ? 0 : -ENOMEM;

	if (r == 0)
		qsort(t->commands, t->n, sizeof(*t->commands), by_order);
	for (size_t i = 0; r == 0 && i < t->n; i++) {
		ops[i] = t->commands[i].op;
		if (t->commands[i].body)
			r = body_read(&t->commands[i], &ops[i].body);
		if (r == 0 && ops[i].kind == STORE_PARTITION)
			r = object_error(error, 400, 1,
					 "partitions cannot be changed in a transaction");
		if (r == 0 && !api_may(api, t->owner, &ops[i]))
			r = object_error(error, 400, 1, "no right to write %.200s", ops[i].path);
	}
	if (r == 0)
		*ret = ops;
	else
		commands_done(ops, t->n);
	return r;
}

static struct command *find(struct transaction *t, const char *id)
{
	char *end;
	long long n = strtoll(id, &end, 10);

	for (size_t i = 0; !*end && i < t->n; i++) {
		if (t->commands[i].id == n)
			return &t->commands[i];
	}
	return NULL;
}

void commands_list(struct transaction *t, struct api_reply *reply)
{
	struct json_object *items = json_object_new_array(), *o = NULL;
	_cleanup_free_ char *uri = str_printf("transaction/%lld/commands", (long long)t->id);
	int r = items && uri ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < t->n; i++) {
		struct json_object *c = NULL;

		r = describe(t, &t->commands[i], &c);
		if (r == 0)
			r = json_append(items, c);
	}
	if (r == 0)
		r = render_collection("tm:transaction:commands", uri, TAKE_PTR(items), &o);
	json_object_put(items);
	reply_body(reply, r, o);
}

void commands_one(struct transaction *t, struct api_request *req, struct api_reply *reply)
{
	struct command *c = find(t, req->segments[5]);
	struct json_object *o = NULL;
	int64_t order;
	int r;

	if (!c) {
		reply_gone(reply, req->segments[5]);
		return;
	}
	if (!strcmp(req->method, "DELETE")) {
		t->bytes -= c->body ? strlen(c->body) : 0;
		command_done(c);
		memmove(c, c + 1, (size_t)(t->commands + t->n - (c + 1)) * sizeof(*c));
		t->n--;
		*reply = (struct api_reply){ .status = 200 };
		return;
	}
	if (!strcmp(req->method, "PATCH") && req->body &&
	    json_get_int(req->body, "evalOrder", &order) == 0)
		c->order = order;
	r = describe(t, c, &o);
	reply_body(reply, r, o);
}
