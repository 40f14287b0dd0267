/* SPDX-License-Identifier: MIT */
/* resolvconf.h -- the name servers in a resolv.conf(5) */
#pragma once

#include <stddef.h>

#include "agent/base/addr.h"

/*
 * The addresses of the "nameserver" lines of TEXT, in their order, each once, at most MAX; what is
 * no plain address (a zone, a name) is passed over. Returns how many.
 */
size_t resolvconf_servers(const char *text, struct addr *ret, size_t max);
