/* SPDX-License-Identifier: MIT */
/* watch.c -- the files whose change makes a pass due */
#include "agent/reconcile/watch.h"

#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/base/utf8.h"

struct row {
	char *path;
	const char *module; /* static */
	uint64_t stamp;
};

struct watches {
	struct row *rows;
	size_t n;
};

void watches_free(struct watches *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		free(w->rows[i].path);
	free(w->rows);
	free(w);
}

static struct row *find(struct watches *w, const char *path)
{
	for (size_t i = 0; w && i < w->n; i++)
		if (strcmp(w->rows[i].path, path) == 0)
			return &w->rows[i];
	return NULL;
}

static int add(struct pass *pass, const char *path)
{
	struct watches *w = pass->watches;
	struct row *grown;
	int r;

	if (find(w, path))
		return 0;
	/* it is told as a printable word of a short line */
	if (strlen(path) > WATCH_PATH_MAX || !utf8_text(path, strlen(path)))
		return -EINVAL;
	if (w->n == WATCH_MAX)
		return -ENOSPC;
	grown = reallocarray(w->rows, w->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->rows = grown;
	grown[w->n] = (struct row){ .path = strdup(path), .module = pass->module };
	if (!grown[w->n].path)
		return -ENOMEM;
	r = sys_stamp(pass->sys, path, &grown[w->n].stamp);
	if (r < 0) {
		free(grown[w->n].path);
		return r;
	}
	w->n++;
	return 1;
}

int pass_watch(struct pass *pass, const char *path)
{
	_cleanup_free_ char *real = NULL;
	int r;

	if (!pass->watches && !(pass->watches = calloc(1, sizeof(*pass->watches))))
		return -ENOMEM;
	r = add(pass, path);
	if (r < 0)
		return r;
	/* a link is replaced at its own place, and the file where it leads at another */
	r = sys_realpath(pass->sys, path, &real);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = add(pass, real);
	return r < 0 ? r : 0;
}

void pass_again(struct pass *pass, uint64_t usec)
{
	if (!pass->again || usec < pass->again)
		pass->again = usec ?: 1;
}

/* The file holds what C wrote: a change since is seen by the stamp that was taken before. */
static bool holds(struct sys *sys, const struct change *c)
{
	_cleanup_free_ char *now = NULL;
	size_t len;

	return sys_read(sys, c->path, &now, &len) >= 0 && len == c->len &&
	       (len == 0 || memcmp(now, c->data, len) == 0);
}

void watches_wrote(struct watches *w, struct sys *sys, const struct change *c)
{
	struct row *row = find(w, c->path);
	uint64_t stamp;

	if (!row)
		return;
	if (c->kind == CHANGE_UNLINK && c->done) {
		row->stamp = 0;
		return;
	}
	if (sys_stamp(sys, c->path, &stamp) < 0)
		return;
	/* somebody was there in the moment since: no stamp of ours is that one's */
	if (c->kind == CHANGE_WRITE && c->done && !holds(sys, c))
		stamp = 0;
	row->stamp = stamp;
}

void watches_report(const struct watches *w, struct report *report)
{
	for (size_t i = 0; w && i < w->n; i++)
		report_watch(report, w->rows[i].module, w->rows[i].path, w->rows[i].stamp);
}
