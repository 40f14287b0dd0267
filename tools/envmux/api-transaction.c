/* SPDX-License-Identifier: MIT */
/*
 * api-transaction.c -- transactions: a queue of operations that is applied as one change set
 *
 * Queued commands are not validated before the commit; partitions take no part (no client of F5's
 * own puts them in, and whether a device would take them is not known: refused at the commit).
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/base/log.h"
#include "tools/envmux/api-parts.h"

#define TRANSACTIONS_MAX 256 /* of one user: nobody takes them from the others */
#define COMMANDS_MAX 4096
#define TIMEOUT_SEC 120

struct command {
	int64_t id, order;
	char *method, *uri;
	struct store_op op;
};

struct transaction {
	int64_t id;
	const struct auth_user *owner;
	time_t used; /* monotonic */
	struct command *commands;
	size_t n;
	int64_t next;
};

static time_t monotonic_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void transaction_free(struct transaction *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->commands[i].method);
		free(t->commands[i].uri);
		store_op_done(&t->commands[i].op);
	}
	free(t->commands);
	free(t);
}

static void transaction_drop(struct api *api, struct transaction *t)
{
	for (size_t i = 0; i < api->n_transactions; i++) {
		if (api->transactions[i] == t) {
			api->transactions[i] = api->transactions[--api->n_transactions];
			break;
		}
	}
	transaction_free(t);
}

void api_transactions_free(struct api *api)
{
	while (api->n_transactions > 0)
		transaction_drop(api, api->transactions[0]);
	free(api->transactions);
}

void api_tick(struct api *api)
{
	time_t now = monotonic_sec();

	for (size_t i = api->n_transactions; i-- > 0;) {
		if (now - api->transactions[i]->used > TIMEOUT_SEC)
			transaction_drop(api, api->transactions[i]);
	}
}

static struct transaction *find(struct api *api, const struct api_request *req, const char *id)
{
	char *end;
	long long n = strtoll(id, &end, 10);

	api_tick(api);
	for (size_t i = 0; !*end && i < api->n_transactions; i++) {
		struct transaction *t = api->transactions[i];

		if (t->id == n && t->owner == req->who) {
			t->used = monotonic_sec();
			return t;
		}
	}
	return NULL;
}

static void reply_gone(struct api_reply *reply, const char *id)
{
	_cleanup_free_ char *text =
		str_printf("01020036:3: The requested transaction (%.40s) was not found.", id);

	reply_error(reply, 404, text ?: "01020036:3: not found", 3);
}

static int describe(const struct transaction *t, const char *state, struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *link = str_printf(
		"https://localhost/mgmt/tm/transaction/%lld?ver=" API_VERSION, (long long)t->id);
	int r;

	r = o && link ? json_set_int(o, "transId", t->id) : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "state", state)
			    ?: json_set_int(o, "timeoutSeconds", TIMEOUT_SEC);
	if (r == 0)
		r = json_set_bool(o, "asyncExecution", false)
			    ?: json_set_bool(o, "validateOnly", false);
	if (r == 0)
		r = json_set_int(o, "executionTimeout", 300) ?: json_set_int(o, "executionTime", 0);
	if (r == 0)
		r = json_set_str(o, "failureReason", "")
			    ?: json_set_str(o, "kind", "tm:transactionstate");
	if (r == 0)
		r = json_set_str(o, "selfLink", link);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(o);
	return 0;
}

static void open_one(struct api *api, struct api_request *req, struct api_reply *reply)
{
	struct transaction **list, *t;
	struct json_object *o = NULL;
	struct timespec ts;
	size_t have = 0;
	int r;

	api_tick(api);
	for (size_t i = 0; i < api->n_transactions; i++)
		have += api->transactions[i]->owner == req->who;
	if (have >= TRANSACTIONS_MAX) {
		reply_error(reply, 503, "There is an active asynchronous task executing.",
			    32964609);
		return;
	}
	list = reallocarray(api->transactions, api->n_transactions + 1, sizeof(*list));
	t = calloc(1, sizeof(*t));
	if (list)
		api->transactions = list;
	if (!list || !t) {
		free(t);
		reply_error(reply, 500, strerror(ENOMEM), 0);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	t->id = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	for (size_t i = 0; i < api->n_transactions; i++)
		t->id = t->id <= list[i]->id ? list[i]->id + 1 : t->id;
	t->owner = req->who;
	t->used = monotonic_sec();
	t->next = 1;
	list[api->n_transactions++] = t;
	r = describe(t, "STARTED", &o);
	reply_body(reply, r, o);
}

static int describe_command(const struct transaction *t, const struct command *c,
			    struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	_cleanup_free_ char *link = str_printf(
		"https://localhost/mgmt/tm/transaction/%lld/commands/%lld?ver=" API_VERSION,
		(long long)t->id, (long long)c->id);
	int r;

	r = o && link ? json_set_str(o, "method", c->method) : -ENOMEM;
	if (r == 0)
		r = json_set_str(o, "uri", c->uri);
	if (r == 0 && c->op.body)
		r = json_set(o, "body", json_object_get(c->op.body));
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

void api_transaction_queue(struct api *api, struct api_request *req, struct store_op *op,
			   struct api_reply *reply)
{
	struct transaction *t = find(api, req, req->coordination);
	struct command *commands, *c;
	struct json_object *o = NULL;
	int r;

	if (!t) {
		reply_gone(reply, req->coordination);
		return;
	}
	if (t->n >= COMMANDS_MAX) {
		reply_error(reply, 400, "too many commands in one transaction", 1);
		return;
	}
	commands = reallocarray(t->commands, t->n + 1, sizeof(*commands));
	if (!commands) {
		reply_error(reply, 500, strerror(ENOMEM), 0);
		return;
	}
	t->commands = commands;
	c = &commands[t->n];
	*c = (struct command){ .id = t->next,
			       .order = t->next,
			       .method = strdup(req->method),
			       .uri = str_printf("https://localhost%.500s", req->path),
			       .op = *op };
	r = c->method && c->uri ? describe_command(t, c, &o) : -ENOMEM;
	if (r < 0) {
		free(c->method);
		free(c->uri);
	} else {
		*op = (struct store_op){};
		t->next++;
		t->n++;
	}
	reply_body(reply, r, o);
}

static int by_order(const void *a, const void *b)
{
	const struct command *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The queue in its order, as operations that are borrowed from it. */
static int collect(struct api *api, struct transaction *t, struct store_op **ret,
		   struct store_error *error)
{
	_cleanup_free_ struct store_op *ops = calloc(t->n, sizeof(*ops));

	if (!ops)
		return -ENOMEM;
	qsort(t->commands, t->n, sizeof(*t->commands), by_order);
	for (size_t i = 0; i < t->n; i++) {
		ops[i] = t->commands[i].op;
		if (ops[i].kind == STORE_PARTITION)
			return object_error(error, 400, 1,
					    "partitions cannot be changed in a transaction");
		if (!api_may(api, t->owner, &ops[i]))
			return object_error(error, 400, 1, "no right to write %.200s", ops[i].path);
	}
	*ret = TAKE_PTR(ops);
	return 0;
}

/* Applies the queue; the transaction is gone afterwards, whatever came of it, as on a device. */
static void commit(struct api *api, struct api_request *req, struct transaction *t,
		   struct api_reply *reply)
{
	_cleanup_free_ struct store_op *ops = NULL;
	struct store_error error = { .status = 400 };
	struct json_object *o = NULL;
	bool validate_only = false;
	int r;

	(void)json_get_bool(req->body, "validateOnly", &validate_only);
	if (t->n == 0) {
		reply_error(reply, 404, "there is no command to commit in the transaction.", 1);
		return;
	}
	r = collect(api, t, &ops, &error);
	api->writes += !validate_only;
	if (r == 0)
		r = validate_only ? store_validate(api->store, ops, t->n, &error)
				  : store_apply(api->store, ops, t->n, NULL, &error);
	if (r < 0) {
		_cleanup_free_ char *text = str_printf("transaction failed:%s", error.message);

		if (r == -EINVAL)
			reply_error(reply, 400, text ?: "transaction failed:", 2);
		else
			reply_not_kept(reply, r, "a transaction");
		transaction_drop(api, t);
		return;
	}
	if (validate_only) {
		r = describe(t, "STARTED", &o);
		reply_body(reply, r, o);
		return;
	}
	api_routes_follow(api);
	r = describe(t, "COMPLETED", &o);
	reply_body(reply, r, o);
	transaction_drop(api, t);
}

static struct command *find_command(struct transaction *t, const char *id)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->commands[i].id == strtoll(id, NULL, 10))
			return &t->commands[i];
	}
	return NULL;
}

static void list_commands(struct transaction *t, struct api_reply *reply)
{
	struct json_object *items = json_object_new_array(), *o = NULL;
	_cleanup_free_ char *uri = str_printf("transaction/%lld/commands", (long long)t->id);
	int r = items && uri ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < t->n; i++) {
		struct json_object *c = NULL;

		r = describe_command(t, &t->commands[i], &c);
		if (r == 0)
			r = json_append(items, c);
	}
	if (r == 0)
		r = render_collection("tm:transaction:commands", uri, TAKE_PTR(items), &o);
	json_object_put(items);
	reply_body(reply, r, o);
}

static void one_command(struct transaction *t, struct api_request *req, struct api_reply *reply)
{
	struct command *c = find_command(t, req->segments[5]);
	struct json_object *o = NULL;
	int64_t order;

	if (!c) {
		reply_gone(reply, req->segments[5]);
		return;
	}
	if (!strcmp(req->method, "DELETE")) {
		free(c->method);
		free(c->uri);
		store_op_done(&c->op);
		memmove(c, c + 1, (size_t)(t->commands + t->n - (c + 1)) * sizeof(*c));
		t->n--;
		*reply = (struct api_reply){ .status = 200 };
		return;
	}
	if (!strcmp(req->method, "PATCH") && req->body &&
	    json_get_int(req->body, "evalOrder", &order) == 0)
		c->order = order;
	reply_body(reply, describe_command(t, c, &o), o);
}

void api_transactions(struct api *api, struct api_request *req, struct api_reply *reply)
{
	struct transaction *t;
	struct json_object *o = NULL;
	const char *state = "";
	int r;

	if (req->n_segments == 3 && !strcmp(req->method, "POST")) {
		open_one(api, req, reply);
		return;
	}
	if (req->n_segments < 4) {
		reply_no_path(reply, req);
		return;
	}
	t = find(api, req, req->segments[3]);
	if (!t) {
		reply_gone(reply, req->segments[3]);
	} else if (req->n_segments >= 5 && strcmp(req->segments[4], "commands") != 0) {
		reply_no_path(reply, req);
	} else if (req->n_segments == 5) {
		list_commands(t, reply);
	} else if (req->n_segments == 6) {
		one_command(t, req, reply);
	} else if (!strcmp(req->method, "DELETE")) {
		transaction_drop(api, t);
		*reply = (struct api_reply){ .status = 200 };
	} else if (!strcmp(req->method, "PATCH") && req->body &&
		   json_get_str(req->body, "state", &state) == 0 && !strcmp(state, "VALIDATING")) {
		commit(api, req, t, reply);
	} else {
		r = describe(t, "STARTED", &o);
		reply_body(reply, r, o);
	}
}
