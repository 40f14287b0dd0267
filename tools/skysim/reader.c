/* SPDX-License-Identifier: MIT */
/* reader.c -- typed reading of the world file, with errors that name file and JSON path */
#include "tools/skysim/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"

size_t reader_enter(struct reader *rd, const char *fmt, ...)
{
	size_t place = rd->path_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(rd->path + place, sizeof(rd->path) - place, fmt, ap);
	va_end(ap);
	if (n > 0)
		rd->path_len += (size_t)n < sizeof(rd->path) - place ? (size_t)n
								     : sizeof(rd->path) - place - 1;
	return place;
}

void reader_leave(struct reader *rd, size_t place)
{
	rd->path_len = place;
	rd->path[place] = 0;
}

int reader_fail(struct reader *rd, const char *key, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	if (rd->error)
		return -EINVAL;

	buf_addf(&b, "%s: $%s%s%s: ", rd->file, rd->path, key ? "." : "", key ?: "");
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	rd->error = buf_take(&b);
	return -EINVAL;
}

int reader_keys(struct reader *rd, struct json_object *obj, const char *const *known)
{
	if (!json_object_is_type(obj, json_type_object))
		return reader_fail(rd, NULL, "an object { ... } is expected here");

	json_object_object_foreach (obj, key, value) {
		size_t i = 0;

		(void)value;
		while (known[i] && strcmp(known[i], key))
			i++;
		if (!known[i])
			return reader_fail(rd, key, "unknown key; see the format in README.md");
	}
	return 0;
}

/* Turns what a json_get_*() said about an optional key into a result of ours. */
static int checked(struct reader *rd, const char *key, int r, const char *expected)
{
	if (r == -EBADMSG)
		return reader_fail(rd, key, "%s is expected here", expected);
	return r == -ENOENT ? 0 : r;
}

static bool printable(const char *s)
{
	for (; *s; s++)
		if (iscntrl((unsigned char)*s) && *s != '\n' && *s != '\t')
			return false;
	return true;
}

int reader_str(struct reader *rd, struct json_object *obj, const char *key, const char **ret)
{
	const char *s = NULL;
	int r;

	r = checked(rd, key, json_get_str(obj, key, &s), "a string");
	if (r < 0)
		return r;
	if (s && !printable(s))
		return reader_fail(rd, key, "holds a control character");
	if (s)
		*ret = s;
	return 0;
}

int reader_need_str(struct reader *rd, struct json_object *obj, const char *key, const char **ret)
{
	const char *s = NULL;
	int r;

	r = reader_str(rd, obj, key, &s);
	if (r < 0)
		return r;
	if (!s || !*s)
		return reader_fail(rd, key, "is required");
	*ret = s;
	return 0;
}

int reader_id(struct reader *rd, struct json_object *obj, const char *key, char ret[READER_ID_MAX])
{
	_cleanup_free_ char *id = NULL;
	int r;

	r = checked(rd, key, json_get_id(obj, key, &id), "an id");
	if (r < 0 || !id)
		return r;
	if (!id_valid(id))
		return reader_fail(rd, key, "\"%s\" is no id; 1 to 20 digits are", id);
	snprintf(ret, READER_ID_MAX, "%s", id);
	return 0;
}

int reader_need_id(struct reader *rd, struct json_object *obj, const char *key,
		   char ret[READER_ID_MAX])
{
	char id[READER_ID_MAX] = "";
	int r;

	r = reader_id(rd, obj, key, id);
	if (r < 0)
		return r;
	if (!*id)
		return reader_fail(rd, key, "is required");
	memcpy(ret, id, READER_ID_MAX);
	return 0;
}

int reader_bool(struct reader *rd, struct json_object *obj, const char *key, bool *ret)
{
	return checked(rd, key, json_get_bool(obj, key, ret), "true or false");
}

int reader_int(struct reader *rd, struct json_object *obj, const char *key, int64_t min,
	       int64_t max, int64_t *ret)
{
	int64_t v;
	int r;

	r = json_get_int(obj, key, &v);
	if (r < 0)
		return checked(rd, key, r, "a number");
	if (v < min || v > max)
		return reader_fail(rd, key, "%lld is outside %lld to %lld", (long long)v,
				   (long long)min, (long long)max);
	*ret = v;
	return 0;
}

static bool canonical(const struct addr *a)
{
	for (int bit = a->prefix; bit < 32; bit++)
		if (a->bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

int reader_addr(struct reader *rd, struct json_object *obj, const char *key, bool prefix,
		struct addr *ret)
{
	const char *s = NULL;
	struct addr a;
	int r;

	r = reader_str(rd, obj, key, &s);
	if (r < 0 || !s)
		return r;
	r = addr_parse(s, &a);
	if (r < 0 || a.family != AF_INET || (a.prefix >= 0) != prefix)
		return reader_fail(rd, key, "\"%s\" is no IPv4 %s", s,
				   prefix ? "network like 10.60.0.0/24"
					  : "address like 10.60.0.21");
	if (prefix && !canonical(&a))
		return reader_fail(rd, key, "\"%s\" has host bits set behind its prefix", s);
	*ret = a;
	return 0;
}

int reader_word(struct reader *rd, struct json_object *obj, const char *key,
		const char *const *words, int *ret)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	const char *s = NULL;
	int r;

	r = reader_str(rd, obj, key, &s);
	if (r < 0 || !s)
		return r;
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], s)) {
			*ret = i;
			return 0;
		}
		buf_addf(&all, "%s%s", i ? ", " : "", words[i]);
	}
	return reader_fail(rd, key, "\"%s\" is none of %s", s, all.data ?: "");
}

int reader_arr(struct reader *rd, struct json_object *obj, const char *key,
	       struct json_object **ret)
{
	return checked(rd, key, json_get_arr(obj, key, ret), "an array [ ... ]");
}

int reader_obj(struct reader *rd, struct json_object *obj, const char *key,
	       struct json_object **ret)
{
	return checked(rd, key, json_get_obj(obj, key, ret), "an object { ... }");
}
