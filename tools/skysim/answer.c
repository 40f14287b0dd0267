/* SPDX-License-Identifier: MIT */
/* answer.c -- what one request is answered with: metadata, faults, the control paths */
#include "tools/skysim/answer.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "tools/skysim/render.h"

#define HUGE_BODY (5u * 1024 * 1024)
#define TYPE_JSON "application/json"
#define TYPE_HTML "text/html"

void sim_done(struct sim *sim)
{
	world_free(sim->world);
	auth_done(&sim->auth);
	count_done(&sim->count);
	*sim = (struct sim){};
}

void answer_done(struct answer *a)
{
	buf_done(&a->body);
	*a = (struct answer){};
}

const char *request_param(const struct request *req, const char *key)
{
	for (size_t i = 0; i < req->n_params; i++)
		if (!strcmp(req->params[i].key, key))
			return req->params[i].value ?: "";
	return NULL;
}

static int answer_text(struct answer *a, unsigned status, const char *type, const char *text)
{
	a->status = status;
	a->type = type;
	buf_reset(&a->body);
	return buf_adds(&a->body, text);
}

int answer_json(struct answer *a, unsigned status, struct json_object *doc)
{
	int r;

	if (!doc)
		return -ENOMEM;
	r = answer_text(a, status, TYPE_JSON, json_text(doc));
	json_object_put(doc);
	return r;
}

int answer_error(struct sim *sim, struct answer *a, int version, unsigned status, const char *text)
{
	snprintf(a->request_id, sizeof(a->request_id), "%032llx",
		 (unsigned long long)++sim->requests);
	return answer_json(a, status, render_error(version, text));
}

static int not_found(struct answer *a)
{
	return answer_text(a, 404, TYPE_HTML, "<html><body><h1>Not Found</h1></body></html>\n");
}

/* ---- faults ---- */

static int answer_html(struct answer *a)
{
	return answer_text(a, 200, TYPE_HTML, "<html><body><h1>It works!</h1></body></html>\n");
}

/* What can go wrong with any answer; A holds the right one. */
static int apply_fault(struct sim *sim, enum fault fault, int version, struct answer *a)
{
	switch (fault) {
	case FAULT_REFUSE:
		a->delivery = DELIVER_NOT;
		return 0;
	case FAULT_HANG:
		a->delivery = DELIVER_HELD;
		return 0;
	case FAULT_SLOW:
		a->delivery = DELIVER_LATE;
		return 0;
	case FAULT_TRUNCATED:
		a->delivery = DELIVER_PART;
		return 0;
	case FAULT_HALF:
		a->body.len /= 2;
		return 0;
	case FAULT_HTML:
		return answer_html(a);
	case FAULT_EMPTY:
		return answer_text(a, 200, TYPE_JSON, "");
	case FAULT_404:
		return answer_error(sim, a, version, 404, "Not found.");
	case FAULT_423:
		a->retry_after = "1";
		return answer_error(sim, a, version, 423, "The environment is busy. Try again.");
	case FAULT_429:
		a->retry_after = "1";
		return answer_error(sim, a, version, 429, "Too many requests.");
	case FAULT_500:
		return answer_error(sim, a, version, 500, "Internal error.");
	case FAULT_503:
		return answer_error(sim, a, version, 503, "Service unavailable.");
	default:
		return 0;
	}
}

/* What can go wrong within a metadata document. Takes DOC over and returns it, or NULL. */
static struct json_object *spoil(struct json_object *doc, enum fault fault)
{
	_cleanup_free_ char *padding = NULL;
	int r = 0;

	if (!doc)
		return NULL;
	if (fault == FAULT_NULL_URL) {
		r = json_set_str(doc, "configuration_url", NULL);
	} else if (fault == FAULT_NO_URL) {
		json_object_object_del(doc, "configuration_url");
	} else if (fault == FAULT_HUGE) {
		padding = malloc(HUGE_BODY);
		if (padding)
			memset(padding, 'x', HUGE_BODY);
		r = padding ? json_set(doc, "notes", json_object_new_string_len(padding, HUGE_BODY))
			    : -ENOMEM;
	}
	if (r < 0) {
		json_object_put(doc);
		return NULL;
	}
	return doc;
}

static int answer_metadata(struct sim *sim, const struct request *req, const struct world_vm *vm,
			   struct answer *a)
{
	const struct world_vm *other;
	enum fault fault;
	int r;

	if (!vm)
		return not_found(a);
	if (strcmp(req->method, "GET"))
		return answer_error(sim, a, 1, 405, "Only GET is answered here.");
	fault = fault_take(&sim->faults, "metadata", vm->id);
	if (fault == FAULT_OTHER_VM && (other = world_vm_unlike(sim->world, vm)))
		vm = other;
	r = answer_json(a, 200, spoil(render_metadata(sim->world, vm), fault));
	if (r < 0)
		return r;
	return apply_fault(sim, fault, 1, a);
}

/* ---- the control paths ---- */

static bool from_loopback(const struct addr *peer)
{
	static const uint8_t v6[16] = { [15] = 1 };

	if (peer->family == AF_INET)
		return peer->bytes[0] == 127;
	return peer->family == AF_INET6 && !memcmp(peer->bytes, v6, sizeof(v6));
}

static int set_knobs(struct sim *sim, const struct request *req, struct answer *a)
{
	const char *vm = request_param(req, "vm") ?: "", *times = request_param(req, "times");
	_cleanup_free_ char *why = NULL;
	int r;

	for (size_t i = 0; i < req->n_params; i++) {
		const struct request_param *p = &req->params[i];

		if (!strcmp(p->key, "vm") || !strcmp(p->key, "times"))
			continue;
		r = fault_set(&sim->faults, p->key, p->value ?: "", vm,
			      times ? strtol(times, NULL, 10) : -1, &why);
		if (r < 0)
			return answer_error(sim, a, 1, 422, why ?: "Out of memory.");
	}
	return answer_json(a, 200, fault_show(&sim->faults));
}

static int answer_control(struct sim *sim, const struct request *req, enum route_kind kind,
			  struct answer *a)
{
	bool del = !strcmp(req->method, "DELETE");

	if (!from_loopback(&req->peer) && !auth_check(&sim->auth, req->authorization))
		return answer_error(sim, a, 1, 403, "Only from loopback, or with the token.");
	if (kind == ROUTE_LOG) {
		if (del)
			count_done(&sim->count);
		return answer_json(a, 200, count_show(&sim->count));
	}
	if (!strcmp(req->method, "PUT"))
		return set_knobs(sim, req, a);
	if (del)
		fault_clear(&sim->faults);
	return answer_json(a, 200, fault_show(&sim->faults));
}

/* ---- all of it ---- */

static int answer_api(struct sim *sim, const struct request *req, const struct route *route,
		      struct answer *a)
{
	enum fault fault;
	int r;

	if (!auth_check(&sim->auth, req->authorization)) {
		a->authenticate = true;
		return answer_error(sim, a, route->version, 401,
				    "You could not be authenticated. Check the login name and the "
				    "API security token.");
	}
	fault = fault_take(&sim->faults, "rest", NULL);
	r = answer_rest(sim, req, route, a);
	if (r < 0)
		return r;
	return apply_fault(sim, fault, route->version, a);
}

int answer_request(struct sim *sim, const struct request *req, struct answer *ret)
{
	struct answer a = { .body = BUF_INIT };
	const struct world_vm *vm = NULL;
	struct route route;
	int r;

	route_find(req->path, req->accept, &route);
	if (route.kind == ROUTE_METADATA) {
		vm = world_vm_by_nat(sim->world, &req->peer);
		if (vm)
			memcpy(a.vm, vm->id, sizeof(a.vm));
	}
	if (route.kind != ROUTE_FAULT && route.kind != ROUTE_LOG) {
		r = count_add(&sim->count, req->method, req->path, a.vm);
		if (r < 0)
			return r;
	}

	if (route.kind == ROUTE_NONE)
		r = not_found(&a);
	else if (route.kind == ROUTE_METADATA)
		r = answer_metadata(sim, req, vm, &a);
	else if (route.kind == ROUTE_FAULT || route.kind == ROUTE_LOG)
		r = answer_control(sim, req, route.kind, &a);
	else
		r = answer_api(sim, req, &route, &a);
	if (r < 0) {
		answer_done(&a);
		return r;
	}
	*ret = a;
	return 0;
}
