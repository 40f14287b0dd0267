/* SPDX-License-Identifier: MIT */
/* plan-remote.c -- changes that a module does itself; several that are not on this host as one */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

static int add(struct plan *p, enum change_kind kind, const char *summary, bool always,
	       int (*apply)(void *userdata, char **ret_words), void (*release)(void *userdata),
	       void *userdata)
{
	struct planned *new;
	int r = plan_add(p, kind, strdup(summary), &new);

	if (r < 0)
		return r;
	new->c.always = always;
	new->c.apply = apply;
	new->c.release = release;
	new->c.userdata = userdata;
	return 1;
}

int plan_step(struct plan *p, const char *summary, bool always,
	      int (*apply)(void *userdata, char **ret_words), void (*release)(void *userdata),
	      void *userdata)
{
	return add(p, CHANGE_STEP, summary, always, apply, release, userdata);
}

int plan_remote(struct plan *p, const char *summary, int (*apply)(void *userdata, char **ret_words),
		void (*release)(void *userdata), void *userdata)
{
	return add(p, CHANGE_REMOTE, summary, false, apply, release, userdata);
}

/* The change from AT on that does the work of all before it, or N_CHANGES. */
static size_t find_doer(const struct plan *p, size_t at)
{
	const char *module = p->changes[at]->c.module;

	while (at < p->n_changes && p->changes[at]->c.kind == CHANGE_REMOTE &&
	       strcmp(p->changes[at]->c.module, module) == 0) {
		if (p->changes[at]->c.apply)
			return at;
		at++;
	}
	return p->n_changes;
}

size_t plan_remote_do(struct plan *p, size_t at,
		      void (*report)(void *userdata, const struct change *c, int r,
				     const char *words),
		      void *userdata, int *failed)
{
	size_t doer = find_doer(p, at), last = doer < p->n_changes ? doer : at;
	_cleanup_free_ char *words = NULL;
	int r;

	if (plan_failed(p, p->changes[at]->c.module)) {
		r = -ECANCELED;
		words = strdup("left out: a change before it failed");
	} else if (doer == p->n_changes) {
		r = -EINVAL;
	} else {
		r = p->changes[doer]->c.apply(p->changes[doer]->c.userdata, &words);
	}
	for (size_t i = at; i <= last; i++) {
		struct change *c = &p->changes[i]->c;

		c->done = r >= 0;
		c->failed = r < 0;
		*failed += r < 0;
		report(userdata, c, r < 0 ? r : 0, words);
	}
	return last - at + 1;
}
