/* SPDX-License-Identifier: MIT */
/* plan-job.c -- unit jobs, and the former files where a job fails */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

#define JOB_TIMEOUT (60u * 1000 * 1000)

typedef void (*report_fn)(void *userdata, const struct change *c, int r, const char *words);

/* Some of what the job is owed for has happened. */
static bool due(const struct plan *p, const struct job *j)
{
	for (size_t i = 0; i < j->n_owners; i++) {
		const struct owner *o = &j->owners[i];

		if (o->cause ? o->cause->c.done : !plan_failed(p, o->module))
			return true;
	}
	return false;
}

/* Nothing but files that stand alone wants it: no other change depends on it. */
static bool alone(const struct job *j)
{
	for (size_t i = 0; i < j->n_owners; i++)
		if (!j->owners[i].cause || !j->owners[i].cause->c.alone)
			return false;
	return true;
}

/* A module wants it whatever its files are: if not in this pass, then in the next one. */
static bool wanted_anyway(const struct job *j)
{
	for (size_t i = 0; i < j->n_owners; i++)
		if (!j->owners[i].cause)
			return true;
	return false;
}

static int run(struct plan *p, const struct job *j, char **ret_words)
{
	/* below another root nothing runs that a job could be for */
	if (!sys_live(p->sys))
		return 0;
	return sys_unit(p->sys, j->p.c.verb, j->p.c.name, JOB_TIMEOUT, ret_words);
}

static int put_back(struct plan *p, struct planned *w)
{
	struct sys_write_opts opts = {
		.mode = w->former.mode,
		.uid = w->former.uid,
		.gid = w->former.gid,
	};
	int r;

	if (w->former.kind == SYS_FILE)
		r = sys_write(p->sys, w->c.path, w->former_data, w->former_len, &opts);
	else if (w->former.kind == SYS_LINK)
		r = sys_symlink(p->sys, w->former.target, w->c.path);
	else
		r = sys_unlink(p->sys, w->c.path);
	if (r < 0)
		return r;
	w->c.done = false;
	w->c.failed = w->back = true;
	if (!w->was_ours)
		return manifest_forget(p->manifest, w->c.path);
	if (w->c.as_left && w->former.kind == SYS_FILE)
		manifest_left(p->manifest, w->c.path);
	return manifest_wrote(p->manifest, w->c.path, w->former_data, w->former_len);
}

/* Returns how many files are as they were again, or -errno if one could not be put back. */
static int put_all_back(struct plan *p, struct job *j)
{
	int n = 0, r;

	for (size_t i = 0; i < j->n_owners; i++) {
		struct planned *cause = j->owners[i].cause;

		if (!cause || !cause->c.done || !cause->has_former)
			continue;
		r = put_back(p, cause);
		if (r < 0)
			return r;
		n++;
	}
	return n;
}

const char *plan_put_back(const struct plan *p, const struct change *c)
{
	for (size_t i = 0; i < p->n_changes; i++)
		if (&p->changes[i]->c == c)
			return p->changes[i]->words;
	return NULL;
}

/* Without memory they are not remembered. */
static void keep_words(struct job *j, const char *why)
{
	for (size_t i = 0; i < j->n_owners; i++) {
		struct planned *cause = j->owners[i].cause;

		if (cause && cause->back && !cause->words)
			cause->words = str_printf("%s: %s", j->p.c.summary, why);
	}
}

/* The job failed with R and WORDS: what then, told in one sentence. */
static char *recover(struct plan *p, struct job *j, int r, const char *words)
{
	_cleanup_free_ char *again = NULL;
	const char *why = words && *words ? words : strerror(-r);
	int n, r2;

	n = put_all_back(p, j);
	if (n == 0) {
		j->p.c.down = true;
		j->owed = r != -ENOENT && r != -EOPNOTSUPP;
		return str_printf("%s", why);
	}
	if (n < 0) {
		j->p.c.down = j->owed = true;
		return str_printf("%s; the former files cannot be put back: %s", why, strerror(-n));
	}
	keep_words(j, why);
	r2 = run(p, j, &again);
	if (r2 >= 0)
		return str_printf("%s; the former files are back and in force", why);
	j->p.c.down = true;
	j->owed = r2 != -ENOENT && r2 != -EOPNOTSUPP;
	return str_printf("%s; the former files are back, but the job fails with them too: %s", why,
			  again && *again ? again : strerror(-r2));
}

static bool went_back(const struct job *j)
{
	for (size_t i = 0; i < j->n_owners; i++)
		if (j->owners[i].cause && j->owners[i].cause->back)
			return true;
	return false;
}

/*
 * The jobs before FAILED were done with files that are the former ones again. Returns how many
 * cannot be done with those.
 */
static int follow_back(struct plan *p, const struct job *failed, report_fn report, void *userdata)
{
	int n = 0, r;

	for (size_t i = 0; i < p->n_jobs && p->jobs[i] != failed; i++) {
		_cleanup_free_ char *words = NULL, *sentence = NULL;
		struct job *j = p->jobs[i];

		if (!j->p.c.done || !went_back(j))
			continue;
		r = run(p, j, &words);
		if (r >= 0) {
			report(userdata, &j->p.c, 0, NULL);
			continue;
		}
		sentence = str_printf("the former files are back, but the job fails with them: %s",
				      words && *words ? words : strerror(-r));
		j->p.c.done = false;
		j->p.c.failed = j->p.c.down = j->owed = true;
		report(userdata, &j->p.c, r, sentence);
		n++;
	}
	for (size_t i = 0; i < failed->n_owners; i++)
		if (failed->owners[i].cause)
			failed->owners[i].cause->back = false;
	return n;
}

/* Returns how many failed: 0, 1, or more if others fail along. */
static int do_job(struct plan *p, struct job *j, report_fn report, void *userdata)
{
	_cleanup_free_ char *words = NULL, *sentence = NULL;
	int r;

	j->owed = false;
	j->p.c.alone = alone(j);
	if (!due(p, j)) {
		j->p.c.failed = true;
		j->owed = wanted_anyway(j);
		report(userdata, &j->p.c, -ECANCELED, "left out: nothing that needs it was done");
		return 1;
	}
	r = run(p, j, &words);
	if (r >= 0) {
		j->p.c.done = true;
		report(userdata, &j->p.c, 0, NULL);
		return 0;
	}
	sentence = recover(p, j, r, words);
	j->p.c.failed = true;
	report(userdata, &j->p.c, r, sentence);
	return 1 + follow_back(p, j, report, userdata);
}

int plan_jobs_do(struct plan *p, report_fn report, void *userdata)
{
	int failed = 0;

	for (size_t i = 0; i < p->n_jobs; i++)
		failed += do_job(p, p->jobs[i], report, userdata);
	return failed;
}
