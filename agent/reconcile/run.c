/* SPDX-License-Identifier: MIT */
/* run.c -- what a pass starts from, and what can keep it from starting */
#include "agent/reconcile/run.h"

#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/publish.h"
#include "agent/reconcile/watch.h"

void run_done(struct run *run)
{
	free(run->stopped);
	free(run->results);
	free(run->document);
	credentials_free(run->credentials, run->n_credentials);
	sys_net_done(&run->net);
	plan_free(run->plan);
	watches_free(run->pass.watches);
	facts_free(run->pass.facts);
	kept_free(run->kept);
	manifest_free(run->manifest);
	settings_free(run->settings);
	conf_free(run->conf);
	options_free(run->options);
	sys_free(run->sys);
}

size_t run_module(const struct run *run, const char *name)
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

	r = options_load(run->opts->root, run->modules, run->program->remote, &run->options,
			 &run->conf, &run->settings, &error);
	if (r < 0)
		return report_failure(run->report, "config", error ?: strerror(-r),
				      "correct the file, then: envagentd --check");
	if (run->opts->module && run_module(run, run->opts->module) == run->n) {
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

	r = run->program->remote ? 0 : manifest_load(run->sys, &run->manifest, &error);
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
	r = kept_load(run->sys, run->program->remote ? KEPT_LEADER_PATH : KEPT_LOCAL_PATH,
		      &run->kept);
	if (r >= 0)
		r = run->program->remote && !run->opts->leave
			    ? read_facts(run->opts->fd_facts, &run->pass.facts)
			    : facts_new(&run->pass.facts);
	if (r >= 0)
		r = credentials_read(run->opts->credentials, run->opts->fd_credentials,
				     &run->credentials, &run->n_credentials);
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

int run_begin(struct run *run)
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
	run->pass.verb = run->opts->verb;
	run->pass.number = run->opts->number;
	run->pass.by_hand = run->opts->by_hand;
	run->pass.limit_over = run->opts->limit && !kept_confirmed(run->kept, false);
	run->pass.credentials = run->credentials;
	run->pass.n_credentials = run->n_credentials;
	return 0;
}
