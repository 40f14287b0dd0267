/* SPDX-License-Identifier: MIT */
/* leave.c -- an orderly end: what the modules hold elsewhere is given back */
#include "agent/base/protocol.h"
#include "agent/reconcile/run.h"

int leave_run(const struct reconcile_opts *opts, const struct program *p, struct report *report)
{
	_cleanup_(run_done) struct run run = {
		.opts = opts,
		.program = p,
		.modules = p->modules,
		.report = report,
	};
	enum state state = STATE_READY;
	int r;

	r = run_begin(&run);
	if (r != 0)
		return r;
	for (size_t i = 0; i < run.n; i++) {
		const struct module *m = run.modules[i];

		if (!m->leave)
			continue;
		run.pass.result = &run.results[i];
		run.pass.module = m->name;
		run.pass.state = kept_object(run.kept, m->name);
		if (!run.pass.state || m->leave(&run.pass) < 0)
			state = STATE_DEGRADED;
	}
	r = kept_save(run.kept, run.sys);
	if (r < 0)
		log_warning_errno(r, "Cannot write %s: %m", KEPT_LEADER_PATH);
	return report_done(report, state, 0, 0);
}
