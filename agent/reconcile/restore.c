/* SPDX-License-Identifier: MIT */
/* restore.c -- the way back: what the manifest lists, as it was */
#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/base/spans.h"
#include "agent/reconcile/live.h"
#include "agent/reconcile/reconcile.h"

#define JOB_TIMEOUT (60u * 1000 * 1000)

/* A job that the files owe when they are put back. */
struct restore_job {
	char *verb, *unit;
};

struct restore {
	struct report *report;
	struct sys *sys;
	struct manifest *manifest;
	struct restore_job *jobs;
	size_t n_jobs;
	size_t changes;
	enum state worst;
};

static void restore_done(struct restore *rs)
{
	for (size_t i = 0; i < rs->n_jobs; i++) {
		free(rs->jobs[i].verb);
		free(rs->jobs[i].unit);
	}
	free(rs->jobs);
	manifest_free(rs->manifest);
	sys_free(rs->sys);
}

static int put_live_back(void *userdata, const struct manifest_live *l)
{
	struct restore *rs = userdata;

	return live_restore(rs->sys, rs->manifest, l);
}

static void on_restored(void *userdata, const char *what, int r, const char *kept)
{
	struct restore *rs = userdata;
	enum state state = r == -ESTALE ? STATE_DEGRADED : STATE_FAILED;
	_cleanup_free_ char *text = NULL;

	if (r >= 0) {
		rs->changes++;
		report_change(rs->report, "restore", "done", what);
		return;
	}
	text = str_printf("%s: %s%s%s", what,
			  r == -ESTALE ? "somebody else changed it, so it stays as it is"
				       : strerror(-r),
			  kept ? "; what was there before envagent is in " : "", kept ?: "");
	report_change(rs->report, "restore", "failed", text ?: what);
	if (state < rs->worst)
		rs->worst = state;
}

/* The units that run with files of ours, each once. A unit that does not run is none. */
static int collect_jobs(struct restore *rs)
{
	for (size_t i = 0; i < manifest_n_files(rs->manifest); i++) {
		const struct manifest_file *f = manifest_file_at(rs->manifest, i);
		bool restart = f->unit && strcmp(f->verb, "reload") != 0;
		struct restore_job *grown;
		size_t k = 0;

		while (k < rs->n_jobs && f->unit && strcmp(rs->jobs[k].unit, f->unit) != 0)
			k++;
		if (!f->unit || k < rs->n_jobs)
			continue;
		grown = reallocarray(rs->jobs, rs->n_jobs + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rs->jobs = grown;
		grown[rs->n_jobs++] = (struct restore_job){
			.verb = strdup(restart ? "try-restart" : "reload-or-try-restart"),
			.unit = strdup(f->unit),
		};
		if (!grown[k].verb || !grown[k].unit)
			return -ENOMEM;
	}
	return 0;
}

static void run_jobs(struct restore *rs)
{
	for (size_t i = 0; i < rs->n_jobs; i++) {
		const struct restore_job *j = &rs->jobs[i];
		_cleanup_free_ char *words = NULL, *text = NULL;
		int r;

		r = sys_unit(rs->sys, j->verb, j->unit, JOB_TIMEOUT, &words);
		if (r >= 0) {
			text = str_printf("%s %s", j->verb, j->unit);
			rs->changes++;
			report_change(rs->report, "restore", "done", text ?: j->unit);
			continue;
		}
		text = str_printf("%s %s: %s", j->verb, j->unit, words ?: strerror(-r));
		report_change(rs->report, "restore", "failed", text ?: j->unit);
		if (rs->worst > STATE_DEGRADED)
			rs->worst = STATE_DEGRADED;
	}
}

/* A broken configuration must not stand in the way back: then the default way to the units it is.
 */
static void read_unit_command(const char *root, struct sys *sys, struct settings **ret)
{
	const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_free_ char *error = NULL;

	if (conf_load(root, tables, true, &conf, &error) < 0 ||
	    settings_load(conf, ret, &error) < 0)
		return;
	sys_set_unit_command(sys, (*ret)->system.unit_command);
}

/* What the rendered files came from, now that they are gone. */
static void remove_spans(struct sys *sys)
{
	_cleanup_strv_ char **names = NULL;

	if (sys_list(sys, SPANS_DIR, &names) < 0)
		return;
	for (char **name = names; *name; name++) {
		_cleanup_free_ char *path = str_printf(SPANS_DIR "/%s", *name);

		if (path)
			sys_unlink(sys, path);
	}
	sys_rmdir(sys, SPANS_DIR);
}

int restore_run(const char *root, struct report *report)
{
	_cleanup_(settings_freep) struct settings *settings = NULL;
	_cleanup_(restore_done) struct restore rs = { .report = report, .worst = STATE_READY };
	_cleanup_free_ char *error = NULL;
	int r;

	r = sys_open(root, &rs.sys);
	if (r < 0)
		return report_failure(report, "manifest", "the root directory cannot be opened",
				      "see --root");
	r = manifest_load(rs.sys, &rs.manifest, &error);
	if (r >= 0)
		r = collect_jobs(&rs);
	if (r < 0)
		return report_failure(report, "manifest", error ?: strerror(-r), "agentctl status");
	if (manifest_clean(rs.manifest) < 0 || sys_clean_temporaries(rs.sys, STATE_DIR) < 0)
		log_warning("Cannot remove the temporary files of a pass that was killed");
	r = manifest_restore(rs.manifest, put_live_back, on_restored, &rs);
	if (r < 0 && rs.worst == STATE_READY)
		on_restored(&rs, "write " MANIFEST_PATH, r, NULL);
	if (sys_live(rs.sys)) {
		read_unit_command(root, rs.sys, &settings);
		run_jobs(&rs);
	}
	/* what is owed, and what was remembered, belonged to what is no more */
	sys_unlink(rs.sys, RUN_DIR "/owed.json");
	sys_unlink(rs.sys, RUN_DIR "/reconcile.json");
	sys_unlink(rs.sys, KEPT_LEADER_PATH);
	sys_unlink(rs.sys, LEADER_FACTS_PATH);
	remove_spans(rs.sys);
	return report_done(report, rs.worst, rs.changes, 0);
}
