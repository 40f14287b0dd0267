/* SPDX-License-Identifier: MIT */
/* count.c -- how often what was asked: GET /_skysim/log */
#include "tools/skysim/count.h"

#include <errno.h>

#include "agent/base/json.h"
#include "tools/skysim/shape.h"

void count_done(struct count *c)
{
	json_object_put(c->paths);
	json_object_put(c->vms);
	*c = (struct count){};
}

static int bump(struct json_object **obj, const char *key)
{
	int64_t n = 0;

	if (!*obj && !(*obj = json_object_new_object()))
		return -ENOMEM;
	if (json_get_int(*obj, key, &n) < 0 && json_object_object_length(*obj) >= COUNT_KEYS_MAX) {
		key = "other";
		(void)json_get_int(*obj, key, &n);
	}
	return json_set_int(*obj, key, n + 1);
}

int count_add(struct count *c, const char *method, const char *path, const char *vm)
{
	char key[256];
	int r;

	c->total++;
	snprintf(key, sizeof(key), "%s %s", method, path);
	r = bump(&c->paths, key);
	if (r < 0 || !*vm)
		return r;
	return bump(&c->vms, vm);
}

struct json_object *count_show(const struct count *c)
{
	struct fill f = fill_from(NULL);

	fill_int(&f, "total", (int64_t)c->total);
	fill_json(&f, "paths", c->paths ? json_object_get(c->paths) : json_object_new_object());
	fill_json(&f, "vms", c->vms ? json_object_get(c->vms) : json_object_new_object());
	return fill_done(&f);
}
