/* SPDX-License-Identifier: MIT */
/* answer.c -- is this document the metadata of the VM that we run in? */
#include "agent/fetch/answer.h"

#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/identity.h"

#define ANSWER_DEPTH 32

static bool is_own(struct json_object *interface, const struct answer_macs *own)
{
	const char *text;
	uint8_t mac[6];

	if (json_get_str(interface, "mac", &text) < 0 || mac_parse(text, mac) < 0)
		return false;
	for (size_t i = 0; i < own->n; i++)
		if (memcmp(own->mac[i], mac, 6) == 0)
			return true;
	return false;
}

static bool any_own(struct json_object *doc, const struct answer_macs *own)
{
	struct json_object *interfaces;

	if (json_get_arr(doc, "interfaces", &interfaces) < 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(interfaces); i++) {
		struct json_object *o = json_object_array_get_idx(interfaces, i);

		if (json_object_is_type(o, json_type_object) && is_own(o, own))
			return true;
	}
	return false;
}

const char *answer_judge(const char *body, size_t len, const struct answer_macs *own,
			 struct identity *ret)
{
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_free_ char *vm = NULL;
	struct identity id;
	const char *url;

	if (len == 0)
		return "empty";
	if (json_parse(body, len, ANSWER_DEPTH, &doc, NULL) < 0 ||
	    !json_object_is_type(doc, json_type_object))
		return "not-json";
	if (json_get_str(doc, "configuration_url", &url) < 0 || identity_of_url(url, id.env) < 0)
		return "no-configuration-url";
	if (!any_own(doc, own))
		return "other-vm";
	if (json_get_id(doc, "id", &vm) < 0 || !id_valid(vm))
		return "no-vm-id";

	memcpy(id.vm, vm, strlen(vm) + 1);
	*ret = id;
	return NULL;
}
