/* SPDX-License-Identifier: MIT */
/* plan-owed.c -- unit jobs that outlive the pass that wanted them, until the next boot */
#include "agent/reconcile/plan-private.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/protocol.h"

#define OWED_VERSION 1

static int take(struct plan *p, struct json_object *obj)
{
	const char *module, *verb, *unit;
	struct owed *grown, *o;

	if (json_get_str(obj, "module", &module) < 0 || json_get_str(obj, "verb", &verb) < 0 ||
	    json_get_str(obj, "unit", &unit) < 0)
		return 0;
	grown = reallocarray(p->owed, p->n_owed + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->owed = grown;
	o = &grown[p->n_owed++];
	*o = (struct owed){ .module = strdup(module), .verb = strdup(verb), .unit = strdup(unit) };
	return o->module && o->verb && o->unit ? 0 : -ENOMEM;
}

/* A damaged or newer file is as good as none: what it held is noticed as not settled otherwise. */
int plan_owed_load(struct plan *p)
{
	_cleanup_json_ struct json_object *top = NULL;
	_cleanup_free_ char *text = NULL;
	struct json_object *arr;
	int64_t version;
	size_t len;
	int r;

	r = sys_read(p->sys, PLAN_OWED_PATH, &text, &len);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = json_parse(text, len, 6, &top, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (json_get_int(top, "version", &version) < 0 || version != OWED_VERSION ||
	    json_get_arr(top, "jobs", &arr) < 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(arr); i++) {
		r = take(p, json_object_array_get_idx(arr, i));
		if (r < 0)
			return r;
	}
	return 0;
}

static int put(struct json_object *arr, const char *module, const char *verb, const char *unit)
{
	struct json_object *obj = json_object_new_object();
	int r;

	r = json_append(arr, obj);
	return r < 0 ? r
		     : json_add(obj, { "module", json_str(module) }, { "verb", json_str(verb) },
				{ "unit", json_str(unit) });
}

static int put_all(const struct plan *p, struct json_object *arr)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < p->n_owed; i++)
		if (!p->owed[i].taken)
			r = put(arr, p->owed[i].module, p->owed[i].verb, p->owed[i].unit);
	for (size_t i = 0; r >= 0 && i < p->n_jobs; i++)
		if (p->jobs[i]->owed)
			r = put(arr, p->jobs[i]->p.c.module, p->jobs[i]->p.c.verb,
				p->jobs[i]->p.c.name);
	return r;
}

int plan_owed_save(struct plan *p)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct json_object *arr = json_object_new_array();
	const char *text;
	int r;

	if (!top) {
		json_object_put(arr);
		return -ENOMEM;
	}
	r = json_set(top, "jobs", arr);
	if (r >= 0)
		r = json_set_int(top, "version", OWED_VERSION);
	if (r >= 0)
		r = put_all(p, arr);
	if (r < 0)
		return r;
	if (json_object_array_length(arr) == 0)
		return sys_unlink(p->sys, PLAN_OWED_PATH);
	text = json_text(top);
	if (!text)
		return -ENOMEM;
	r = sys_mkdir(p->sys, RUN_DIR, 0755);
	if (r < 0)
		return r;
	return sys_write(p->sys, PLAN_OWED_PATH, text, strlen(text),
			 &(struct sys_write_opts){ .mode = 0600, .uid = -1, .gid = -1 });
}
