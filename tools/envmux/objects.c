/* SPDX-License-Identifier: MIT */
/* objects.c -- objects built from a client's body by the tables of fields.c */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "tools/envmux/objects.h"

int object_error(struct store_error *error, int status, int api_error, const char *fmt, ...)
{
	va_list ap;

	error->status = status;
	error->api_error = api_error;
	va_start(ap, fmt);
	vsnprintf(error->message, sizeof(error->message), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

bool object_name_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > 255 || !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)name[i]) && !strchr("._%:-", name[i]))
			return false;
	}
	return true;
}

int object_split(const char *path, char buffer[512], const char **ret_partition,
		 const char **ret_name)
{
	char *slash;

	if (strlen(path) >= 512)
		return -EINVAL;
	strcpy(buffer, path);
	if (buffer[0] != '/') {
		*ret_partition = *ret_name = buffer;
		return object_name_valid(buffer) ? 0 : -EINVAL;
	}
	slash = strchr(buffer + 1, '/');
	if (!slash)
		return -EINVAL;
	*slash = '\0';
	if (!object_name_valid(buffer + 1) || !object_name_valid(slash + 1))
		return -EINVAL;
	*ret_partition = buffer + 1;
	*ret_name = slash + 1;
	return 0;
}

static bool word_listed(const char *const *words, const char *text)
{
	for (size_t i = 0; words && words[i]; i++) {
		if (!strcmp(words[i], text))
			return true;
	}
	return false;
}

static bool text_fits(const struct field *f, const char *text)
{
	if (strlen(text) > 65520)
		return false;
	for (const char *p = text; *p; p++) {
		if (iscntrl((unsigned char)*p) && f->type != FIELD_ANY)
			return false;
	}
	return !f->words || word_listed(f->words, text);
}

/*
 * A client that PUTs what it read sends the observed words "monitor-enabled", "up", "down" ...
 * back: in a loose build these mean "as it was".
 */
static bool observed_word(const struct field *f, const char *text)
{
	static const char *const words[] = { "monitor-enabled", "up",	   "down",    "checking",
					     "unchecked",	"fqdn-up", "unknown", NULL };

	return (!strcmp(f->name, "session") || !strcmp(f->name, "state")) &&
	       word_listed(words, text);
}

/* Without a NUL in it. */
static bool is_text(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) &&
	       strlen(json_object_get_string(v)) == (size_t)json_object_get_string_len(v);
}

/* All numbers here are counts: 32 bits without a sign. A larger one is read as the largest there
 * is. */
static bool is_number(struct json_object *v)
{
	return json_object_is_type(v, json_type_int) && json_object_get_int64(v) >= 0 &&
	       json_object_get_int64(v) <= UINT32_MAX;
}

static int field_take(const struct field *f, struct json_object *obj, struct json_object *v,
		      bool creating, bool strict, struct store_error *error)
{
	if (f->fixed && !creating)
		return 0; /* sent back unchanged as a rule; a BIG-IP keeps what it has */
	if (f->type == FIELD_NUMBER && json_object_is_type(v, json_type_string)) {
		const char *text = json_object_get_string(v);

		if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10)
			return json_set_int(obj, f->name, atoi(text));
	}
	if ((f->type == FIELD_TEXT && !is_text(v)) || (f->type == FIELD_NUMBER && !is_number(v)))
		return object_error(error, 400, 1, "invalid property value \"%s\":%.200s", f->name,
				    json_text(v));
	if (f->type == FIELD_TEXT && word_listed(f->as_was, json_object_get_string(v)))
		return 0;
	if (f->type == FIELD_TEXT && !text_fits(f, json_object_get_string(v))) {
		if (!strict && observed_word(f, json_object_get_string(v)))
			return 0;
		return object_error(error, 400, 1, "invalid property value \"%s\":\"%.200s\"",
				    f->name, json_object_get_string(v));
	}
	if (f->type == FIELD_TEXT && !f->dflt && !*json_object_get_string(v)) {
		json_object_object_del(obj, f->name);
		return 0;
	}
	return json_set(obj, f->name, json_object_get(v));
}

/* DFLT as JSON; most are plain texts and numbers. */
static struct json_object *default_value(const char *dflt)
{
	size_t n = strlen(dflt);

	if (dflt[0] == '"' && !strchr(dflt, '\\'))
		return json_object_new_string_len(dflt + 1, (int)n - 2);
	if (isdigit((unsigned char)dflt[0]))
		return json_object_new_int64(atoi(dflt));
	return json_tokener_parse(dflt);
}

/* What is as it is by default is not kept: thousands of members differ from it in nothing. */
static void drop_default(const struct field *f, struct json_object *obj)
{
	_cleanup_json_ struct json_object *dflt = NULL;
	struct json_object *v;

	if (!f->dflt || !json_object_object_get_ex(obj, f->name, &v))
		return;
	dflt = default_value(f->dflt);
	if (dflt && json_object_equal(dflt, v))
		json_object_object_del(obj, f->name);
}

int object_whole(const struct object_kind *kind, struct json_object *from, struct json_object *to)
{
	static const char *const first[] = { "name", "partition", "fullPath", "generation" };
	struct json_object *v;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(first); i++) {
		if (json_object_object_get_ex(from, first[i], &v))
			r = json_set(to, first[i], json_object_get(v));
	}
	for (const struct field *f = kind->fields; r == 0 && f->name; f++) {
		if (*f->name == '_')
			continue;
		if (json_object_object_get_ex(from, f->name, &v))
			r = json_set(to, f->name, json_object_get(v));
		else if (f->dflt)
			r = json_set(to, f->name, default_value(f->dflt));
	}
	return r;
}

int object_build(const struct object_kind *kind, const char *partition, const char *name,
		 struct json_object *former, struct json_object *body, bool strict,
		 struct json_object **ret, struct store_error *error)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	bool whole_path = kind != &object_kinds[STORE_PARTITION];
	_cleanup_free_ char *path =
		whole_path ? str_printf("/%s/%s", partition, name) : strdup(name);
	int r;

	if (!obj || !path)
		return -ENOMEM;
	r = json_set_str(obj, "name", name);
	if (r == 0 && whole_path)
		r = json_set_str(obj, "partition", partition);
	if (r == 0)
		r = json_set_str(obj, "fullPath", path);
	for (const struct field *f = kind->fields; r == 0 && f->name; f++) {
		struct json_object *v = NULL;

		if (former && json_object_object_get_ex(former, f->name, &v))
			r = json_set(obj, f->name, json_object_get(v));
		if (r == 0 && body && json_object_object_get_ex(body, f->name, &v) && v)
			r = field_take(f, obj, v, !former, strict, error);
		if (r == 0)
			drop_default(f, obj);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(obj);
	return 0;
}

static int members_take(struct json_object *list, struct json_object *out,
			struct store_error *error)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *v = json_object_array_get_idx(list, i);
		const char *name;
		int r;

		if (json_object_is_type(v, json_type_string)) {
			_cleanup_json_ struct json_object *o = json_object_new_object();

			if (!o)
				return -ENOMEM;
			r = json_set_str(o, "name", json_object_get_string(v));
			if (r == 0)
				r = json_append(out, TAKE_PTR(o));
		} else if (json_object_is_type(v, json_type_object) &&
			   json_get_str(v, "name", &name) == 0) {
			r = json_append(out, json_object_get(v));
		} else {
			return object_error(error, 400, 1,
					    "one or more properties must be specified: name");
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int object_members(struct json_object *body, struct json_object **ret, struct store_error *error)
{
	struct json_object *list = NULL, *reference;
	_cleanup_json_ struct json_object *out = NULL;
	int r;

	*ret = NULL;
	if (!body)
		return 0;
	r = json_get_arr(body, "members", &list);
	if (r == -EBADMSG)
		return object_error(error, 400, 1, "invalid property value \"members\"");
	if (r == -ENOENT && json_get_obj(body, "membersReference", &reference) == 0)
		(void)json_get_arr(reference, "items", &list);
	if (!list)
		return 0;
	out = json_object_new_array();
	if (!out)
		return -ENOMEM;
	r = members_take(list, out, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(out);
	return 0;
}

/* -EINVAL if that is no port. */
static int port_of(const char *text)
{
	static const struct {
		const char *name;
		int port;
	} known[] = { { "any", 0 },	{ "http", 80 },	  { "https", 443 },
		      { "ssh", 22 },	{ "domain", 53 }, { "ldap", 389 },
		      { "ldaps", 636 }, { "ftp", 21 },	  { "http-alt", 8080 } };
	char *end;
	unsigned long n;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i].name, text))
			return known[i].port;
	}
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	n = strtoul(text, &end, 10);
	return *end || n > 65535 ? -EINVAL : (int)n;
}

int object_member_split(const char *name, char node[256], unsigned *ret_port)
{
	const char *sep = strrchr(name, ':');
	const char *dot = strrchr(name, '.');
	int port;

	/* An IPv6 address has colons of its own; its port stands behind the last dot. */
	if (sep && strchr(name, ':') != sep)
		sep = dot;
	if (!sep || sep == name || (size_t)(sep - name) > 255)
		return -EINVAL;
	port = port_of(sep + 1);
	if (port < 0)
		return -EINVAL;
	memcpy(node, name, (size_t)(sep - name));
	node[sep - name] = '\0';
	if (!object_name_valid(node))
		return -EINVAL;
	*ret_port = (unsigned)port;
	return 0;
}

char *object_member_title(const char *pool, const char *name)
{
	const char *end = *pool ? strchr(pool + 1, '/') : NULL;
	char node[256];
	unsigned port;

	if (!end || object_member_split(name, node, &port) < 0)
		return str_printf("%s %s", pool, name);
	return str_printf("%s %.*s/%s %u", pool, (int)(end - pool), pool, node, port);
}

char *object_member_name(const char *name)
{
	char node[256];
	unsigned port;

	if (object_member_split(name, node, &port) < 0)
		return strdup(name);
	return str_printf("%s%c%u", node, strchr(node, ':') ? '.' : ':', port);
}

int object_address(const char *text, struct addr *ret)
{
	_cleanup_free_ char *copy = NULL;
	const char *domain = strchr(text, '%');
	int r;

	if (domain && strcmp(domain, "%0") != 0)
		return -EINVAL;
	copy = domain ? strndup(text, (size_t)(domain - text)) : strdup(text);
	if (!copy)
		return -ENOMEM;
	r = addr_parse(copy, ret);
	return r == 0 && ret->prefix >= 0 ? -EINVAL : r;
}
