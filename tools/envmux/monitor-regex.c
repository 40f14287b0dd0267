/* SPDX-License-Identifier: MIT */
/* monitor-regex.c -- which receive strings HAProxy may be given: it would refuse all of its files
 * for one that it cannot read */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/monitor.h"

#define RECV_MAX 400 /* HAProxy takes lines of 2 kB, and each byte may need four */
#define DEPTH_MAX 8
#define REPEATS_MAX 6

struct reader {
	const char *p;
	unsigned depth, repeats; /* without an upper limit */
};

static bool alternatives(struct reader *r);

static bool plain(char c)
{
	return c >= ' ' && c <= '~' && !strchr("\\^$.[]|()*+?{}", c);
}

/* Behind the '['. */
static bool set(struct reader *r)
{
	char last = 0;

	r->p += *r->p == '^';
	if (*r->p == ']' || *r->p == '-')
		return false;
	for (; *r->p != ']'; r->p++) {
		if (*r->p < ' ' || *r->p > '~' || strchr("[\\^", *r->p))
			return false;
		/* A range goes up; a dash at the end is one. */
		if (*r->p == '-' && r->p[1] != ']') {
			if (!isalnum((unsigned char)last) || !isalnum((unsigned char)r->p[1]) ||
			    r->p[1] < last)
				return false;
			r->p++;
			last = 0;
			continue;
		}
		last = *r->p;
	}
	r->p++;
	return true;
}

/* "{2}", "{2,}", "{2,30}", behind the '{'. */
static bool bounds(struct reader *r)
{
	unsigned from, to;
	int end = 0;

	if (!isdigit((unsigned char)*r->p) || sscanf(r->p, "%3u%n", &from, &end) != 1)
		return false;
	r->p += end;
	to = from;
	if (*r->p == ',' && r->p[1] == '}') {
		r->p++;
		r->repeats++;
	} else if (*r->p == ',') {
		r->p++;
		if (!isdigit((unsigned char)*r->p) || sscanf(r->p, "%3u%n", &to, &end) != 1)
			return false;
		r->p += end;
	}
	return *r->p++ == '}' && from <= to && to <= 255;
}

/* What may be repeated, and whether there was a repeat in it. */
static bool atom(struct reader *r, bool *ret_nested)
{
	unsigned before = r->repeats;
	char c = *r->p++;

	*ret_nested = false;
	if (c == '(') {
		if (++r->depth > DEPTH_MAX || !alternatives(r) || *r->p++ != ')')
			return false;
		r->depth--;
		*ret_nested = r->repeats != before;
		return true;
	}
	if (c == '[')
		return set(r);
	if (c == '\\') {
		c = *r->p++;
		return c && (ispunct((unsigned char)c) || strchr("dswrnt", c));
	}
	return c == '.' || plain(c);
}

static bool sequence(struct reader *r)
{
	while (*r->p && *r->p != '|' && *r->p != ')') {
		bool nested;

		if (*r->p == '^' || *r->p == '$') {
			r->p++;
			nested = true; /* nothing to repeat */
		} else if (!atom(r, &nested)) {
			return false;
		}
		if (!*r->p || !strchr("*+?{", *r->p))
			continue;
		if (nested)
			return false;
		r->repeats += *r->p == '*' || *r->p == '+';
		if (*r->p++ == '{' && !bounds(r))
			return false;
		if (*r->p && strchr("*+?{", *r->p))
			return false;
	}
	return r->repeats <= REPEATS_MAX;
}

static bool alternatives(struct reader *r)
{
	if (!sequence(r))
		return false;
	while (*r->p == '|') {
		r->p++;
		if (!sequence(r))
			return false;
	}
	return true;
}

int monitor_regex(const char *recv, char **ret)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct reader r = { .p = recv };

	if (strlen(recv) > RECV_MAX || !alternatives(&r) || *r.p)
		return -EINVAL;
	for (const char *p = recv; *p; p++) {
		/* "\ " would be two things else */
		if (*p == '\\' && p[1] == ' ')
			p++;
		if (*p == ' ')
			buf_adds(&b, "\\x20");
		else
			buf_addc(&b, *p);
	}
	if (b.error)
		return b.error;
	if (b.len > RECV_MAX)
		return -EINVAL;
	*ret = buf_take(&b);
	return 0;
}
