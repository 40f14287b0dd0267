/* SPDX-License-Identifier: MIT */
/* plan-diff.c -- what a change would change, for people */
#include <errno.h>

#include "agent/base/diff.h"
#include "agent/reconcile/plan-private.h"

/* The difference that is no byte: another kind, mode, owner or ACL. */
static int diff_outside(struct plan *p, const struct change *c, const struct sys_stat *st,
			struct buf *out)
{
	int r = 0;

	if (st->kind == SYS_LINK)
		r = buf_addf(out, "(a file in place of a link to %s)\n", st->target);
	if (st->kind != SYS_FILE)
		return r;
	if (!c->opts.keep_mode && st->mode != c->opts.mode)
		r = buf_addf(out, "(mode %04o becomes %04o)\n", (unsigned)st->mode,
			     (unsigned)c->opts.mode);
	if (r >= 0 && plan_owner_differs(&c->opts, st))
		r = buf_adds(out, "(another owner)\n");
	if (r >= 0 && plan_acl_differs(p, c->path, &c->opts))
		r = buf_adds(out, "(another access control list)\n");
	return r;
}

int plan_diff(struct plan *p, const struct change *c, struct buf *out)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r;

	if (c->kind != CHANGE_WRITE)
		return 0;
	if (c->secret)
		return buf_adds(out, "(secret)\n");
	r = sys_lstat(p->sys, c->path, &st);
	if (r < 0)
		return r;
	r = diff_outside(p, c, &st, out);
	if (r < 0)
		return r;
	if (st.kind == SYS_FILE || st.kind == SYS_LINK) {
		r = sys_read(p->sys, c->path, &text, &len);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return diff_lines(text ?: "", len, c->data, c->len, 1, out);
}
