/* SPDX-License-Identifier: MIT */
/* api-metrics.c -- GET /metrics: what there is, in the text format of Prometheus (0.0.4) */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"
#include "tools/envmux/view.h"

static void family(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_addf(b, "# HELP envmux_%s %s\n# TYPE envmux_%s %s\n", name, help, name, type);
}

static void environments(struct buf *b, const struct view *v)
{
	size_t count[4] = {};

	for (size_t i = 0; i < v->n; i++)
		count[v->envs[i].state]++;
	family(b, "environments", "gauge", "Environments that are registered, by state.");
	for (size_t i = 0; i < ARRAY_SIZE(count); i++)
		buf_addf(b, "envmux_environments{state=\"%s\"} %zu\n", view_states[i], count[i]);
	family(b, "lease_seconds", "gauge", "Until an environment's lease runs out.");
	for (size_t i = 0; i < v->n; i++) {
		if (v->envs[i].until)
			buf_addf(b, "envmux_lease_seconds{environment=\"%s\"} %ld\n", v->envs[i].id,
				 (long)(v->envs[i].until - time(NULL)));
	}
}

static void services(struct buf *b, const struct view *v)
{
	family(b, "members", "gauge", "Members of a service, by what its check says.");
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < v->envs[i].n_services; k++) {
			const struct view_service *s = &v->envs[i].services[k];

			buf_addf(b,
				 "envmux_members{service=\"%s\",state=\"up\"} %u\n"
				 "envmux_members{service=\"%s\",state=\"down\"} %u\n"
				 "envmux_members{service=\"%s\",state=\"disabled\"} %u\n",
				 s->name, s->up, s->name, s->down, s->name, s->disabled);
		}
	}
	family(b, "requests_total", "counter",
	       "Requests of a service's backend; it starts where the one before it there ended.");
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < v->envs[i].n_services; k++)
			buf_addf(b, "envmux_requests_total{service=\"%s\"} %llu\n",
				 v->envs[i].services[k].name,
				 (unsigned long long)v->envs[i].services[k].requests);
	}
}

static void certificate(void *userdata, const char *name, time_t expires)
{
	struct buf *b = userdata;

	/* Of a path only what needs no escaping can be in the configuration. */
	buf_addf(b, "envmux_certificate_expiry_seconds{file=\"%s\"} %lld\n", name,
		 (long long)expires);
}

static int make(void *userdata, struct buf *b)
{
	const struct api *api = userdata;
	struct view v;
	int r = view_read(api->store, api->bridge, &v);

	if (r < 0)
		return r;
	family(b, "haproxy_up", "gauge", "1 if HAProxy answers and has all that is registered.");
	buf_addf(b, "envmux_haproxy_up %d\n", v.routed);
	family(b, "haproxy_refused", "gauge",
	       "1 if HAProxy refuses its new files and goes on with the former ones.");
	buf_addf(b, "envmux_haproxy_refused %d\n", bridge_refused(api->bridge));
	family(b, "api_requests_total", "counter", "Requests of the API.");
	buf_addf(b, "envmux_api_requests_total %llu\n", (unsigned long long)api->requests);
	family(b, "api_writes_total", "counter", "Of them, those that alter objects.");
	buf_addf(b, "envmux_api_writes_total %llu\n", (unsigned long long)api->writes);
	environments(b, &v);
	services(b, &v);
	family(b, "certificate_expiry_seconds", "gauge", "When a certificate of the front ends.");
	(void)bridge_certificates(api->bridge, certificate, b);
	view_done(&v);
	return b->error;
}

void api_metrics(struct api *api, struct api_request *req, struct api_reply *reply)
{
	char *text = NULL;
	size_t len;
	int r;

	if (strcmp(req->method, "GET") != 0) {
		reply_error(reply, 405, "that method does not apply to this path", 1);
		return;
	}
	r = snapshot_get(api->snapshot, "metrics", make, api, &text, &len);
	if (r == -EAGAIN)
		reply->wait = API_AGAIN;
	else if (r < 0)
		reply_body(reply, r, NULL);
	else
		*reply = (struct api_reply){ .status = 200, .text = text };
}
