/* SPDX-License-Identifier: MIT */
/* reconcile.c -- one pass: facts, plan, apply, verify, report */
#include "agent/reconcile/reconcile.h"

#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/derive.h"
#include "agent/reconcile/kept.h"
#include "agent/reconcile/options.h"
#include "agent/reconcile/publish.h"

/* All that one pass owns. */
struct run {
	const struct reconcile_opts *opts;
	const struct module *const *modules;
	struct report *report;
	struct sys *sys;
	struct options *options;
	struct conf *conf; /* refers to OPTIONS: goes first */
	struct settings *settings;
	struct manifest *manifest;
	struct kept *kept;
	struct plan *plan;
	struct sys_net net;
	char *document;
	size_t n;
	struct module_result *results; /* of each module */
	bool *stopped;		       /* a slot or a change failed: no further slots */
	struct pass pass;
	size_t changes;
};

static void run_done(struct run *run)
{
	free(run->stopped);
	free(run->results);
	free(run->document);
	sys_net_done(&run->net);
	plan_free(run->plan);
	facts_free(run->pass.facts);
	kept_free(run->kept);
	manifest_free(run->manifest);
	settings_free(run->settings);
	conf_free(run->conf);
	options_free(run->options);
	sys_free(run->sys);
}

int report_failure(struct report *report, const char *module, const char *reason, const char *next)
{
	struct module_result result = { .state = STATE_FAILED };

	snprintf(result.reason, sizeof(result.reason), "%s", reason);
	snprintf(result.next, sizeof(result.next), "%s", next);
	report_state(report, module, &result, 0);
	return report_done(report, STATE_FAILED, 0);
}

/* ---- before anything: what can keep a pass from starting ---- */

static size_t module_index(const struct run *run, const char *name)
{
	size_t i = 0;

	while (run->modules[i] && strcmp(run->modules[i]->name, name) != 0)
		i++;
	return i;
}

static char *unknown_module(const struct run *run)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_addf(&text, "there is no module '%s'; known are", run->opts->module);
	for (size_t i = 0; i < run->n; i++)
		buf_addf(&text, "%s %s", i ? "," : "", run->modules[i]->name);
	return buf_take(&text);
}

/* 0, or the exit code after the failure was reported. */
static int begin_config(struct run *run)
{
	_cleanup_free_ char *error = NULL;
	int r;

	r = options_load(run->opts->root, run->modules, &run->options, &run->conf, &run->settings,
			 &error);
	if (r < 0)
		return report_failure(run->report, "config", error ?: strerror(-r),
				      "correct the file, then: envagentd --check");
	if (run->opts->module && module_index(run, run->opts->module) == run->n) {
		error = unknown_module(run);
		return report_failure(run->report, "config", error ?: "no such module",
				      "agentctl status");
	}
	log_set_level(run->settings->system.log_level);
	sys_set_unit_command(run->sys, run->settings->system.unit_command);
	return 0;
}

static int begin_manifest(struct run *run)
{
	_cleanup_free_ char *error = NULL;
	int r;

	r = manifest_load(run->sys, &run->manifest, &error);
	if (r >= 0)
		return 0;
	return report_failure(run->report, "manifest", error ?: strerror(-r),
			      r == -EPROTONOSUPPORT ? "install the newer envagent again"
						    : "move " MANIFEST_PATH
						      " away; what it listed is then kept");
}

static int begin_memory(struct run *run)
{
	int r;

	run->results = calloc(run->n + 1, sizeof(*run->results));
	run->stopped = calloc(run->n + 1, sizeof(*run->stopped));
	if (!run->results || !run->stopped)
		return -ENOMEM;
	for (size_t i = 0; i < run->n; i++)
		run->results[i].state = _STATE_MAX;
	r = kept_load(run->sys, &run->kept);
	if (r >= 0)
		r = facts_new(&run->pass.facts);
	if (r >= 0)
		r = plan_new(run->sys, run->manifest, &run->plan);
	return r < 0 ? r : sys_net_read(run->sys, &run->net);
}

static int begin_document(struct run *run)
{
	struct pass *pass = &run->pass;
	int r;

	pass->document_from = run->opts->from;
	pass->document_error = run->opts->why;
	if (!run->opts->from || run->opts->fd_document < 0) {
		if (!pass->document_error)
			pass->document_error = "nobody has fetched the metadata";
		return 0;
	}
	r = read_document(run->opts->fd_document, &run->document, &pass->document_len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		pass->document_error = r == -EFBIG ? "the document is over 256 KiB"
						   : "the document cannot be read";
	else
		pass->document = run->document;
	return 0;
}

static int begin(struct run *run)
{
	int r;

	while (run->modules[run->n])
		run->n++;
	r = sys_open(run->opts->root, &run->sys);
	if (r < 0)
		return report_failure(run->report, "config", "the root directory cannot be opened",
				      "see --root");
	r = begin_config(run);
	if (r == 0)
		r = begin_manifest(run);
	if (r != 0)
		return r;
	r = begin_memory(run);
	if (r >= 0)
		r = begin_document(run);
	if (r < 0)
		return report_failure(run->report, "machine", strerror(-r), "agentctl status");
	run->pass.sys = run->sys;
	run->pass.conf = run->conf;
	run->pass.settings = run->settings;
	run->pass.plan = run->plan;
	run->pass.manifest = run->manifest;
	run->pass.net = &run->net;
	run->pass.planning = run->opts->plan;
	return 0;
}

/* ---- the slots ---- */

static void call(struct run *run, size_t i, int (*slot)(struct pass *pass, const void *conf))
{
	const struct module *m = run->modules[i];
	int r;

	if (!slot || run->stopped[i] || !options_manage(run->options, i))
		return;
	run->pass.result = &run->results[i];
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
		if (i > 0)
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
	if (c->kind == CHANGE_UNIT)
		return c->down ? STATE_FAILED : STATE_DEGRADED;
	return c->path ? STATE_DEGRADED : STATE_FAILED;
}

static void on_change(void *userdata, const struct change *c, int r, const char *words)
{
	struct run *run = userdata;
	size_t i = module_index(run, c->module);
	_cleanup_free_ char *text = NULL;

	if (r >= 0) {
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
	for (size_t i = 0; i < plan_count(run->plan); i++)
		if (plan_at(run->plan, i)->failed)
			run->stopped[module_index(run, plan_at(run->plan, i)->module)] = true;
	for (size_t i = 0; i < run->n; i++)
		if (chosen(run, i))
			call(run, i, run->modules[i]->verify);
}

static enum state report_states(struct run *run)
{
	enum state worst = _STATE_MAX;

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
		if (result->state < worst && result->state != STATE_OFF)
			worst = result->state;
		report_state(run->report, run->modules[i]->name, result,
			     kept_since(run->kept, run->modules[i]->name, result->state));
	}
	return worst;
}

int reconcile_run(const struct reconcile_opts *opts, const struct module *const *modules,
		  struct report *report)
{
	_cleanup_(run_done) struct run run = { .opts = opts, .modules = modules, .report = report };
	enum state worst;
	int r;

	r = begin(&run);
	if (r != 0)
		return r;
	r = gather_facts(&run);
	if (r < 0)
		return report_failure(report, "metadata", strerror(-r), "agentctl status");
	if (opts->fd_facts >= 0 && publish_to_fd(run.pass.facts, opts->fd_facts) < 0)
		log_warning("Cannot hand on the facts of this pass");
	report_facts(report, run.pass.facts);

	make_plan(&run);
	if (opts->plan) {
		show_plan(&run);
		return report_done(report, report_states(&run), run.changes);
	}
	r = publish_facts(run.pass.facts, run.sys);
	if (r < 0)
		log_warning_errno(r, "Cannot write %s: %m", FACTS_PATH);
	apply(&run);
	worst = report_states(&run);
	r = manifest_save(run.manifest);
	if (r < 0)
		log_warning_errno(r, "Cannot write %s: %m", MANIFEST_PATH);
	r = kept_save(run.kept, run.sys);
	if (r < 0)
		log_warning_errno(r, "Cannot keep the state of this pass below %s: %m", RUN_DIR);
	return report_done(report, worst, run.changes);
}
