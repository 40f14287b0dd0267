/* SPDX-License-Identifier: MIT */
/* reconcile.c -- one pass: facts, plan, apply, verify, report */
#include "agent/reconcile/reconcile.h"

#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/derive.h"
#include "agent/reconcile/publish.h"
#include "agent/reconcile/run.h"
#include "agent/reconcile/watch.h"

static void call(struct run *run, size_t i, int (*slot)(struct pass *pass, const void *conf))
{
	const struct module *m = run->modules[i];
	int r;

	if (!slot || run->stopped[i] || !options_manage(run->options, i))
		return;
	run->pass.result = &run->results[i];
	run->pass.module = m->name;
	run->pass.state = kept_object(run->kept, m->name);
	r = run->pass.state ? slot(&run->pass, options_values(run->options, i)) : -ENOMEM;
	if (r >= 0)
		return;
	run->stopped[i] = true;
	if (run->results[i].state > STATE_DEGRADED)
		pass_state(&run->pass, STATE_FAILED, NULL, "%s", strerror(-r));
}

/* This host's [Host] row, by the MACs of the links here; below another root by the document's. */
static int find_own(struct run *run)
{
	_cleanup_strv_ char **macs = NULL;
	struct json_object *interfaces = facts_value(run->pass.facts, "interfaces");
	char text[MAC_TEXT_MAX];
	const char *mac;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < run->net.n_links; i++)
		if (!run->net.links[i].loopback)
			r = strv_add(&macs, mac_format(run->net.links[i].mac, text));
	for (size_t i = 0; r >= 0 && !sys_live(run->sys) && interfaces &&
			   i < json_object_array_length(interfaces);
	     i++)
		if (json_get_str(json_object_array_get_idx(interfaces, i), "mac", &mac) >= 0)
			r = strv_add(&macs, mac);
	if (r >= 0 && macs)
		run->pass.own = settings_own_host(run->settings, macs);
	return r;
}

static int gather_facts(struct run *run)
{
	int r;

	r = find_own(run);
	if (r < 0)
		return r;
	for (size_t i = 0; i < run->n; i++) {
		call(run, i, run->modules[i]->facts);
		if (i > 0 || run->program->remote)
			continue;
		/* the first reads the identity; what follows from it is there for all others */
		r = run->pass.own ? 0 : find_own(run);
		run->pass.result = &run->results[i];
		if (r >= 0)
			r = derive_facts(&run->pass);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool chosen(const struct run *run, size_t i)
{
	return !run->opts->module || strcmp(run->opts->module, run->modules[i]->name) == 0;
}

static void make_plan(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		if (!chosen(run, i) || run->stopped[i] || !options_manage(run->options, i))
			continue;
		plan_module(run->plan, run->modules[i]->name);
		call(run, i, run->modules[i]->plan);
		if (run->stopped[i])
			plan_drop(run->plan, run->modules[i]->name);
	}
}

static void show_plan(struct run *run)
{
	for (size_t i = 0; i < plan_count(run->plan); i++) {
		const struct change *c = plan_at(run->plan, i);
		_cleanup_buf_ struct buf diff = BUF_INIT;

		report_change(run->report, c->module, "planned", c->summary);
		if (plan_diff(run->plan, c, &diff) >= 0 && diff.len > 0)
			report_diff(run->report, c->module, diff.data);
	}
	run->changes = plan_count(run->plan);
}

/* Where the former files go on, a failure is less than where something live is half done. */
static enum state state_of_failure(const struct change *c)
{
	if (c->kind == CHANGE_REMOTE || c->kind == CHANGE_STEP)
		return STATE_DEGRADED;
	if (c->kind == CHANGE_UNIT)
		return c->down ? STATE_FAILED : STATE_DEGRADED;
	return c->path ? STATE_DEGRADED : STATE_FAILED;
}

static void on_change(void *userdata, const struct change *c, int r, const char *words)
{
	struct run *run = userdata;
	size_t i = run_module(run, c->module);
	_cleanup_free_ char *text = NULL;

	if (r >= 0) {
		if (c->path)
			watches_wrote(run->pass.watches, run->sys, c);
		run->changes++;
		report_change(run->report, c->module, "done", c->summary);
		return;
	}
	text = str_printf("%s: %s", c->summary, words ?: strerror(-r));
	report_change(run->report, c->module, "failed", text ?: c->summary);
	run->stopped[i] = true;
	run->pass.result = &run->results[i];
	if (r != -ECANCELED)
		pass_state(&run->pass, state_of_failure(c), "agentctl plan", "%s",
			   text ?: c->summary);
}

/* Of a module whose plan slot failed there is nothing in the plan. */
static void tell_applied(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		const struct module *m = run->modules[i];

		if (!m->applied || !chosen(run, i) || !options_manage(run->options, i))
			continue;
		run->pass.result = &run->results[i];
		run->pass.module = m->name;
		run->pass.state = kept_object(run->kept, m->name);
		if (run->pass.state)
			m->applied(&run->pass, options_values(run->options, i));
	}
}

static void apply(struct run *run)
{
	int r;

	r = plan_count(run->plan) > 0 ? plan_apply(run->plan, on_change, run) : 0;
	for (size_t i = 0; i < run->n; i++) {
		if (r >= 0 || plan_count_of(run->plan, run->modules[i]->name) == 0)
			continue;
		run->stopped[i] = true;
		run->pass.result = &run->results[i];
		pass_state(&run->pass, STATE_DEGRADED, "df /var/lib/envagent /run",
			   "nothing was changed, for %s cannot be written: %s", MANIFEST_PATH,
			   strerror(-r));
	}
	/* a file of another module that was put back stops its module too */
	for (size_t i = 0; i < plan_count(run->plan); i++) {
		const struct change *c = plan_at(run->plan, i);

		if (!c->failed)
			continue;
		run->stopped[run_module(run, c->module)] = true;
		if (c->path)
			watches_wrote(run->pass.watches, run->sys, c);
	}
	tell_applied(run);
	for (size_t i = 0; i < run->n; i++)
		if (chosen(run, i))
			call(run, i, run->modules[i]->verify);
}

/* The identity was read in this boot, and now it cannot be: no host is on its way any more. */
static bool identity_lost(struct run *run)
{
	const struct fact *id = facts_get(run->pass.facts, "config_id");

	if (run->program->remote || !id)
		return false;
	return kept_confirmed(run->kept, id->state == FACT_VALUE) && id->state == FACT_UNKNOWN;
}

static enum state report_states(struct run *run)
{
	enum state worst = _STATE_MAX;
	bool lost = identity_lost(run);

	for (size_t i = 0; i < run->n; i++) {
		struct module_result *result = &run->results[i];

		/* of the others a pass for one module knows the facts only */
		if (!chosen(run, i) && i > 0)
			continue;
		if (!options_manage(run->options, i)) {
			result->state = STATE_OFF;
			snprintf(result->reason, sizeof(result->reason), "Manage=no");
		}
		if (result->state == _STATE_MAX)
			result->state = STATE_READY;
		if (result->state == STATE_CONVERGING && lost)
			result->state = STATE_DEGRADED;
		if (result->state < worst && result->state != STATE_OFF)
			worst = result->state;
		report_state(run->report, run->modules[i]->name, result,
			     kept_since(run->kept, run->modules[i]->name, result->state));
	}
	return worst;
}

static void keep(const struct run *run)
{
	int r = kept_save(run->kept, run->sys);

	if (r < 0)
		log_warning_errno(r, "Cannot keep the state of this pass in %s: %m",
				  run->program->remote ? KEPT_LEADER_PATH : KEPT_LOCAL_PATH);
}

int reconcile_run(const struct reconcile_opts *opts, const struct program *p, struct report *report)
{
	_cleanup_(run_done) struct run run = {
		.opts = opts,
		.program = p,
		.modules = p->modules,
		.report = report,
	};
	enum state worst;
	int r;

	r = run_begin(&run);
	if (r != 0)
		return r;
	r = gather_facts(&run);
	if (r < 0)
		return report_failure(report, "metadata", strerror(-r), "agentctl status");
	if (!p->remote && opts->fd_facts >= 0 && publish_to_fd(run.pass.facts, opts->fd_facts) < 0)
		log_warning("Cannot hand on the facts of this pass");
	if (!p->remote)
		report_facts(report, run.pass.facts);

	if (run.manifest && !opts->plan && manifest_clean(run.manifest) < 0)
		log_warning("Cannot remove the temporary files of a pass that was killed");
	make_plan(&run);
	if (opts->plan) {
		show_plan(&run);
		return report_done(report, report_states(&run), run.changes, run.pass.after);
	}
	r = p->remote ? publish_found(run.pass.facts, opts->fd_facts, opts->fd_document, run.sys)
		      : publish_facts(run.pass.facts, run.sys);
	if (r < 0)
		log_warning_errno(r, "Cannot write %s: %m",
				  p->remote ? LEADER_FACTS_PATH : FACTS_PATH);
	/* What a write makes untrue is not to be believed by the pass after one that was killed. */
	if (p->remote && plan_count(run.plan) > 0)
		keep(&run);
	apply(&run);
	worst = report_states(&run);
	watches_report(run.pass.watches, report);
	if (run.pass.again)
		report_again(report, run.pass.again);
	r = run.manifest ? manifest_save(run.manifest) : 0;
	if (r < 0)
		log_warning_errno(r, "Cannot write %s: %m", MANIFEST_PATH);
	keep(&run);
	return report_done(report, worst, run.changes, run.pass.after);
}
