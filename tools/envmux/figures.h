/* SPDX-License-Identifier: MIT */
/*
 * figures.h -- .../stats of pools, members and nodes, in the form that clients read
 *
 * Numbers are HAProxy's own, since the member is there; what HAProxy does not count (packets,
 * queues by age) is 0. A member without a check, and a node, is "unknown", as on a device.
 */
#pragma once

#include "tools/envmux/bridge.h"

/* One {"nestedStats": {...}} each; *ret owned. LINK is its address, without the query. */
int figures_pool(struct bridge *bridge, struct json_object *pool, const char *link,
		 struct json_object **ret);
int figures_member(struct bridge *bridge, struct json_object *pool, struct json_object *member,
		   const char *link, struct json_object **ret);
int figures_node(struct json_object *node, const char *link, struct json_object **ret);
