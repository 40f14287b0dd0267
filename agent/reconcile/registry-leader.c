/* SPDX-License-Identifier: MIT */
/* registry-leader.c -- what envagent-leader is made of, in the order of a pass */
#include "agent/reconcile/confine.h"
#include "agent/reconcile/reconcile.h"

extern const struct module module_platform, module_balancer;

const struct module *const modules_leader[] = {
	&module_platform, /* the NAT addresses that the other one registers */
	&module_balancer,
	NULL,
};

const struct program program = {
	.name = "envagent-leader",
	.modules = modules_leader,
	.remote = true,
	.confine = confine_leader,
};
