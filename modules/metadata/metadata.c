/* SPDX-License-Identifier: MIT */
/* metadata.c -- who this host is: asks the provider that the settings name */
#include "agent/reconcile/provider.h"

static int metadata_facts(struct pass *pass, const void *conf)
{
	return providers[pass->settings->metadata.provider]->facts(pass);
}

/* Its section, [Metadata], is one of those that all programs read; Provider=none is its "no". */
const struct module module_metadata = {
	.name = "metadata",
	.facts = metadata_facts,
};
