/* SPDX-License-Identifier: MIT */
/* count.h -- how often what was asked: GET /_skysim/log */
#pragma once

#include <stdint.h>

#include "agent/base/cleanup.h"

struct count {
	uint64_t total;
	struct json_object *paths; /* "GET /skytap": N; at most COUNT_KEYS_MAX, then "other" */
	struct json_object *vms;   /* metadata requests by VM id */
};
#define COUNT_KEYS_MAX 4096

void count_done(struct count *c);
/* One request; VM is "" unless it is a VM's metadata request. 0 or -ENOMEM. */
int count_add(struct count *c, const char *method, const char *path, const char *vm);
/* {"total", "paths", "vms"}, owned by the caller; NULL when memory ran out. */
struct json_object *count_show(const struct count *c);
