/* SPDX-License-Identifier: MIT */
/* api-place.c -- what the path of a request names */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-parts.h"

void place_done(struct place *p)
{
	free(p->path);
	free(p->member);
}

/* "~test-1~www" -> "/test-1/www"; "www" -> "/Common/www". */
static char *id_path(const char *id)
{
	char *path = *id == '~' ? strdup(id) : str_printf("/Common/%s", id);

	for (char *p = path; p && *p; p++)
		*p = *p == '~' ? '/' : *p;
	return path;
}

/* The number of segments behind "mgmt/tm" that name the kind; 0 if nobody serves them. */
static size_t place_kind(const struct api_request *req, struct place *p)
{
	char *const *s = req->segments + 2;
	size_t n = req->n_segments - 2;

	if (n >= 2 && !strcmp(s[0], "sys") && !strcmp(s[1], "folder")) {
		p->kind = STORE_PARTITION;
		p->folder = true;
		return 2;
	}
	for (unsigned k = 0; k < _STORE_KIND_MAX; k++) {
		_cleanup_free_ char *uri = strdup(object_kinds[k].uri);
		size_t used = 0;
		char *save = NULL, *w = uri ? strtok_r(uri, "/", &save) : NULL;

		while (w && used < n && !strcmp(w, s[used])) {
			used++;
			w = strtok_r(NULL, "/", &save);
		}
		if (w || used == 0)
			continue;
		p->kind = k;
		if (k != STORE_MONITOR)
			return used;
		if (used >= n)
			return 0;
		p->type = s[used];
		return used + 1;
	}
	return 0;
}

int place_read(const struct api_request *req, struct place *p)
{
	size_t at = place_kind(req, p);
	char *const *s;
	size_t n;

	if (at == 0)
		return -ENOENT;
	if (p->type && !store_monitor_type(p->type))
		return -ENOENT;
	s = req->segments + 2 + at;
	n = req->n_segments - 2 - at;
	if (n > 0 && !strcmp(s[n - 1], "stats")) {
		p->stats = true;
		n--;
	}
	if (n == 0)
		return 0;
	if (n == 1 && !p->stats && !strcmp(s[0], "example")) {
		p->example = true;
		return 0;
	}
	p->path = p->folder		       ? strdup(*s[0] == '~' ? s[0] + 1 : s[0])
		  : p->kind == STORE_PARTITION ? strdup(s[0])
					       : id_path(s[0]);
	if (!p->path)
		return -ENOMEM;
	if (n == 1)
		return 0;
	for (size_t i = 0; p->kind == STORE_VIRTUAL && n == 2 && render_virtual_lists[i]; i++) {
		if (!strcmp(s[1], render_virtual_lists[i])) {
			p->list = render_virtual_lists[i];
			return 0;
		}
	}
	if (p->kind != STORE_POOL || strcmp(s[1], "members") != 0 || n > 3)
		return -ENOENT;
	p->members = true;
	p->example = n == 3 && !p->stats && !strcmp(s[2], "example");
	if (n == 3 && !p->example) {
		_cleanup_free_ char *full = id_path(s[2]);

		if (!full)
			return -ENOMEM;
		p->member = object_member_name(strrchr(full, '/') + 1);
		if (!p->member)
			return -ENOMEM;
	}
	return 0;
}

char *place_uri(const struct place *p)
{
	_cleanup_free_ char *id = p->members ? render_id(p->path) : NULL;

	if (p->members)
		return id ? str_printf("%s/%s/members", object_kinds[p->kind].uri, id) : NULL;
	if (p->folder)
		return strdup("sys/folder");
	return p->type ? str_printf("%s/%s", object_kinds[p->kind].uri, p->type)
		       : strdup(object_kinds[p->kind].uri);
}

char *place_kind_text(const struct place *p)
{
	if (p->members)
		return strdup(object_member.kind);
	if (p->folder)
		return strdup("tm:sys:folder:folder");
	return p->type ? str_printf("%s:%s:%s", object_kinds[p->kind].kind, p->type, p->type)
		       : strdup(object_kinds[p->kind].kind);
}
