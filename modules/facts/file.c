/* SPDX-License-Identifier: MIT */
/* file.c -- a fact that a file holds */
#include <errno.h>
#include <string.h>

#include "modules/facts/source.h"

#define FILE_MAX (256u * 1024)

/* A reason that fact_parse() gave, with the file's name before it. */
static int name_file(struct fact_found *ret, const char *path)
{
	_cleanup_free_ char *why = TAKE_PTR(ret->why);

	return fact_without(ret, ret->state, str_printf("%s: %s", path, why));
}

static int file_read(struct pass *pass, const struct fact_asked *asked, struct fact_found *ret)
{
	const char *path = asked->conf->file;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	ret->source = strdup(path);
	if (!ret->source)
		return -ENOMEM;
	/* not watched: it is read by the next pass all the same */
	r = pass_watch(pass, path);
	if (r == -ENOMEM)
		return r;
	r = sys_read(pass->sys, path, &text, &len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return fact_without(ret, FACT_UNKNOWN, str_printf("%s: %s", path, strerror(-r)));
	if (len > FILE_MAX)
		return fact_without(ret, FACT_UNKNOWN,
				    str_printf("%s: over %u KiB", path, FILE_MAX / 1024));
	if (text[strspn(text, " \t\r\n")] == '\0' && strlen(text) == len)
		return fact_without(ret, FACT_UNKNOWN, str_printf("%s: the file is empty", path));
	r = fact_parse(asked, text, len, ret);
	return r < 0 || ret->state == FACT_VALUE ? r : name_file(ret, path);
}

const struct fact_source fact_source_file = {
	.key = "File",
	.offset = offsetof(struct fact_conf, file),
	.read = file_read,
};
