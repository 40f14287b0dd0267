/* SPDX-License-Identifier: MIT */
/* template-owner.h -- users and groups by name, below the root */
#pragma once

#include "agent/sys/sys.h"

/*
 * The number in field 3 of NAME's line in FILE, /etc/passwd or /etc/group; NAME may be a number
 * itself. -ENOENT if there is none, or what sys_read() says of FILE.
 */
int template_owner(struct sys *sys, const char *file, const char *name, unsigned *ret);
