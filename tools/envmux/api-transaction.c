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
#include "tools/envmux/api-transaction.h"

#define TRANSACTIONS_MAX 256 /* of one user: nobody takes them from the others */
#define TIMEOUT_SEC 120

static time_t monotonic_sec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
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

struct transaction *transaction_find(struct api *api, const struct api_request *req, const char *id)
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

/* Applies the queue; the transaction is gone afterwards, whatever came of it, as on a device. */
static void commit(struct api *api, struct api_request *req, struct transaction *t,
		   struct api_reply *reply)
{
	struct store_op *ops = NULL;
	struct store_error error = { .status = 400 };
	struct json_object *o = NULL;
	bool validate_only = false;
	int r;

	(void)json_get_bool(req->body, "validateOnly", &validate_only);
	if (t->n == 0) {
		reply_error(reply, 404, "there is no command to commit in the transaction.", 1);
		return;
	}
	r = commands_collect(api, t, &ops, &error);
	api->writes += !validate_only;
	if (r == 0)
		r = validate_only ? store_validate(api->store, ops, t->n, &error)
				  : store_apply(api->store, ops, t->n, NULL, &error);
	commands_done(ops, t->n);
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

static void list_own(struct api *api, const struct api_request *req, struct api_reply *reply)
{
	struct json_object *items = json_object_new_array(), *o = NULL;
	int r = items ? 0 : -ENOMEM;

	api_tick(api);
	for (size_t i = 0; r == 0 && i < api->n_transactions; i++) {
		struct json_object *one = NULL;

		if (api->transactions[i]->owner != req->who)
			continue;
		r = describe(api->transactions[i], "STARTED", &one);
		if (r == 0)
			r = json_append(items, one);
	}
	if (r == 0)
		r = render_collection("tm:transaction", "transaction", TAKE_PTR(items), &o);
	json_object_put(items);
	reply_body(reply, r, o);
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
	if (req->n_segments == 3 && !strcmp(req->method, "GET")) {
		list_own(api, req, reply);
		return;
	}
	if (req->n_segments < 4) {
		reply_no_path(reply, req);
		return;
	}
	t = transaction_find(api, req, req->segments[3]);
	if (!t) {
		reply_gone(reply, req->segments[3]);
	} else if (req->n_segments >= 5 && strcmp(req->segments[4], "commands") != 0) {
		reply_no_path(reply, req);
	} else if (req->n_segments == 5) {
		commands_list(t, reply);
	} else if (req->n_segments == 6) {
		commands_one(t, req, reply);
	} else if (!strcmp(req->method, "DELETE")) {
		transaction_drop(api, t);
		*reply = (struct api_reply){ .status = 200 };
	} else if ((!strcmp(req->method, "PATCH") || !strcmp(req->method, "PUT")) && req->body &&
		   json_get_str(req->body, "state", &state) == 0 && !strcmp(state, "VALIDATING")) {
		commit(api, req, t, reply);
	} else {
		r = describe(t, "STARTED", &o);
		reply_body(reply, r, o);
	}
}
