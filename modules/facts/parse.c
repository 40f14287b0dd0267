/* SPDX-License-Identifier: MIT */
/* parse.c -- what a command printed or a file holds, as a value */
#include <errno.h>
#include <string.h>

#include "agent/base/utf8.h"
#include "modules/facts/source.h"

#define JSON_DEPTH 32

static int parse_json(const char *text, size_t len, struct fact_found *ret)
{
	unsigned line, column;
	size_t offset = 0;
	int r;

	r = json_parse(text, len, JSON_DEPTH, &ret->value, &offset);
	if (r == -EBADMSG) {
		json_place(text, len, offset, &line, &column);
		return fact_without(
			ret, FACT_UNKNOWN,
			str_printf("line %u, column %u: this is no JSON", line, column));
	}
	if (r < 0)
		return r;
	if (!ret->value)
		return fact_without(ret, FACT_ABSENT, strdup("it is null"));
	ret->state = FACT_VALUE;
	return 0;
}

static int parse_text(const char *text, size_t len, struct fact_found *ret)
{
	size_t step;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	for (size_t i = 0; i < len; i += step) {
		step = text[i] ? utf8_decode(text + i, len - i, NULL) : 0;
		if (step == 0)
			return fact_without(
				ret, FACT_UNKNOWN,
				str_printf("byte %zu is no part of a text in UTF-8", i + 1));
	}
	ret->value = json_object_new_string_len(text, (int)len);
	ret->state = FACT_VALUE;
	return ret->value ? 0 : -ENOMEM;
}

int fact_parse(const struct fact_asked *asked, const char *text, size_t len, struct fact_found *ret)
{
	if (asked->conf->format == FORMAT_JSON)
		return parse_json(text, len, ret);
	return parse_text(text, len, ret);
}
