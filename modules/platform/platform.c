/* SPDX-License-Identifier: MIT */
/*
 * platform.c -- what the cloud knows of this environment: the NAT address of each host
 *
 * One read of the environment by REST, with keep_idle=true: asking must not keep an environment
 * awake. Adds the fact "nat": { host name: address towards [Mux] Network= }.
 */
#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/reconcile/module.h"
#include "agent/sys/http.h"

#define JSON_DEPTH 32
#define TIMEOUT_USEC (15 * 1000000ULL)

/* A network id comes as text or as a number. */
static bool network_is(struct json_object *o, const char *network)
{
	_cleanup_free_ char *id = NULL;

	return json_get_id(o, "network_id", &id) == 0 && !strcmp(id, network);
}

/* The NAT address of an interface towards NETWORK, NULL if it has none (yet). Borrowed. */
static const char *nat_of(struct json_object *interface, const char *network)
{
	struct json_object *nat, *list;
	const char *ip;
	struct addr a;

	if (json_get_obj(interface, "nat_addresses", &nat) < 0 ||
	    json_get_arr(nat, "network_nat_addresses", &list) < 0)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (network_is(o, network) && json_get_str(o, "ip_address", &ip) == 0 &&
		    addr_parse(ip, &a) == 0)
			return ip;
	}
	return NULL;
}

/* The [Host] row of an interface: the one with its MAC. */
static const struct host_row *row_of(const struct settings *st, struct json_object *interface)
{
	uint8_t bytes[6];
	const char *text;
	char mac[MAC_TEXT_MAX];

	if (json_get_str(interface, "mac", &text) < 0 || mac_parse(text, bytes) < 0)
		return NULL;
	mac_format(bytes, mac);
	for (size_t i = 0; i < st->n_hosts; i++) {
		if (st->hosts[i].mac && !strcmp(st->hosts[i].mac, mac))
			return &st->hosts[i];
	}
	return NULL;
}

static int take_vms(const struct settings *st, struct json_object *vms, struct json_object *nat)
{
	for (size_t i = 0; i < json_object_array_length(vms); i++) {
		struct json_object *interfaces;

		if (json_get_arr(json_object_array_get_idx(vms, i), "interfaces", &interfaces) < 0)
			continue;
		for (size_t k = 0; k < json_object_array_length(interfaces); k++) {
			struct json_object *o = json_object_array_get_idx(interfaces, k);
			const struct host_row *row = row_of(st, o);
			const char *ip = row ? nat_of(o, st->mux.network) : NULL;
			int r = ip ? json_set_str(nat, row->name, ip) : 0;

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int unknown(struct pass *pass, const char *next, const char *why)
{
	pass_state(pass, STATE_DEGRADED, next, "%s", why);
	return facts_set_unknown(pass->facts, "nat", why);
}

/* An answer that is none of this environment; next is to look at it by hand. */
static int refused(struct pass *pass, const char *path, const struct sys_http_reply *reply,
		   const char *what)
{
	const char *url = pass->settings->platform.url;
	_cleanup_free_ char *next = str_printf("curl -i -u USER '%s%s'", url, path);
	_cleanup_buf_ struct buf why = BUF_INIT;

	buf_addf(&why, "%s%s: %ld, %s", url, path, reply->status, what);
	pass_after(pass, reply->retry_after);
	if (reply->retry_after > 0)
		buf_addf(&why, "; try again in %u s", reply->retry_after);
	return next && !why.error ? unknown(pass, next, why.data) : -ENOMEM;
}

/* What each status means for somebody who only reads. */
static const char *meaning(long status)
{
	switch (status) {
	case 401:
	case 403:
		return "the platform refuses the credential";
	case 404:
		return "the platform knows no such environment";
	case 422:
	case 423:
	case 429:
		return "the platform is busy";
	default:
		return status >= 500 ? "the platform has an error of its own"
				     : "an answer that nobody expects";
	}
}

static int read_environment(struct pass *pass, struct sys_http *http, const char *id)
{
	_cleanup_free_ char *path = str_printf("/v2/configurations/%s?keep_idle=true", id);
	const char *headers[] = { "Accept: application/json", NULL };
	_cleanup_(sys_http_reply_done) struct sys_http_reply reply = {};
	_cleanup_json_ struct json_object *doc = NULL, *nat = json_object_new_object();
	_cleanup_free_ char *have = NULL;
	struct json_object *vms;
	int r;

	if (!path || !nat)
		return -ENOMEM;
	r = sys_http_do(http, "GET", path, headers, NULL, &reply);
	if (r < 0)
		return unknown(pass, "see [Platform] in envagent.conf(5)", sys_http_words(http));
	if (reply.status != 200)
		return refused(pass, path, &reply, meaning(reply.status));
	if (json_parse(reply.body, reply.len, JSON_DEPTH, &doc, NULL) < 0 ||
	    json_get_id(doc, "id", &have) < 0 || strcmp(have, id) != 0 ||
	    json_get_arr(doc, "vms", &vms) < 0)
		return refused(pass, path, &reply, "but not with this environment");
	r = take_vms(pass->settings, vms, nat);
	if (r < 0)
		return r;
	pass_state(pass, STATE_READY, NULL, "%d NAT addresses towards network %s",
		   json_object_object_length(nat), pass->settings->mux.network);
	r = facts_source(pass->facts, pass->settings->platform.url, sys_now_realtime());
	return r < 0 ? r
		     : facts_set(pass->facts, "nat", "vms[].interfaces[].nat_addresses",
				 TAKE_PTR(nat));
}

static int platform_facts(struct pass *pass, const void *conf)
{
	const struct platform_conf *c = &pass->settings->platform;
	const struct sys_http_opts opts = { .url = c->url ?: "",
					    .ca_file = c->ca_file,
					    .timeout = TIMEOUT_USEC };
	const char *id = facts_str(pass->facts, "config_id"), *credential;
	_cleanup_(sys_http_freep) struct sys_http *http = NULL;
	int r;

	if (!c->manage || !c->url || !pass_has_role(pass, "leader")) {
		pass_state(pass, STATE_OFF, NULL, "%s",
			   !c->manage ? "Manage=no"
			   : !c->url  ? "there is no [Platform] Url="
				      : "not this host's role");
		return facts_set_absent(pass->facts, "nat", "the platform is not asked");
	}
	if (!id || !pass->settings->mux.network) {
		pass_state(pass, id ? STATE_OFF : STATE_CONVERGING, NULL, "%s",
			   id ? "there is no [Mux] Network=" : "config_id is not known");
		return facts_set_unknown(pass->facts, "nat", "the platform was not asked");
	}
	credential = pass_credential(pass, c->credential);
	if (!credential)
		return unknown(pass, "see [Credential] in envagent.conf(5)",
			       "the platform's credential is not there");
	r = sys_http_open(&opts, &http);
	if (r == 0)
		r = sys_http_basic(http, credential);
	return r < 0 ? r : read_environment(pass, http, id);
}

const struct module module_platform = {
	.name = "platform",
	.facts = platform_facts,
};
