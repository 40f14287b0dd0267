/* SPDX-License-Identifier: MIT */
/* check.c -- is the configuration right? */
#include <string.h>

#include "agent/reconcile/options.h"
#include "agent/reconcile/reconcile.h"

#define NEXT "correct the file, then: envagentd --check"

static enum state report_faults(struct report *report, char *faults)
{
	struct module_result result = { .state = STATE_FAILED, .next = NEXT };
	char *rest, *line = strtok_r(faults, "\n", &rest);

	if (!line)
		return STATE_READY;
	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		snprintf(result.reason, sizeof(result.reason), "%s", line);
		report_state(report, "config", &result, 0);
	}
	return STATE_FAILED;
}

int check_run(const char *root, const struct module *const *modules, struct report *report)
{
	_cleanup_(options_freep) struct options *options = NULL;
	_cleanup_(settings_freep) struct settings *settings = NULL;
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_(sys_freep) struct sys *sys = NULL;
	_cleanup_buf_ struct buf faults = BUF_INIT;
	_cleanup_free_ char *error = NULL;
	int r;

	r = sys_open(root, &sys);
	if (r < 0)
		return report_failure(report, "config", "the root directory cannot be opened",
				      "see --root");
	r = options_load(root, modules, false, &options, &conf, &settings, &error);
	if (error)
		buf_adds(&faults, error);
	for (size_t i = 0; r >= 0 && modules[i]; i++)
		if (modules[i]->check && options_manage(options, i))
			r = modules[i]->check(conf, &faults);
	if (r < 0 && !faults.data)
		return report_failure(report, "config", strerror(-r), NEXT);
	return report_done(report, report_faults(report, faults.data ?: (char[]){ "" }), 0, 0);
}
