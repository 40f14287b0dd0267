/* SPDX-License-Identifier: MIT */
/* plan-apply.c -- the plan becomes true: first the manifest, then each change, then the jobs */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

static bool is_file(const struct change *c)
{
	return c->kind == CHANGE_WRITE || c->kind == CHANGE_UNLINK;
}

static bool needs_net(const struct plan *p)
{
	for (size_t i = 0; i < p->n_changes; i++)
		if (p->changes[i]->c.ifname)
			return true;
	return false;
}

static const struct change *job_of(const struct plan *p, const struct planned *w)
{
	for (size_t i = 0; i < p->n_jobs; i++)
		for (size_t k = 0; k < p->jobs[i]->n_owners; k++)
			if (p->jobs[i]->owners[k].cause == w)
				return &p->jobs[i]->p.c;
	return NULL;
}

static int begin_file(struct plan *p, struct planned *w)
{
	const struct change *job = job_of(p, w);
	int r;

	w->was_ours = manifest_file(p->manifest, w->c.path) != NULL;
	r = manifest_begin(p->manifest, w->c.module, w->c.path, w->c.data, w->c.len);
	if (r >= 0 && job)
		return manifest_job(p->manifest, w->c.path, job->verb, job->name);
	return r < 0 || !w->c.door ? r : manifest_job(p->manifest, w->c.path, "reload", w->c.door);
}

/* All that is about to be touched is in the manifest on the disk before the first change. */
static int write_ahead(struct plan *p)
{
	_cleanup_(sys_net_done) struct sys_net net = {};
	int r;

	r = needs_net(p) ? sys_net_read(p->sys, &net) : 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n_changes; i++) {
		struct planned *w = p->changes[i];

		r = is_file(&w->c) ? begin_file(p, w) : plan_live_begin(p, &net, &w->c);
		w->error = r < 0 ? r : 0;
	}
	for (size_t i = 0; i < p->n_jobs; i++)
		p->jobs[i]->owed = true;
	r = p->n_jobs > 0 ? plan_owed_save(p) : 0;
	return r < 0 ? r : manifest_save(p->manifest);
}

static int keep_former(struct plan *p, struct planned *w)
{
	int r;

	r = sys_lstat(p->sys, w->c.path, &w->former);
	if (r >= 0 && w->former.kind == SYS_FILE)
		r = sys_read(p->sys, w->c.path, &w->former_data, &w->former_len);
	w->has_former = r >= 0;
	return r;
}

static int make_parent(struct plan *p, const char *path)
{
	_cleanup_free_ char *parent = strndup(path, strrchr(path, '/') - path);

	return parent ? sys_mkdir(p->sys, parent, 0755) : -ENOMEM;
}

static int do_write(struct plan *p, struct planned *w)
{
	int r;

	r = job_of(p, w) ? keep_former(p, w) : 0;
	if (r >= 0 && w->c.make_dir)
		r = make_parent(p, w->c.path);
	if (r >= 0)
		r = sys_write(p->sys, w->c.path, w->c.data, w->c.len, &w->c.opts);
	if (r >= 0)
		r = manifest_wrote(p->manifest, w->c.path, w->c.data, w->c.len);
	/* it is written, even if somebody has removed it meanwhile */
	if (r >= 0 && w->c.as_left)
		manifest_left(p->manifest, w->c.path);
	return r;
}

static int do_unlink(struct plan *p, struct planned *w)
{
	const struct manifest_file *f;
	int r;

	r = sys_unlink(p->sys, w->c.path);
	if (r < 0)
		return r;
	f = manifest_file(p->manifest, w->c.path);
	if (f && f->before == SYS_ABSENT)
		return manifest_forget(p->manifest, w->c.path);
	return manifest_wrote(p->manifest, w->c.path, NULL, 0);
}

static int do_change(struct plan *p, struct planned *w, char **ret_words)
{
	if (w->error < 0)
		return w->error;
	switch (w->c.kind) {
	case CHANGE_WRITE:
		return do_write(p, w);
	case CHANGE_UNLINK:
		return do_unlink(p, w);
	case CHANGE_MKDIR:
		return sys_mkdir(p->sys, w->c.path, w->c.opts.mode);
	case CHANGE_STEP:
		return w->c.apply(w->c.userdata, ret_words);
	default:
		return plan_live_do(p, &w->c);
	}
}

int plan_apply(struct plan *p,
	       void (*report)(void *userdata, const struct change *c, int r, const char *words),
	       void *userdata)
{
	int failed = 0, r;

	r = p->manifest ? write_ahead(p) : 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n_changes; i++) {
		struct planned *w = p->changes[i];
		bool left_out = plan_failed(p, w->c.module) && !w->c.always;
		_cleanup_free_ char *words = NULL;

		if (w->c.kind == CHANGE_REMOTE) {
			i += plan_remote_do(p, i, report, userdata, &failed) - 1;
			continue;
		}
		r = left_out ? -ECANCELED : do_change(p, w, &words);
		w->c.done = r >= 0;
		w->c.failed = r < 0;
		failed += r < 0;
		if (r < 0 && is_file(&w->c) && !w->was_ours)
			manifest_forget(p->manifest, w->c.path);
		report(userdata, &w->c, r < 0 ? r : 0,
		       left_out ? "left out: a change before it failed" : words);
	}
	failed += plan_jobs_do(p, report, userdata);
	if (p->n_jobs > 0)
		plan_owed_save(p);
	/* a failure leaves the entries of before the changes, with which all can be put back */
	if (p->manifest) {
		plan_live_over(p);
		manifest_save(p->manifest);
	}
	return failed;
}
