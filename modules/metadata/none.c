/* SPDX-License-Identifier: MIT */
/* none.c -- the provider of a machine that is no copy of anything */
#include "agent/reconcile/provider.h"
#include "modules/metadata/document.h"

static int none_facts(struct pass *pass)
{
	int r;

	r = facts_source(pass->facts, "configuration", sys_now_realtime());
	if (r >= 0)
		r = document_absent(pass, "Provider=none in [Metadata]");
	if (r < 0)
		return r;
	pass_state(pass, STATE_READY, NULL, "this machine is no copy of anything (Provider=none)");
	return 0;
}

const struct provider provider_none = {
	.name = "none",
	.facts = none_facts,
};
