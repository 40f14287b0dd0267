/* SPDX-License-Identifier: MIT */
/* document.c -- the metadata document of a VM, as facts; checked word by word on the way in */
#include "modules/metadata/document.h"

#include <errno.h>
#include <string.h>

#include "agent/base/identity.h"
#include "agent/base/utf8.h"

#define DOCUMENT_DEPTH 32

static const char *const names[] = {
	"config_id",   "vm_id",	     "vm_name",	 "user_data", "configuration_user_data",
	"credentials", "interfaces", "hostname", "labels",
};

int document_unknown(struct pass *pass, const char *why)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(names); i++)
		r = facts_set_unknown(pass->facts, names[i], why);
	return r;
}

int document_absent(struct pass *pass, const char *why)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(names); i++)
		r = facts_set_absent(pass->facts, names[i], why);
	return r;
}

/* ---- is it one? ---- */

static int refuse(char **ret_error, char *sentence)
{
	*ret_error = sentence;
	return sentence ? -EBADMSG : -ENOMEM;
}

static int parse_error(const char *text, size_t len, size_t offset, char **ret_error)
{
	size_t start = 0;

	while (start < len && strchr(" \t\r\n", text[start]))
		start++;
	if (start == len)
		return refuse(ret_error, strdup("the document is empty"));
	if (text[start] == '<')
		return refuse(ret_error, strdup("the document is HTML or XML, not JSON"));
	if (offset >= len)
		return refuse(ret_error,
			      str_printf("the document is cut off after %zu bytes of JSON", len));
	return refuse(ret_error, str_printf("the document is no JSON from byte %zu on", offset));
}

int document_parse(const char *text, size_t len, struct json_object **ret, char **ret_error)
{
	_cleanup_json_ struct json_object *doc = NULL;
	char id[IDENTITY_ID_MAX];
	size_t offset = 0;
	const char *url;
	int r;

	r = json_parse(text, len, DOCUMENT_DEPTH, &doc, &offset);
	if (r == -EBADMSG)
		return parse_error(text, len, offset, ret_error);
	if (r < 0)
		return r;
	if (!json_object_is_type(doc, json_type_object))
		return refuse(ret_error, strdup("the document is JSON, but no object"));
	r = json_get_str(doc, "configuration_url", &url);
	if (r == -ENOENT)
		return refuse(ret_error, strdup("the document has no configuration_url"));
	if (r < 0)
		return refuse(ret_error, strdup("configuration_url in the document is no text"));
	if (identity_of_url(url, id) < 0)
		return refuse(ret_error,
			      str_printf("configuration_url '%.200s' does not end in an id", url));
	*ret = TAKE_PTR(doc);
	return 0;
}

bool document_is_ours(const struct pass *pass, struct json_object *doc)
{
	struct json_object *arr;
	const char *mac;

	if (json_get_arr(doc, "interfaces", &arr) < 0)
		return false;
	for (size_t i = 0; i < json_object_array_length(arr); i++)
		if (json_get_str(json_object_array_get_idx(arr, i), "mac", &mac) >= 0 &&
		    pass_link_by_mac(pass, mac))
			return true;
	return false;
}

/* ---- its facts ---- */

int document_bad(struct pass *pass, const char *path, const char *value, const char *expected,
		 char **ret_why)
{
	char *why = value ? str_printf("%s '%.100s' is %s", path, value, expected)
			  : str_printf("%s is %s", path, expected);

	if (!why)
		return -ENOMEM;
	pass_state(pass, STATE_DEGRADED, "correct it at the platform", "the metadata answer: %s",
		   why);
	*ret_why = why;
	return 0;
}

static int set_bad(struct pass *pass, const char *name, const char *path, const char *value,
		   const char *expected)
{
	_cleanup_free_ char *why = NULL;
	int r;

	r = document_bad(pass, path, value, expected, &why);
	return r < 0 ? r : facts_set_unknown(pass->facts, name, why);
}

static int set_config_id(struct pass *pass, struct json_object *doc)
{
	char id[IDENTITY_ID_MAX];
	const char *url;

	/* document_parse() has seen that it is there */
	if (json_get_str(doc, "configuration_url", &url) < 0 || identity_of_url(url, id) < 0)
		return set_bad(pass, "config_id", "configuration_url", NULL, "not there");
	return facts_set_str(pass->facts, "config_id", "configuration_url", id);
}

static int set_vm_id(struct pass *pass, struct json_object *doc)
{
	_cleanup_free_ char *id = NULL;
	int r;

	r = json_get_id(doc, "id", &id);
	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT)
		return set_bad(pass, "vm_id", "id", NULL, "not there");
	if (r < 0 || !id_valid(id))
		return set_bad(pass, "vm_id", "id", id, "no id: 1 to 20 digits were expected");
	return facts_set_str(pass->facts, "vm_id", "id", id);
}

/* A text, which may have more than one line if it is not ONE_LINE. */
static int set_text(struct pass *pass, struct json_object *doc, const char *name, const char *key,
		    bool one_line)
{
	const char *text;
	int r;

	r = json_get_str(doc, key, &text);
	if (r == -ENOENT)
		return facts_set_absent(pass->facts, name, "the metadata has none");
	if (r < 0)
		return set_bad(pass, name, key, NULL, "no text");
	if (one_line && !utf8_text(text, strlen(text)))
		return set_bad(pass, name, key, NULL, "no text of one printable line");
	return facts_set_str(pass->facts, name, key, text);
}

static int add_label(struct json_object *label, struct json_object *arr)
{
	const char *category, *value;
	struct json_object *obj;
	int r;

	if (json_get_str(label, "label_category", &category) < 0 ||
	    json_get_str(label, "value", &value) < 0)
		return 0;
	obj = json_object_new_object();
	r = json_append(arr, obj);
	if (r >= 0)
		r = json_set_str(obj, "category", category);
	return r < 0 ? r : json_set_str(obj, "value", value);
}

static int add_credential(struct json_object *credential, struct json_object *arr)
{
	const char *text;

	if (json_get_str(credential, "text", &text) < 0)
		return 0;
	return json_append(arr, json_object_new_string(text));
}

/* The entries of the array KEY that ADD understands. */
static int set_list(struct pass *pass, struct json_object *doc, const char *key, bool secret,
		    int (*add)(struct json_object *entry, struct json_object *arr))
{
	_cleanup_json_ struct json_object *list = NULL;
	struct json_object *arr;
	int r;

	r = json_get_arr(doc, key, &arr);
	if (r == -ENOENT)
		return facts_set_absent(pass->facts, key, "the metadata has none");
	if (r < 0)
		return set_bad(pass, key, key, NULL, "no list");
	list = json_object_new_array();
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(arr); i++) {
		r = add(json_object_array_get_idx(arr, i), list);
		if (r < 0)
			return r;
	}
	return secret ? facts_set_secret(pass->facts, key, key, TAKE_PTR(list))
		      : facts_set(pass->facts, key, key, TAKE_PTR(list));
}

int document_facts(struct pass *pass, struct json_object *doc)
{
	struct json_object *arr = NULL;
	int r;

	r = set_config_id(pass, doc);
	if (r >= 0)
		r = set_vm_id(pass, doc);
	if (r >= 0)
		r = set_text(pass, doc, "vm_name", "name", true);
	if (r >= 0)
		r = set_text(pass, doc, "user_data", "user_data", false);
	if (r >= 0)
		r = set_text(pass, doc, "configuration_user_data", "configuration_user_data",
			     false);
	if (r >= 0)
		r = set_list(pass, doc, "labels", false, add_label);
	if (r >= 0)
		r = set_list(pass, doc, "credentials", true, add_credential);
	if (r < 0)
		return r;
	return json_get_arr(doc, "interfaces", &arr) < 0
		       ? set_bad(pass, "interfaces", "interfaces", NULL, "no list")
		       : document_interfaces(pass, arr);
}
