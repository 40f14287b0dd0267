/* SPDX-License-Identifier: MIT */
/* provider.h -- a source of the identity and the VM's facts */
#pragma once

#include "agent/reconcile/module.h"

struct provider {
	const char *name; /* the word of Provider= */
	/*
	 * Adds the facts that its document tells, or as unknown with the reason all that it would
	 * have told. 0, -EBADMSG if the document is none of its kind (facts then unknown,
	 * pass_state() called), -ENOMEM.
	 */
	int (*facts)(struct pass *pass);
};

/* By the value of Provider=: registry-local.c. */
extern const struct provider *const providers[];
