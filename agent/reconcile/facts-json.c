/* SPDX-License-Identifier: MIT */
/* facts-json.c -- facts as JSON, and back */
#include "agent/reconcile/facts.h"

#include <errno.h>
#include <string.h>

#define FACTS_VERSION 1

static const char *const state_names[] = {
	[FACT_VALUE] = "value",
	[FACT_ABSENT] = "absent",
	[FACT_UNKNOWN] = "unknown",
};

static int fact_to_json(const struct fact *fact, bool with_secrets, struct json_object **ret)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	int r;

	if (!obj)
		return -ENOMEM;
	r = json_add(obj, { "state", json_str(state_names[fact->state]) },
		     { fact->value && (with_secrets || !fact->secret) ? "value" : NULL,
		       json_object_get(fact->value) },
		     { "source", json_str(fact->source) },
		     { fact->path ? "path" : NULL, json_str(fact->path) },
		     { fact->why ? "why" : NULL, json_str(fact->why) },
		     { "time", json_int(fact->time) },
		     { fact->secret ? "secret" : NULL, json_bool(true) });
	if (r < 0)
		return r;
	*ret = TAKE_PTR(obj);
	return 0;
}

int facts_to_json(const struct facts *f, bool with_secrets, struct json_object **ret)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct json_object *all;
	int r;

	if (!top)
		return -ENOMEM;
	r = json_set_int(top, "version", FACTS_VERSION);
	if (r < 0)
		return r;
	all = json_object_new_object();
	r = json_set(top, "facts", all);
	if (r < 0)
		return r;
	for (size_t i = 0; i < facts_count(f); i++) {
		const struct fact *fact = facts_at(f, i);
		struct json_object *obj = NULL;

		r = fact_to_json(fact, with_secrets, &obj);
		if (r >= 0)
			r = json_set(all, fact->name, obj);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(top);
	return 0;
}

static int bad(char **ret_error, const char *name, const char *what)
{
	*ret_error = str_printf("fact '%s': %s", name, what);
	return *ret_error ? -EBADMSG : -ENOMEM;
}

static int read_value(struct facts *f, const char *name, struct json_object *obj, char **ret_error)
{
	struct json_object *value = NULL;
	const char *path = NULL;
	bool secret = false;
	int r;

	if (json_get_str(obj, "path", &path) == -EBADMSG)
		return bad(ret_error, name, "'path' must be a string");
	if (json_get_bool(obj, "secret", &secret) == -EBADMSG)
		return bad(ret_error, name, "'secret' must be true or false");
	if (!json_object_object_get_ex(obj, "value", &value) || !value) {
		if (secret) /* what was written without secrets */
			return facts_set_unknown(f, name, "secret, and not in this file");
		return bad(ret_error, name, "has no 'value'");
	}
	value = json_object_get(value);
	r = secret ? facts_set_secret(f, name, path, value) : facts_set(f, name, path, value);
	return r == -EINVAL ? bad(ret_error, name, "a name is [a-z][a-z0-9_]*") : r;
}

static int read_fact(struct facts *f, const char *name, struct json_object *obj, char **ret_error)
{
	const char *state, *source = "", *why = "";
	int64_t time = 0;
	int r;

	if (!json_object_is_type(obj, json_type_object))
		return bad(ret_error, name, "must be an object");
	if (json_get_str(obj, "state", &state) < 0)
		return bad(ret_error, name, "'state' must be value, absent or unknown");
	if (json_get_str(obj, "source", &source) == -EBADMSG ||
	    json_get_str(obj, "why", &why) == -EBADMSG)
		return bad(ret_error, name, "'source' and 'why' must be strings");
	if (json_get_int(obj, "time", &time) == -EBADMSG || time < 0)
		return bad(ret_error, name, "'time' must be microseconds since 1970");

	r = facts_source(f, source, (uint64_t)time);
	if (r < 0)
		return r;
	if (strcmp(state, "value") == 0)
		return read_value(f, name, obj, ret_error);
	if (strcmp(state, "absent") == 0)
		r = facts_set_absent(f, name, why);
	else if (strcmp(state, "unknown") == 0)
		r = facts_set_unknown(f, name, why);
	else
		return bad(ret_error, name, "'state' must be value, absent or unknown");
	return r == -EINVAL ? bad(ret_error, name, "a name is [a-z][a-z0-9_]*") : r;
}

/* {"config_id":"4190101",...}: a null is absent, for JSON has no other word for it. */
static int read_plain(struct facts *f, const char *name, struct json_object *value,
		      char **ret_error)
{
	int r;

	if (value)
		r = facts_set(f, name, name, json_object_get(value));
	else
		r = facts_set_absent(f, name, "null in the file");
	return r == -EINVAL ? bad(ret_error, name, "a name is [a-z][a-z0-9_]*") : r;
}

int facts_from_json(struct json_object *obj, const char *source, struct facts **ret,
		    char **ret_error)
{
	_cleanup_(facts_freep) struct facts *f = NULL;
	struct json_object *all = NULL;
	int64_t version = 0;
	bool plain;
	int r;

	if (!json_object_is_type(obj, json_type_object)) {
		*ret_error = str_printf("%s: must be a JSON object of facts", source);
		return *ret_error ? -EBADMSG : -ENOMEM;
	}
	plain = json_get_obj(obj, "facts", &all) < 0 || json_get_int(obj, "version", &version) < 0;
	if (!plain && version != FACTS_VERSION) {
		*ret_error = str_printf("%s: version %lld of the facts is not known here, only %d",
					source, (long long)version, FACTS_VERSION);
		return *ret_error ? -EBADMSG : -ENOMEM;
	}

	r = facts_new(&f);
	if (r >= 0)
		r = facts_source(f, source, 0);
	if (r < 0)
		return r;
	json_object_object_foreach (plain ? obj : all, name, value) {
		r = plain ? read_plain(f, name, value, ret_error)
			  : read_fact(f, name, value, ret_error);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(f);
	return 0;
}
