/* SPDX-License-Identifier: MIT */
/* fetchline.c -- the one line of envagent-fetch, read by hand and checked */
#include "agent/fetchline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Moves *P over the literal TEXT. */
static int literal(const char **p, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*p, text, len) != 0)
		return -EBADMSG;
	*p += len;
	return 0;
}

/* Copies up to the next blank, or the end, into a field of SIZE. */
static int word(const char **p, char *ret, size_t size)
{
	size_t len = strcspn(*p, " ");

	if (!len || len >= size)
		return -EBADMSG;
	memcpy(ret, *p, len);
	ret[len] = '\0';
	*p += len;
	return 0;
}

static int found(const char *p, struct fetchline *ret)
{
	struct addr a;
	char document[8];

	if (literal(&p, " vm=") < 0 || word(&p, ret->vm, sizeof(ret->vm)) < 0 ||
	    literal(&p, " env=") < 0 || word(&p, ret->env, sizeof(ret->env)) < 0 ||
	    literal(&p, " document=") < 0 || word(&p, document, sizeof(document)) < 0 ||
	    literal(&p, " from=") < 0 || word(&p, ret->from, sizeof(ret->from)) < 0 || *p)
		return -EBADMSG;

	ret->found = true;
	ret->same = !strcmp(document, "same");
	if (!ret->same && strcmp(document, "changed") != 0)
		return -EBADMSG;
	if (!id_valid(ret->vm) || !id_valid(ret->env))
		return -EBADMSG;
	return addr_parse(ret->from, &a) == 0 && a.prefix == -1 ? 0 : -EBADMSG;
}

/* The reason follows the last colon of a try, for addresses may have colons. */
static int none(const char *p, struct fetchline *ret)
{
	size_t out = 0;

	if (literal(&p, " tries=") < 0 || !*p)
		return -EBADMSG;
	while (*p) {
		size_t len = strcspn(p, ";");
		const char *colon = memrchr(p, ':', len);

		if (!colon || colon == p || colon + 1 == p + len)
			return -EBADMSG;
		/* Two blanks a try may not fit any more: then the rest is left out. */
		if (out + len + 4 >= sizeof(ret->tries))
			break;
		out += (size_t)snprintf(ret->tries + out, sizeof(ret->tries) - out, "%s%.*s: %.*s",
					out ? "; " : "", (int)(colon - p), p,
					(int)(p + len - colon - 1), colon + 1);
		p += len + (p[len] == ';');
	}
	return 0;
}

int fetchline_parse(const char *text, size_t len, struct fetchline *ret)
{
	struct fetchline line = {};
	char copy[FETCH_LINE_MAX];
	const char *p = copy;
	int r;

	if (len < 2 || len > FETCH_LINE_MAX || text[len - 1] != '\n')
		return -EBADMSG;
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return -EBADMSG;
	memcpy(copy, text, len - 1);
	copy[len - 1] = '\0';

	if (literal(&p, "identity 1") == 0)
		r = found(p, &line);
	else if (literal(&p, "none 1") == 0)
		r = none(p, &line);
	else
		r = -EBADMSG;
	if (r == 0)
		*ret = line;
	return r;
}
