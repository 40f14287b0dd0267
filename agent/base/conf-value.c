/* SPDX-License-Identifier: MIT */
/* conf-value.c -- the form of each type of option */
#include <errno.h>
#include <string.h>

#include "agent/base/conf-internal.h"

static int parse_uint(const char *text, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text >= (char)('0' + base))
			return -EINVAL;
		v = v * base + (*text - '0');
		if (v > max)
			return -EINVAL;
	}
	*ret = v;
	return 0;
}

static int parse_bool(const char *text, bool *ret)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(text, words[i])) {
			*ret = i % 2;
			return 0;
		}
	return -EINVAL;
}

int parse_sec(const char *text, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t usec;
	} units[] = {
		{ "", 1000000 },       { "s", 1000000 },    { "sec", 1000000 },
		{ "us", 1 },	       { "ms", 1000 },	    { "min", 60000000 },
		{ "m", 60000000 },     { "h", 3600000000 }, { "d", 86400000000 },
		{ "w", 604800000000 },
	};
	uint64_t sum = 0, part;

	text += strspn(text, " \t");
	if (!*text)
		return -EINVAL;
	while (*text) {
		size_t digits = strspn(text, "0123456789"), len, i;
		char number[20], unit[8];

		if (!digits || digits >= sizeof(number))
			return -EINVAL;
		memcpy(number, text, digits);
		number[digits] = '\0';
		text += digits;
		text += strspn(text, " \t");

		len = strcspn(text, " \t0123456789");
		if (len >= sizeof(unit))
			return -EINVAL;
		memcpy(unit, text, len);
		unit[len] = '\0';
		text += len;
		text += strspn(text, " \t");

		for (i = 0; i < ARRAY_SIZE(units) && strcmp(unit, units[i].name); i++)
			;
		if (i == ARRAY_SIZE(units) || parse_uint(number, 10, UINT64_MAX / 10, &part) < 0 ||
		    __builtin_mul_overflow(part, units[i].usec, &part) ||
		    __builtin_add_overflow(sum, part, &sum))
			return -EINVAL;
	}
	*ret = sum;
	return 0;
}

static int parse_path(const char *text)
{
	if (text[0] != '/' || strlen(text) > 4095)
		return -EINVAL;
	for (const char *p = text; *p; p += strcspn(p, "/")) {
		p += strspn(p, "/");
		if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
			return -EINVAL;
	}
	return 0;
}

static int check_word(enum conf_type type, const char *word)
{
	struct addr addr;

	switch (type) {
	case CONF_ADDRS:
		return addr_parse(word, &addr);
	case CONF_NAME:
	case CONF_NAMES:
		return domain_valid(word) ? 0 : -EINVAL;
	case CONF_PATH:
		return parse_path(word);
	default:
		return 0;
	}
}

static int parse_list(enum conf_type type, const char *text, char ***ret)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *copy = strdup(text);
	char *rest, *word;
	int r;

	if (!copy)
		return -ENOMEM;
	for (word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		r = check_word(type, word);
		if (r < 0)
			return r;
		r = strv_add(&words, word);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(words);
	return 0;
}

static int parse_string(enum conf_type type, const char *text, char **ret)
{
	if (check_word(type, text) < 0)
		return -EINVAL;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int parse_number(enum conf_type type, const char *text, unsigned *ret)
{
	uint64_t v, max = type == CONF_PORT ? 65535 : type == CONF_MODE ? 07777 : UINT32_MAX;

	if (parse_uint(text, type == CONF_MODE ? 8 : 10, max, &v) < 0 || (type == CONF_PORT && !v))
		return -EINVAL;
	*ret = v;
	return 0;
}

static int parse_enum(const char *const *names, const char *text, int *ret)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text)) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

int conf_value_parse(const struct conf_item *item, const char *text, void *place)
{
	switch (item->type) {
	case CONF_BOOL:
		return parse_bool(text, place);
	case CONF_UINT:
	case CONF_PORT:
	case CONF_MODE:
		return parse_number(item->type, text, place);
	case CONF_SEC:
		return parse_sec(text, place);
	case CONF_STRING:
	case CONF_PATH:
	case CONF_NAME:
		return parse_string(item->type, text, place);
	case CONF_LIST:
	case CONF_ADDRS:
	case CONF_NAMES:
		return parse_list(item->type, text, place);
	case CONF_ADDR:
		return addr_parse(text, place);
	case CONF_ENUM:
		return parse_enum(item->names, text, place);
	}
	return -EINVAL;
}

void conf_value_done(const struct conf_item *item, void *place)
{
	switch (item->type) {
	case CONF_STRING:
	case CONF_PATH:
	case CONF_NAME:
		free(*(char **)place);
		*(char **)place = NULL;
		break;
	case CONF_LIST:
	case CONF_ADDRS:
	case CONF_NAMES:
		strv_free(*(char ***)place);
		*(char ***)place = NULL;
		break;
	default:
		break;
	}
}

void conf_value_expected(const struct conf_item *item, struct buf *out)
{
	static const char *const forms[] = {
		[CONF_BOOL] = "yes or no",
		[CONF_UINT] = "a whole number from 0 to 4294967295",
		[CONF_PORT] = "a port number from 1 to 65535",
		[CONF_SEC] = "a time such as 30s, 500ms, 5min or 1h 30min",
		[CONF_MODE] = "an octal mode such as 0644",
		[CONF_STRING] = "a text",
		[CONF_PATH] = "an absolute path without '..'",
		[CONF_LIST] = "words separated by blanks",
		[CONF_ADDR] = "an IP address such as 10.60.0.21 or fd00::21",
		[CONF_ADDRS] = "IP addresses such as 10.60.0.21 or fd00::21, separated by blanks",
		[CONF_NAME] = "a host name or domain such as web-1.cluster.test",
		[CONF_NAMES] = "host names or domains, separated by blanks",
	};

	if (item->type != CONF_ENUM) {
		buf_adds(out, forms[item->type]);
		return;
	}
	for (size_t i = 0; item->names[i]; i++)
		buf_addf(out, "%s%s",
			 i == 0		      ? ""
			 : item->names[i + 1] ? ", "
					      : " or ",
			 item->names[i]);
}
