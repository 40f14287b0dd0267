/* SPDX-License-Identifier: MIT */
/*
 * user-data.c -- a fact that stands under a key in the user data of the VM or of the environment
 *
 * Both are free text; two forms of it are in use: a JSON object, and lines "key: value". The VM's
 * own wins. A key that is in neither is absent; what was not read may have it, so then the fact is
 * unknown.
 */
#include <errno.h>
#include <string.h>

#include "modules/facts/source.h"

#define JSON_DEPTH 32

static int from_json(const char *text, const char *where, const char *key, struct fact_found *ret)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *value = NULL;
	unsigned line, column;
	size_t offset = 0;
	int r;

	r = json_parse(text, strlen(text), JSON_DEPTH, &obj, &offset);
	if (r == -EBADMSG) {
		json_place(text, strlen(text), offset, &line, &column);
		return fact_without(
			ret, FACT_UNKNOWN,
			str_printf("%s, line %u, column %u: this is no JSON", where, line, column));
	}
	if (r < 0)
		return r;
	/* what begins with '{' and is JSON is an object */
	if (!json_object_object_get_ex(obj, key, &value) || !value)
		return 0;
	ret->state = FACT_VALUE;
	ret->value = json_object_get(value);
	return 1;
}

/* The value behind "KEY:" without blanks around it, nor one pair of quotes. */
static int from_line(const char *value, size_t len, struct fact_found *ret)
{
	while (len > 0 && strchr(" \t\r", value[len - 1]))
		len--;
	if (len >= 2 && (*value == '"' || *value == '\'') && value[len - 1] == *value) {
		value++;
		len -= 2;
	}
	if (len == 0)
		return 0;
	ret->state = FACT_VALUE;
	ret->value = json_object_new_string_len(value, (int)len);
	return ret->value ? 1 : -ENOMEM;
}

static int from_lines(const char *text, const char *key, struct fact_found *ret)
{
	size_t n = strlen(key), len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len <= n || strncmp(text, key, n) != 0 || text[n] != ':')
			continue;
		if (len == n + 1 || strchr(" \t\r", text[n + 1])) {
			size_t from = n + 1 + strspn(text + n + 1, " \t");

			return from_line(text + from, len - from, ret);
		}
	}
	return 0;
}

/* In the fact FACT: 1 with the answer in *RET, 0 if that key is not there, -ENOMEM. */
static int look(struct pass *pass, const char *fact, const char *where, const char *key,
		struct fact_found *ret)
{
	const struct fact *f = facts_get(pass->facts, fact);
	const char *text = facts_str(pass->facts, fact);
	int r;

	if (!f || f->state == FACT_ABSENT)
		return 0;
	free(ret->source);
	free(ret->path);
	ret->source = strdup(f->source);
	ret->path = str_printf("%s:%s", f->path ?: fact, key);
	ret->time = f->time;
	if (!ret->source || !ret->path)
		return -ENOMEM;
	if (f->state == FACT_UNKNOWN) {
		r = fact_without(ret, FACT_UNKNOWN, strdup(f->why ?: "not known"));
		return r < 0 ? r : 1;
	}
	text += strspn(text, " \t\r\n");
	r = *text == '{' ? from_json(text, where, key, ret) : from_lines(text, key, ret);
	return r == 0 && ret->why ? 1 : r;
}

static int user_data_read(struct pass *pass, const struct fact_asked *asked, struct fact_found *ret)
{
	const char *key = asked->conf->user_data;
	int r;

	r = look(pass, "user_data", "the VM's user data", key, ret);
	if (r == 0)
		r = look(pass, "configuration_user_data", "the environment's user data", key, ret);
	if (r != 0)
		return r < 0 ? r : 0;
	return fact_without(
		ret, FACT_ABSENT,
		str_printf("neither the VM's user data nor the environment's has a '%s'", key));
}

const struct fact_source fact_source_user_data = {
	.key = "UserData",
	.offset = offsetof(struct fact_conf, user_data),
	.read = user_data_read,
};
