/* SPDX-License-Identifier: MIT */
/* json.c -- typed reading of JSON: the type is part of the question */
#include "agent/base/json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

DEFINE_CLEANUP(struct json_tokener *, json_tokener_free)

/*
 * The tokener, strict as it is, lets some things pass that RFC 8259 does not know: NaN, Infinity,
 * single quotes, control characters within strings, other white space, "1.". Returns the offset of
 * the first such byte, or LEN.
 */
static size_t json_scan(const char *text, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (quoted) {
			if (c < 0x20)
				return i;
			if (c == '\\' && i + 1 < len && (unsigned char)text[i + 1] >= 0x20)
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (!c || !strchr("{}[]:, \t\r\n0123456789+-.eEtrufalsn", c)) {
			return i;
		} else if (c == '.' && (i + 1 == len || text[i + 1] < '0' || text[i + 1] > '9')) {
			return i;
		}
	}
	return len;
}

/* A number too large for a double is no number that can be handed on. */
static bool json_finite(struct json_object *o)
{
	if (json_object_is_type(o, json_type_double))
		return isfinite(json_object_get_double(o));
	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			if (!json_finite(json_object_array_get_idx(o, i)))
				return false;
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach (o, key, v) {
			(void)key;
			if (!json_finite(v))
				return false;
		}
	}
	return true;
}

int json_parse(const char *text, size_t len, int depth, struct json_object **ret,
	       size_t *ret_offset)
{
	_cleanup_(json_tokener_freep) struct json_tokener *tok = NULL;
	_cleanup_json_ struct json_object *obj = NULL;
	enum json_tokener_error e;
	size_t at = json_scan(text, len);

	if (at == len && len < INT_MAX && depth > 0) {
		/* the tokener counts a scalar as one level */
		tok = json_tokener_new_ex(depth + 1);
		if (!tok)
			return -ENOMEM;
		json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
		obj = json_tokener_parse_ex(tok, text, len);
		e = json_tokener_get_error(tok);
		at = json_tokener_get_parse_end(tok);
		/* a number ends only where something else begins */
		if (e == json_tokener_continue) {
			obj = json_tokener_parse_ex(tok, "", 1);
			e = json_tokener_get_error(tok);
		}
		while (e == json_tokener_success && at < len && strchr(" \t\r\n", text[at]))
			at++;
		if (e == json_tokener_success && at == len && json_finite(obj)) {
			*ret = TAKE_PTR(obj);
			return 0;
		}
	}
	if (ret_offset)
		*ret_offset = at;
	return -EBADMSG;
}

static int json_get(struct json_object *obj, const char *key, enum json_type type,
		    struct json_object **ret)
{
	struct json_object *v;

	if (!json_object_is_type(obj, json_type_object) ||
	    !json_object_object_get_ex(obj, key, &v) || !v)
		return -ENOENT;
	if (!json_object_is_type(v, type))
		return -EBADMSG;
	*ret = v;
	return 0;
}

int json_get_str(struct json_object *obj, const char *key, const char **ret)
{
	struct json_object *v;
	int r;

	r = json_get(obj, key, json_type_string, &v);
	if (r < 0)
		return r;
	/* "\u0000" would hide what follows it from all who read a C string */
	if (strlen(json_object_get_string(v)) != (size_t)json_object_get_string_len(v))
		return -EBADMSG;
	*ret = json_object_get_string(v);
	return 0;
}

int json_get_int(struct json_object *obj, const char *key, int64_t *ret)
{
	struct json_object *v;
	int r;

	r = json_get(obj, key, json_type_int, &v);
	if (r < 0)
		return r;
	/* out of range is clamped by json-c: the ends are no values */
	if (json_object_get_int64(v) == INT64_MAX || json_object_get_int64(v) == INT64_MIN)
		return -EBADMSG;
	*ret = json_object_get_int64(v);
	return 0;
}

int json_get_bool(struct json_object *obj, const char *key, bool *ret)
{
	struct json_object *v;
	int r;

	r = json_get(obj, key, json_type_boolean, &v);
	if (r < 0)
		return r;
	*ret = json_object_get_boolean(v);
	return 0;
}

int json_get_obj(struct json_object *obj, const char *key, struct json_object **ret)
{
	return json_get(obj, key, json_type_object, ret);
}

int json_get_arr(struct json_object *obj, const char *key, struct json_object **ret)
{
	return json_get(obj, key, json_type_array, ret);
}

int json_get_id(struct json_object *obj, const char *key, char **ret)
{
	char number[24];
	const char *s;
	int64_t v;
	int r;

	r = json_get_str(obj, key, &s);
	if (r == -EBADMSG && json_get_int(obj, key, &v) == 0) {
		snprintf(number, sizeof(number), "%lld", (long long)v);
		s = number;
		r = 0;
	}
	if (r < 0)
		return r;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

int json_set(struct json_object *obj, const char *key, struct json_object *v)
{
	if (!v)
		return -ENOMEM;
	if (json_object_object_add(obj, key, v) < 0) {
		json_object_put(v);
		return -ENOMEM;
	}
	return 0;
}

int json_set_str(struct json_object *obj, const char *key, const char *s)
{
	if (!s)
		return json_object_object_add(obj, key, NULL) < 0 ? -ENOMEM : 0;
	return json_set(obj, key, json_object_new_string(s));
}

int json_set_int(struct json_object *obj, const char *key, int64_t v)
{
	return json_set(obj, key, json_object_new_int64(v));
}

int json_set_bool(struct json_object *obj, const char *key, bool v)
{
	return json_set(obj, key, json_object_new_boolean(v));
}

int json_fill(struct json_object *obj, const struct json_pair *pairs, size_t n)
{
	int r = obj ? 0 : -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		if (r < 0 || !pairs[i].key)
			json_object_put(pairs[i].value);
		else
			r = json_set(obj, pairs[i].key, pairs[i].value);
	}
	return r;
}

struct json_object *json_str(const char *s)
{
	return s ? json_object_new_string(s) : NULL;
}

int json_append(struct json_object *arr, struct json_object *v)
{
	if (!v)
		return -ENOMEM;
	if (json_object_array_add(arr, v) < 0) {
		json_object_put(v);
		return -ENOMEM;
	}
	return 0;
}

const char *json_text(struct json_object *obj)
{
	return json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE);
}

void json_place(const char *text, size_t len, size_t offset, unsigned *ret_line,
		unsigned *ret_column)
{
	*ret_line = 1;
	*ret_column = 1;
	for (size_t i = 0; i < len && i < offset; i++) {
		if (text[i] == '\n') {
			(*ret_line)++;
			*ret_column = 1;
		} else {
			(*ret_column)++;
		}
	}
}
