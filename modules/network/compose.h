/* SPDX-License-Identifier: MIT */
/* compose.h -- the addresses, routes and metric of one interface */
#pragma once

#include "modules/network/ifaces.h"

/* A string of a metadata interface; NULL if it has none or there is no interface. Borrowed. */
const char *compose_str(struct json_object *iface, const char *key);

/*
 * Fills in WI, whose link is set, from ROW (may be NULL) and the metadata entry IFACE (may be
 * NULL). False if it cannot be had, or not beside what WANT has already: told by pass_state().
 */
bool compose_if(struct pass *pass, const struct interface_row *row, struct json_object *iface,
		const struct ifaces *want, struct iface *wi);

/* Gives each default route the metric by which it replaces the present one, or a free one. */
void compose_metrics(const struct sys_net *net, struct ifaces *w);
