/* SPDX-License-Identifier: MIT */
/* template.c -- service configs, rendered from ERB-style templates and the facts of the pass */
#include "modules/template/template-spans.h"
#include "modules/template/template.h"

#include <errno.h>
#include <string.h>

struct many {
	struct template *all;
	size_t n;
};

static void many_done(struct many *m)
{
	for (size_t i = 0; i < m->n; i++)
		template_done(&m->all[i]);
	free(m->all);
}

/* A change of one of these files makes the next pass due. */
static void watch(struct template *t)
{
	const char *const paths[] = { t->conf.source, t->conf.target };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (pass_watch(t->pass, paths[i]) == -ENOSPC && t->pass->number == 0)
			log_warning("Too many files to watch them all: a change of %s is seen by "
				    "the next pass only",
				    paths[i]);
}

/* What T is to be, and what is there. 0, 1 if its target is not touched, -errno. */
static int prepare(struct template *t)
{
	int r;

	r = template_conf_check(t);
	if (r != 0)
		return r;
	watch(t);
	r = template_render(t);
	if (r == 0)
		r = template_write_opts(t);
	return r != 0 ? r : template_look(t);
}

static int prepare_all(struct pass *pass, struct many *m)
{
	char *const *names = conf_instances(pass->conf, "Template");
	size_t n = 0;
	int r;

	while (names[n])
		n++;
	m->all = calloc(n + 1, sizeof(*m->all));
	if (!m->all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct template *t = &m->all[i];

		*t = (struct template){ .pass = pass, .name = names[i] };
		r = conf_get(pass->conf, &template_sections[0], names[i], &t->conf);
		if (r < 0)
			return r;
		m->n++;
		r = prepare(t);
		if (r < 0)
			return r;
	}
	return 0;
}

/* All that are held, or (UNKNOWN) that are so until a fact is known, in one sentence. */
static void say_held(struct pass *pass, const struct many *m, bool unknown)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const struct template *first = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const struct template *t = &m->all[i];

		if (t->step != TEMPLATE_HELD || t->unknown != unknown)
			continue;
		log_warning("Template %s is held: %s", t->name, t->why);
		buf_addf(&b, "%stemplate %s is held: %s", first ? "; " : "", t->name, t->why);
		first = first ?: t;
	}
	if (first && b.data)
		pass_state(pass, unknown ? STATE_CONVERGING : STATE_DEGRADED, first->next, "%s",
			   b.data);
}

/* Of what is well, too, a person may want to know more than the number. */
static void say_all(struct pass *pass, const struct many *m)
{
	const struct template *kept = NULL;
	size_t n_kept = 0;

	say_held(pass, m, false);
	say_held(pass, m, true);
	for (size_t i = 0; i < m->n; i++) {
		const struct template *t = &m->all[i];

		if (t->neutral)
			pass_state(pass, STATE_CONVERGING, "agentctl facts",
				   "template %s is rendered with an id that is none: %s", t->name,
				   facts_why(pass->facts, "config_id"));
		if (t->step == TEMPLATE_KEPT ||
		    (t->as_found && t->conf.on_drift == ON_DRIFT_KEEP)) {
			kept = kept ?: t;
			n_kept++;
		}
	}
	if (!kept)
		pass_state(pass, STATE_READY, NULL, "%zu target%s", m->n, m->n == 1 ? "" : "s");
	else
		pass_state(pass, STATE_READY, kept->next, "%zu target%s, %zu kept: %s", m->n,
			   m->n == 1 ? "" : "s", n_kept, kept->why);
}

/* For explain: where each byte comes from, of all that a template has made. */
static int compose_spans(const struct template *t)
{
	const struct spans_of of = {
		.name = t->name,
		.source = t->conf.source,
		.source_text = t->source_text,
		.source_len = t->source_len,
		.target = t->conf.target,
		.result = &t->text,
	};

	return template_spans_compose(t->pass, &of);
}

/* Into the plan. 0 or -errno. */
static int plan_one(struct template *t)
{
	int r;

	if (t->step != TEMPLATE_LIVE && t->step != TEMPLATE_SAME)
		return 0;
	r = template_target(t);
	return r == 0 && !t->pass->planning ? compose_spans(t) : r;
}

static int template_plan(struct pass *pass, const void *conf)
{
	_cleanup_(many_done) struct many m = {};
	int r;

	template_spans_begin(pass);
	r = prepare_all(pass, &m);
	if (r >= 0)
		r = template_wait(pass, conf, m.all, m.n);
	/* a plan alone runs no check: it may do more than look */
	if (r >= 0 && !pass->planning)
		r = template_check_all(m.all, m.n);
	for (size_t i = 0; r >= 0 && i < m.n; i++)
		r = plan_one(&m.all[i]);
	if (r < 0)
		return r;
	say_all(pass, &m);
	return 0;
}

static void applied(struct pass *pass, const void *conf)
{
	template_applied(pass);
}

static int template_verify(struct pass *pass, const void *conf)
{
	return template_spans_keep(pass);
}

#define AT(member) offsetof(struct template_quiet, member)
static const struct conf_item module_items[] = {
	{ "QuietSec", CONF_SEC, AT(quiet), "0", NULL },
	{ "QuietMaxSec", CONF_SEC, AT(quiet_max), "0", NULL },
	{ "SplaySec", CONF_SEC, AT(splay), "0", NULL },
	{},
};

const struct module module_template = {
	.name = "template",
	.section = "Template",
	.items = module_items,
	.size = sizeof(struct template_quiet),
	.sections = template_sections,
	.check = template_conf_check_all,
	.plan = template_plan,
	.applied = applied,
	.verify = template_verify,
};
