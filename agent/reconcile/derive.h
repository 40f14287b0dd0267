/* SPDX-License-Identifier: MIT */
/* derive.h -- the facts that follow from the settings and the identity */
#pragma once

#include "agent/reconcile/module.h"

/*
 * After the metadata module and before all others: hosts, services, domain, base_domain, fqdn,
 * roles, and hostname where the metadata has none (from this host's own row). 0 or -ENOMEM; a role
 * that is none is told by pass_state().
 */
int derive_facts(struct pass *pass);
