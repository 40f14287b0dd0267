/* SPDX-License-Identifier: MIT */
/* restore.c -- the way back: what the manifest lists, as it was */
#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/live.h"
#include "agent/reconcile/reconcile.h"

struct restore {
	struct report *report;
	struct sys *sys;
	struct manifest *manifest;
	size_t changes;
	enum state worst;
};

static int put_live_back(void *userdata, const struct manifest_live *l)
{
	struct restore *rs = userdata;

	return live_restore(rs->sys, rs->manifest, l);
}

static void on_restored(void *userdata, const char *what, int r)
{
	struct restore *rs = userdata;
	enum state state = r == -ESTALE ? STATE_DEGRADED : STATE_FAILED;
	_cleanup_free_ char *text = NULL;

	if (r >= 0) {
		rs->changes++;
		report_change(rs->report, "restore", "done", what);
		return;
	}
	text = str_printf("%s: %s", what,
			  r == -ESTALE ? "somebody else changed it, so it stays as it is"
				       : strerror(-r));
	report_change(rs->report, "restore", "failed", text ?: what);
	if (state < rs->worst)
		rs->worst = state;
}

int restore_run(const char *root, struct report *report)
{
	_cleanup_(sys_freep) struct sys *sys = NULL;
	_cleanup_(manifest_freep) struct manifest *manifest = NULL;
	_cleanup_free_ char *error = NULL;
	struct restore rs = { .report = report, .worst = STATE_READY };
	int r;

	r = sys_open(root, &sys);
	if (r < 0)
		return report_failure(report, "manifest", "the root directory cannot be opened",
				      "see --root");
	r = manifest_load(sys, &manifest, &error);
	if (r < 0)
		return report_failure(report, "manifest", error ?: strerror(-r), "agentctl status");
	rs.sys = sys;
	rs.manifest = manifest;
	r = manifest_restore(manifest, put_live_back, on_restored, &rs);
	if (r < 0 && rs.worst == STATE_READY)
		on_restored(&rs, "write " MANIFEST_PATH, r);
	/* what is owed, and what was remembered, belonged to what is no more */
	sys_unlink(sys, RUN_DIR "/owed.json");
	sys_unlink(sys, RUN_DIR "/reconcile.json");
	return report_done(report, rs.worst, rs.changes);
}
