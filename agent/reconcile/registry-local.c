/* SPDX-License-Identifier: MIT */
/* registry-local.c -- what envagent-reconcile is made of, in the order of a pass */
#include "agent/reconcile/module.h"
#include "agent/reconcile/provider.h"
#include "agent/reconcile/reconcile.h"

extern const struct module module_metadata, module_facts, module_host, module_network,
	module_resolv, module_dns, module_template;
extern const struct provider provider_skytap, provider_file, provider_none;

/* The identity comes first: all others build on it. */
const struct module *const modules_local[] = {
	&module_metadata, &module_facts, &module_host,	   &module_network,
	&module_resolv,	  &module_dns,	 &module_template, NULL,
};

const struct program program = { .name = "envagent-reconcile", .modules = modules_local };

const struct provider *const providers[] = {
	[PROVIDER_SKYTAP] = &provider_skytap,
	[PROVIDER_FILE] = &provider_file,
	[PROVIDER_NONE] = &provider_none,
};
