/* SPDX-License-Identifier: MIT */
/* ifupdown.c -- reading interfaces(5) files, and making their stanzas yield */
#include "modules/network/ifupdown.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "modules/network/persist.h"

#define BLANK " \t"
#define DEPTH_MAX 4

/* A word of a line: where it starts and how long it is. */
struct word {
	const char *s;
	size_t len;
};

/* Up to N words of the line at TEXT; returns how many. Comments are lines of their own there. */
static size_t split(const char *text, struct word *ret, size_t n)
{
	size_t k = 0;

	text += strspn(text, BLANK);
	if (*text == '#')
		return 0;
	while (k < n && *text && *text != '\n') {
		ret[k] = (struct word){ .s = text, .len = strcspn(text, BLANK "\n") };
		text += ret[k].len;
		text += strspn(text, BLANK);
		k++;
	}
	return k;
}

static bool is(const struct word *w, const char *text)
{
	return w->len == strlen(text) && !memcmp(w->s, text, w->len);
}

/* "iface NAME inet|inet6 METHOD" for an interface of WANT that has an address of that family. */
static bool is_stanza(const struct word w[4], size_t n, const struct ifaces *want)
{
	if (n < 4 || !is(&w[0], "iface"))
		return false;
	for (size_t i = 0; i < want->n; i++)
		if (is(&w[1], want->list[i].link->name) &&
		    ((is(&w[2], "inet") && persist_has(&want->list[i], AF_INET)) ||
		     (is(&w[2], "inet6") && persist_has(&want->list[i], AF_INET6))))
			return true;
	return false;
}

int ifupdown_yield(const char *text, const struct ifaces *want, struct buf *out)
{
	struct word w[4];
	int n = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool ours = is_stanza(w, split(text, w, ARRAY_SIZE(w)), want) &&
			    (is(&w[3], "dhcp") || is(&w[3], "static"));

		len += text[len] == '\n';
		if (ours) {
			buf_add(out, text, (size_t)(w[3].s - text));
			buf_adds(out, "manual");
			buf_add(out, w[3].s + w[3].len, len - (size_t)(w[3].s + w[3].len - text));
			n++;
		} else {
			buf_add(out, text, len);
		}
		text += len;
	}
	return out->error ? out->error : n;
}

bool ifupdown_names(const char *text, const struct ifaces *want)
{
	struct word w[4];

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (is_stanza(w, split(text, w, ARRAY_SIZE(w)), want))
			return true;
	return false;
}

/* ---- which files there are ---- */

/* A reading under way. */
struct reading {
	struct sys *sys;
	const char *own;
	char **files;
	bool own_read;
};

static int read_file(struct reading *rd, const char *path, unsigned depth);

/* interfaces(5): source-directory takes names of letters, digits, '_' and '-' alone. */
static bool plain_name(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_-")] == '\0';
}

/* The files of DIR whose names fit PATTERN (NULL: those that source-directory takes). */
static int read_dir(struct reading *rd, const char *dir, const char *pattern, unsigned depth)
{
	_cleanup_strv_ char **names = NULL;
	const char *base = strrchr(rd->own, '/');
	int r;

	if (strlen(dir) == (size_t)(base - rd->own) && !strncmp(dir, rd->own, strlen(dir)) &&
	    (!pattern || fnmatch(pattern, base + 1, FNM_PERIOD) == 0))
		rd->own_read = true;
	if (sys_list(rd->sys, dir, &names) < 0)
		return 0;
	for (char **s = names; s && *s; s++) {
		_cleanup_free_ char *path = NULL;

		if (pattern ? fnmatch(pattern, *s, FNM_PERIOD) != 0 : !plain_name(*s))
			continue;
		path = str_printf("%s/%s", dir, *s);
		r = path ? read_file(rd, path, depth) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return 0;
}

/* WHERE of a source line: absolute, or from the folder of the first file. */
static int follow(struct reading *rd, const struct word *where, bool directory, unsigned depth)
{
	_cleanup_free_ char *path = NULL;
	char *slash;

	path = str_printf("%s%.*s", where->s[0] == '/' ? "" : "/etc/network/", (int)where->len,
			  where->s);
	if (!path)
		return -ENOMEM;
	while (path[1] && path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
	if (directory)
		return read_dir(rd, path, NULL, depth);
	slash = strrchr(path, '/');
	if (slash == path)
		return 0;
	*slash = '\0';
	return read_dir(rd, path, slash + 1, depth);
}

static int read_file(struct reading *rd, const char *path, unsigned depth)
{
	_cleanup_free_ char *text = NULL;
	struct word w[2];
	int r;

	if (!strcmp(path, rd->own) || strv_contains(rd->files, path) || depth == DEPTH_MAX ||
	    sys_read(rd->sys, path, &text, NULL) < 0)
		return 0;
	r = strv_add(&rd->files, path);
	for (const char *s = text; r >= 0 && *s; s += strcspn(s, "\n"), s += *s == '\n') {
		if (split(s, w, ARRAY_SIZE(w)) < 2)
			continue;
		if (is(&w[0], "source") || is(&w[0], "source-directory"))
			r = follow(rd, &w[1], is(&w[0], "source-directory"), depth + 1);
	}
	return r;
}

int ifupdown_files(struct sys *sys, const char *own, char ***ret, bool *ret_own)
{
	struct reading rd = { .sys = sys, .own = own };
	int r;

	r = read_file(&rd, IFUPDOWN_FILE, 0);
	if (r < 0) {
		strv_free(rd.files);
		return r;
	}
	*ret = rd.files;
	*ret_own = rd.own_read;
	return 0;
}
