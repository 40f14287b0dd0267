/* SPDX-License-Identifier: MIT */
/* identity.h -- the pair (VM id, config id) in a metadata document */
#pragma once

#include "agent/base/json.h"

#define IDENTITY_ID_MAX 21 /* digits and a NUL */

struct identity {
	char vm[IDENTITY_ID_MAX];
	char env[IDENTITY_ID_MAX];
};

/*
 * The id in the last path segment of URL: "https://cloud/v2/configurations/4190101.json/?x" gives
 * "4190101". 0 or -EINVAL, and RET may hold anything.
 */
int identity_of_url(const char *url, char ret[IDENTITY_ID_MAX]);

/* The identity of DOC. -ENOENT without a configuration_url, -EBADMSG if an id is none. */
int identity_read(struct json_object *doc, struct identity *ret);
