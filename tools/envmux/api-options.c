/* SPDX-License-Identifier: MIT */
/* api-options.c -- "?options=records add { k { data v } }": single records of a data group */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-options.h"
#include "tools/envmux/objects.h"

#define WORD_MAX 65521

/* The next word of *P in WORD: bare, in quotes, or a brace. 0 at the end. */
static size_t next_word(const char **p, char *word)
{
	const char *s = *p + strspn(*p, " \t\r\n");
	size_t n = 0;
	char quote = *s == '"' ? *s++ : '\0';

	if (!quote && (*s == '{' || *s == '}')) {
		word[n++] = *s++;
	} else {
		while (*s && n < WORD_MAX - 1 && (quote ? *s != '"' : !strchr(" \t\r\n{}\"", *s))) {
			if (*s == '\\' && s[1])
				s++;
			word[n++] = *s++;
		}
		if (quote && *s == '"')
			s++;
	}
	word[n] = '\0';
	*p = s;
	return n;
}

static int find_record(struct json_object *records, const char *key)
{
	const char *have;

	for (size_t i = 0; i < json_object_array_length(records); i++) {
		if (json_get_str(json_object_array_get_idx(records, i), "name", &have) == 0 &&
		    !strcmp(have, key))
			return (int)i;
	}
	return -1;
}

enum verb { ADD, MODIFY, DELETE };

static int one_record(struct json_object *records, enum verb verb, const char *key,
		      const char *data, struct store_error *error)
{
	int at = find_record(records, key), r;
	struct json_object *o;

	if (verb == ADD && at >= 0)
		return object_error(error, 409, 3,
				    "01020066:3: The requested record (%.200s) already exists.",
				    key);
	if (verb != ADD && at < 0)
		return object_error(error, 404, 3,
				    "01020036:3: The requested record (%.200s) was not found.",
				    key);
	if (verb == DELETE)
		return json_object_array_del_idx(records, (size_t)at, 1) < 0 ? -ENOMEM : 0;
	o = json_object_new_object();
	if (!o)
		return -ENOMEM;
	r = json_set_str(o, "name", key);
	if (r == 0)
		r = json_set_str(o, "data", data);
	if (r < 0) {
		json_object_put(o);
		return r;
	}
	if (at < 0)
		return json_append(records, o);
	return json_object_array_put_idx(records, (size_t)at, o) < 0 ? -ENOMEM : 0;
}

/* "k { data v } ..." up to the closing brace; for DELETE the keys alone will do. */
static int each_record(struct json_object *records, enum verb verb, const char *p, char *word,
		       struct store_error *error)
{
	_cleanup_free_ char *data = malloc(WORD_MAX);
	const char *before;
	int r = data ? 0 : -ENOMEM;

	while (r == 0) {
		_cleanup_free_ char *key = NULL;

		if (next_word(&p, word) == 0)
			return -EBADMSG;
		if (!strcmp(word, "}"))
			return *(p + strspn(p, " \t\r\n")) ? -EBADMSG : 0;
		key = strdup(word);
		if (!key)
			return -ENOMEM;
		*data = '\0';
		before = p;
		if (next_word(&p, word) == 1 && *word == '{') {
			if (next_word(&p, word) == 4 && !strcmp(word, "data")) {
				(void)next_word(&p, data);
				(void)next_word(&p, word);
			}
			if (strcmp(word, "}") != 0)
				return -EBADMSG;
		} else {
			p = before;
		}
		r = one_record(records, verb, key, data, error);
	}
	return r;
}

int options_records(struct json_object *group, const char *text, struct json_object **ret,
		    struct store_error *ret_error)
{
	static const char *const verbs[] = { "add", "modify", "delete" };
	_cleanup_json_ struct json_object *records = NULL;
	_cleanup_free_ char *word = malloc(WORD_MAX);
	struct json_object *had = NULL;
	const char *p = text;
	int r = -EBADMSG;

	if (!word)
		return -ENOMEM;
	(void)json_get_arr(group, "records", &had);
	if (had && json_object_deep_copy(had, &records, NULL) < 0)
		return -ENOMEM;
	if (!records)
		records = json_object_new_array();
	if (!records)
		return -ENOMEM;
	if (next_word(&p, word) > 0 && !strcmp(word, "records") && next_word(&p, word) > 0) {
		size_t v = 0;

		while (v < ARRAY_SIZE(verbs) && strcmp(word, verbs[v]) != 0)
			v++;
		if (v < ARRAY_SIZE(verbs) && next_word(&p, word) == 1 && *word == '{')
			r = each_record(records, (enum verb)v, p, word, ret_error);
	}
	if (r == -EBADMSG)
		return object_error(ret_error, 400, 1,
				    "options: expected \"records add|modify|delete { KEY { data "
				    "VALUE } ... }\"");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(records);
	return 0;
}
