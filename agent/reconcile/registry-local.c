/* SPDX-License-Identifier: MIT */
/* registry-local.c -- what envagent-reconcile is made of, in the order of a pass */
#include "agent/reconcile/module.h"
#include "agent/reconcile/provider.h"

extern const struct module module_metadata, module_host, module_network, module_resolv, module_dns,
	module_template;
extern const struct provider provider_skytap, provider_file, provider_none;

const struct module *const modules_local[] = {
	&module_metadata, /* the identity: first, for all others build on it */
	&module_host,	  &module_network, &module_resolv, &module_dns, &module_template, NULL,
};

const struct provider *const providers[] = {
	[PROVIDER_SKYTAP] = &provider_skytap,
	[PROVIDER_FILE] = &provider_file,
	[PROVIDER_NONE] = &provider_none,
};
