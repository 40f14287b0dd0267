/* SPDX-License-Identifier: MIT */
/* plan.c -- the list of changes, and the unit jobs behind it */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

static void planned_done(struct planned *p)
{
	free(p->c.summary);
	free(p->c.path);
	free(p->c.data);
	free(p->c.name);
	free(p->c.verb);
	free(p->c.ifname);
	free(p->acl);
	strv_free(p->c.dhcp.argv);
	strv_free(p->c.dhcp.leases);
	sys_stat_done(&p->former);
	free(p->former_data);
	free(p->words);
	if (p->c.release)
		p->c.release(p->c.userdata);
}

static void planned_free(struct planned *p)
{
	planned_done(p);
	free(p);
}

static void job_free(struct job *j)
{
	planned_done(&j->p);
	free(j->owners);
	free(j);
}

int plan_new(struct sys *sys, struct manifest *manifest, struct plan **ret)
{
	_cleanup_(plan_freep) struct plan *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->sys = sys;
	p->manifest = manifest;
	p->module = "";
	r = manifest ? plan_owed_load(p) : 0;
	if (r < 0)
		return r;
	*ret = TAKE_PTR(p);
	return 0;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n_changes; i++)
		planned_free(p->changes[i]);
	for (size_t i = 0; i < p->n_jobs; i++)
		job_free(p->jobs[i]);
	for (size_t i = 0; i < p->n_owed; i++) {
		free(p->owed[i].module);
		free(p->owed[i].verb);
		free(p->owed[i].unit);
	}
	free(p->changes);
	free(p->jobs);
	free(p->owed);
	strv_free(p->named);
	free(p);
}

void plan_module(struct plan *p, const char *module)
{
	p->module = module;
	for (size_t i = 0; i < p->n_owed; i++) {
		struct owed *o = &p->owed[i];

		/* without memory it is just not taken, and stays owed */
		if (!o->taken && strcmp(o->module, module) == 0)
			o->taken = plan_job(p, o->verb, o->unit, NULL) >= 0;
	}
}

static void drop_owners(struct job *j, const char *module)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_owners; i++)
		if (strcmp(j->owners[i].module, module) != 0)
			j->owners[n++] = j->owners[i];
	j->n_owners = n;
	if (n > 0)
		j->p.c.module = j->owners[0].module;
}

void plan_drop(struct plan *p, const char *module)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_jobs; i++) {
		struct job *j = p->jobs[i];

		drop_owners(j, module);
		if (j->n_owners > 0)
			p->jobs[n++] = j;
		else
			job_free(j);
	}
	p->n_jobs = n;

	n = 0;
	for (size_t i = 0; i < p->n_changes; i++) {
		if (strcmp(p->changes[i]->c.module, module) != 0)
			p->changes[n++] = p->changes[i];
		else
			planned_free(p->changes[i]);
	}
	p->n_changes = n;

	for (size_t i = 0; i < p->n_owed; i++)
		if (strcmp(p->owed[i].module, module) == 0)
			p->owed[i].taken = false;
}

int plan_add(struct plan *p, enum change_kind kind, char *summary, struct planned **ret)
{
	struct planned **grown;
	struct planned *new;

	if (!summary)
		return -ENOMEM;
	grown = reallocarray(p->changes, p->n_changes + 1, sizeof(*grown));
	if (grown)
		p->changes = grown;
	new = grown ? calloc(1, sizeof(*new)) : NULL;
	if (!new) {
		free(summary);
		return -ENOMEM;
	}
	new->c.module = p->module;
	new->c.kind = kind;
	new->c.summary = summary;
	p->changes[p->n_changes++] = new;
	*ret = new;
	return 1;
}

/* From what a running unit notices least to what it notices most. */
static const char *const verbs[] = { "reload",	    "reload-or-try-restart",
				     "try-restart", "start",
				     "restart",	    "stop" };

static int rank(const char *verb)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i], verb) == 0)
			return (int)i;
	return -1;
}

/* The one verb that does what both want. */
static const char *stronger(const char *a, const char *b)
{
	/* a unit that runs already takes no notice of "start" */
	if (strcmp(a, b) != 0 && (strcmp(a, "start") == 0 || strcmp(b, "start") == 0) &&
	    strcmp(a, "stop") != 0 && strcmp(b, "stop") != 0)
		return "restart";
	return rank(a) >= rank(b) ? a : b;
}

static struct job *job_find(const struct plan *p, const char *unit)
{
	for (size_t i = 0; i < p->n_jobs; i++)
		if (strcmp(p->jobs[i]->p.c.name, unit) == 0)
			return p->jobs[i];
	return NULL;
}

static int job_add(struct plan *p, const char *unit, struct job **ret)
{
	struct job **grown = reallocarray(p->jobs, p->n_jobs + 1, sizeof(*grown));
	struct job *j;

	if (!grown)
		return -ENOMEM;
	p->jobs = grown;
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	j->p.c.kind = CHANGE_UNIT;
	j->p.c.module = p->module;
	j->p.c.name = strdup(unit);
	if (!j->p.c.name) {
		job_free(j);
		return -ENOMEM;
	}
	p->jobs[p->n_jobs++] = j;
	*ret = j;
	return 0;
}

static int job_verb(struct job *j, const char *verb)
{
	char *copy, *summary;

	if (j->p.c.verb)
		verb = stronger(j->p.c.verb, verb);
	copy = strdup(verb);
	summary = str_printf("%s %s", verb, j->p.c.name);
	if (!copy || !summary) {
		free(copy);
		free(summary);
		return -ENOMEM;
	}
	free(j->p.c.verb);
	free(j->p.c.summary);
	j->p.c.verb = copy;
	j->p.c.summary = summary;
	return 0;
}

int plan_job(struct plan *p, const char *verb, const char *unit, struct planned *cause)
{
	struct job *j = job_find(p, unit);
	struct owner *grown;
	int r;

	if (rank(verb) < 0)
		return -EINVAL;
	if (!j) {
		r = job_add(p, unit, &j);
		if (r < 0)
			return r;
	}
	r = job_verb(j, verb);
	grown = r < 0 ? NULL : reallocarray(j->owners, j->n_owners + 1, sizeof(*grown));
	if (!grown) {
		if (j->n_owners == 0) {
			p->n_jobs--;
			job_free(j);
		}
		return -ENOMEM;
	}
	j->owners = grown;
	j->owners[j->n_owners++] = (struct owner){ .module = p->module, .cause = cause };
	return 1;
}

int plan_unit(struct plan *p, const char *verb, const char *unit)
{
	return plan_job(p, verb, unit, NULL);
}

void plan_cut(struct plan *p, size_t from)
{
	while (p->n_changes > from)
		planned_free(p->changes[--p->n_changes]);
}

size_t plan_steps(const struct plan *p)
{
	return p->n_changes;
}

size_t plan_count(const struct plan *p)
{
	return p->n_changes + p->n_jobs;
}

const struct change *plan_at(const struct plan *p, size_t i)
{
	if (i < p->n_changes)
		return &p->changes[i]->c;
	i -= p->n_changes;
	return i < p->n_jobs ? &p->jobs[i]->p.c : NULL;
}

size_t plan_count_of(const struct plan *p, const char *module)
{
	size_t n = 0;

	for (size_t i = 0; i < plan_count(p); i++)
		n += strcmp(plan_at(p, i)->module, module) == 0;
	return n;
}

bool plan_failed(const struct plan *p, const char *module)
{
	for (size_t i = 0; i < plan_count(p); i++) {
		const struct change *c = plan_at(p, i);

		if (c->failed && !c->alone && strcmp(c->module, module) == 0)
			return true;
	}
	return false;
}
