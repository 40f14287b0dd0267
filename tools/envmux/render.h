/* SPDX-License-Identifier: MIT */
/* render.h -- stored objects in the form that clients read: kind, selfLink, references, live state
 */
#pragma once

#include "tools/envmux/bridge.h"
#include "tools/envmux/objects.h"
#include "tools/envmux/store.h"

struct render_opts {
	bool expand;	    /* expandSubcollections=true */
	const char *select; /* "name,fullPath", or NULL */
};

/* An object of KIND; *ret owned. */
int render_object(struct bridge *bridge, enum store_kind kind, struct json_object *obj,
		  const struct render_opts *opts, struct json_object **ret);
/* A member of POOL (its object). */
int render_member(struct bridge *bridge, struct json_object *pool, struct json_object *member,
		  const struct render_opts *opts, struct json_object **ret);
/* The folder that a partition also is. */
int render_folder(struct json_object *partition, const struct render_opts *opts,
		  struct json_object **ret);
/* Leaves of *obj only the fields of SELECT ("name,fullPath"); all of them if that is NULL. */
int render_select(struct json_object **obj, const char *select);
/* "policies", "profiles": the sub-collections of a virtual server. */
extern const char *const render_virtual_lists[];
/* The elements of one of them, of the virtual server OBJ that is called ID in paths; *ret owned. */
int render_virtual_list(struct json_object *obj, const char *which, const char *id,
			struct json_object **ret);
/* Makes of O, the fields of the virtual server OBJ, what clients read. */
int render_virtual(struct json_object *obj, const char *id, bool expand, struct json_object *o);
/* A collection of ITEMS (taken over; left out when empty, as F5 does). URI is "ltm/pool". */
int render_collection(const char *kind, const char *uri, struct json_object *items,
		      struct json_object **ret);
/* "/test-1/www" -> "~test-1~www"; owned. */
char *render_id(const char *path);
/* {code, message, errorStack, apiError}; API_ERROR 0 leaves the last one out. *ret owned or NULL.
 */
struct json_object *render_error(int status, const char *message, int api_error);
/* The REST front's own kind of error, for paths that nobody serves and for 401. */
struct json_object *render_front_error(int status, const char *message, const char *peer);
