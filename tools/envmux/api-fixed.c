/* SPDX-License-Identifier: MIT */
/*
 * api-fixed.c -- what clients ask a device before they do what they are for, and is always the same
 *
 * Here is one device with one route domain. Of the rest there is none, and the empty list is what a
 * device without them answers; 404 would stop a client that reads all before it compares.
 */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"
#include "tools/envmux/api-query.h"

#define LINK "https://localhost/mgmt/tm/"
#define VER "?ver=" API_VERSION
#define TOLD(key, text) "\"" key "\":{\"description\":\"" text "\"}"
/* Texts in the form of figures, as one nested object. */
#define FIGURES(path, kind, entries)                                                          \
	"{\"kind\":\"" kind "\",\"selfLink\":\"" LINK path VER "\",\"entries\":{\"" LINK path \
	"/0\":{\"nestedStats\":{\"entries\":{" entries "}}}}}"

static const struct {
	const char *path, *kind;
	const char *items; /* JSON, in Common; NULL: none */
} lists[] = {
	{ "cm/device", "tm:cm:device:device",
	  "[{\"kind\":\"tm:cm:device:devicestate\",\"name\":\"envmux\",\"partition\":\"Common\","
	  "\"fullPath\":\"/Common/envmux\",\"selfLink\":\"" LINK "cm/device/~Common~envmux" VER
	  "\",\"failoverState\":\"active\",\"hostname\":\"envmux\",\"product\":\"BIG-IP\","
	  "\"selfDevice\":\"true\",\"version\":\"" API_VERSION "\"}]" },
	{ "ltm/data-group/external", "tm:ltm:data-group:external:external", NULL },
	{ "ltm/monitor/udp", "tm:ltm:monitor:udp:udp", NULL },
	{ "ltm/policy", "tm:ltm:policy:policy", NULL },
	{ "ltm/snatpool", "tm:ltm:snatpool:snatpool", NULL },
	{ "ltm/virtual-address", "tm:ltm:virtual-address:virtual-address", NULL },
	{ "net/arp", "tm:net:arp:arp", NULL },
	{ "net/fdb/tunnel", "tm:net:fdb:tunnel:tunnel", NULL },
	{ "net/route", "tm:net:route:route", NULL },
	{ "net/route-domain", "tm:net:route-domain:route-domain",
	  "[{\"kind\":\"tm:net:route-domain:route-domainstate\",\"name\":\"0\",\"partition\":"
	  "\"Common\",\"fullPath\":\"/Common/0\",\"selfLink\":\"" LINK
	  "net/route-domain/~Common~0" VER "\",\"id\":0,\"strict\":\"enabled\"}]" },
	{ "net/self", "tm:net:self:self", NULL },
	{ "net/tunnels/gre", "tm:net:tunnels:gre:gre", NULL },
	{ "net/tunnels/ipip", "tm:net:tunnels:ipip:ipip", NULL },
	{ "net/tunnels/tunnel", "tm:net:tunnels:tunnel:tunnel", NULL },
	{ "net/vlan", "tm:net:vlan:vlan", NULL },
	{ "sys/application/service", "tm:sys:application:service:service", NULL },
	{ "sys/provision", "tm:sys:provision:provision", NULL },
};

static const struct {
	const char *path, *text;
} documents[] = {
	{ "sys", "{\"kind\":\"tm:sys:syscollectionstate\",\"selfLink\":\"" LINK "sys" VER "\"}" },
	{ "sys/available", "{}" },
	{ "sys/global-settings",
	  "{\"kind\":\"tm:sys:global-settings:global-settingsstate\",\"selfLink\":\"" LINK
	  "sys/global-settings" VER "\",\"hostname\":\"envmux\"}" },
	{ "sys/ready", FIGURES("sys/ready", "tm:sys:ready:readystats",
			       TOLD("configReady", "yes") "," TOLD("licenseReady", "yes") "," TOLD(
				       "provisionReady", "yes")) },
	{ "sys/version",
	  FIGURES("sys/version", "tm:sys:version:versionstats",
		  TOLD("Build", "0.0.0") "," TOLD("Edition", "envmux") "," TOLD(
			  "Product", "BIG-IP") "," TOLD("Title",
							"Main Package") "," TOLD("Version",
										 API_VERSION)) },
};

static void list(struct api *api, const struct api_request *req, size_t i, struct api_reply *reply)
{
	_cleanup_(filter_done) struct filter filter = {};
	struct json_object *o = NULL, *items = NULL;
	int r;

	if (filter_read(api, req, &filter, reply) < 0)
		return;
	if (lists[i].items && (!filter.partition || !strcmp(filter.partition, "Common")))
		items = json_tokener_parse(lists[i].items);
	r = render_collection(lists[i].kind, lists[i].path, items ?: json_object_new_array(), &o);
	if (r == 0)
		r = query_link(req, lists[i].path, o);
	reply_body(reply, r, o);
}

bool api_fixed(struct api *api, const struct api_request *req, const char *path,
	       struct api_reply *reply)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (strcmp(lists[i].path, path) != 0)
			continue;
		list(api, req, i, reply);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		struct json_object *o;

		if (strcmp(documents[i].path, path) != 0)
			continue;
		o = json_tokener_parse(documents[i].text);
		reply_body(reply, o ? 0 : -ENOMEM, o);
		return true;
	}
	return false;
}
