/* SPDX-License-Identifier: MIT */
/*
 * api-options.h -- "?options=records add { k { data v } }": single records of a data group
 *
 * The one fragment of tmsh that clients send along with a PATCH; what a device would do with others
 * is not known here, and they are refused.
 */
#pragma once

#include "tools/envmux/store.h"

/*
 * The records that GROUP (its object) has after TEXT: *ret, owned. -EINVAL with *ret_error: 400
 * what cannot be read, 409 a key that is there already, 404 one that is not.
 */
int options_records(struct json_object *group, const char *text, struct json_object **ret,
		    struct store_error *ret_error);
