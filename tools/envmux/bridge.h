/* SPDX-License-Identifier: MIT */
/*
 * bridge.h -- from the store's pools to the driver's routes
 *
 * Pool <service>-<id> in partition test-<id> is the route of the host label <service>-<id>; any
 * other pool is stored and routed to by nobody. Labels are lower case.
 */
#pragma once

#include "tools/envmux/driver.h"
#include "tools/envmux/store.h"

struct bridge;
/* DRIVER may be NULL: then nothing is routed. */
int bridge_new(struct store *store, struct driver *driver, struct bridge **ret);
void bridge_free(struct bridge *b);
/* All routes of the store to the driver, once at start. */
int bridge_start(struct bridge *b, char **ret_error);
/*
 * What changed in the store since the last call goes to the driver; when it returns 0 it is routed.
 * -EAGAIN: HAProxy is away, the driver follows by itself. -ENOMEM: the next call tries again.
 */
int bridge_flush(struct bridge *b);
/* driver_reloading(); false without a driver. */
bool bridge_reloading(const struct bridge *b);
/* -ENOENT if that pool is no route or has no such member. */
int bridge_stats(struct bridge *b, const char *pool, const char *member,
		 struct driver_member_stats *ret);
/* driver_routes(); -ENOENT without a driver. */
int bridge_figures(struct bridge *b,
		   void (*func)(void *userdata, const char *label,
				const struct driver_route_stats *stats),
		   void *userdata);
/* driver_refused(); false without a driver. */
bool bridge_refused(const struct bridge *b);
/* driver_certificates(); -ENOENT without a driver. */
int bridge_certificates(struct bridge *b,
			void (*func)(void *userdata, const char *name, time_t expires),
			void *userdata);
/* True if PATH ("/test-123/www-123") is a route. */
bool bridge_routed(const char *path);
