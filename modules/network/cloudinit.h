/* SPDX-License-Identifier: MIT */
/* cloudinit.h -- another program of the image that sets up the network at boot */
#pragma once

#include "agent/reconcile/module.h"

/* Tells by pass_state() that cloud-init sets up the network too, and how to switch that off. */
void cloudinit_tell(struct pass *pass);
