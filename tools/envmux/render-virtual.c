/* SPDX-License-Identifier: MIT */
/*
 * render-virtual.c -- what a virtual server has beside its fields: pairs of switches, references
 *
 * Virtual servers are stored for the clients that make them. Profiles and policies are written as
 * lists and read as references to sub-collections.
 */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api.h"
#include "tools/envmux/render.h"

const char *const render_virtual_lists[] = { "policies", "profiles", NULL };

/* One profile: "/Common/http", or an object with name, partition and context. */
static int render_one(const char *which, const char *id, struct json_object *v,
		      struct json_object **ret)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	const char *name = "", *partition = "Common", *context = "all";
	_cleanup_free_ char *first = NULL, *path = NULL, *link = NULL, *kind = NULL;
	int r;

	if (json_object_is_type(v, json_type_string)) {
		name = json_object_get_string(v);
	} else {
		(void)json_get_str(v, "name", &name);
		(void)json_get_str(v, "partition", &partition);
		(void)json_get_str(v, "context", &context);
	}
	if (*name == '/' && strchr(name + 1, '/')) {
		first = strndup(name + 1, strcspn(name + 1, "/"));
		name = strrchr(name, '/') + 1;
	}
	path = str_printf("/%s/%s", first ?: partition, name);
	kind = str_printf("tm:ltm:virtual:%s:%sstate", which, which);
	link = str_printf("https://localhost/mgmt/tm/ltm/virtual/%s/%s/~%s~%s?ver=" API_VERSION, id,
			  which, first ?: partition, name);
	if (!o || !path || !kind || !link)
		return -ENOMEM;
	r = json_set_str(o, "kind", kind) ?: json_set_str(o, "name", name);
	if (r == 0)
		r = json_set_str(o, "partition", first ?: partition)
			    ?: json_set_str(o, "fullPath", path);
	if (r == 0)
		r = json_set_str(o, "selfLink", link);
	if (r == 0 && !strcmp(which, "profiles"))
		r = json_set_str(o, "context", context);
	if (r == 0)
		*ret = TAKE_PTR(o);
	return r;
}

int render_virtual_list(struct json_object *obj, const char *which, const char *id,
			struct json_object **ret)
{
	_cleanup_json_ struct json_object *items = json_object_new_array();
	struct json_object *list = NULL;
	int r = items ? 0 : -ENOMEM;

	(void)json_get_arr(obj, which, &list);
	for (size_t i = 0; r == 0 && list && i < json_object_array_length(list); i++) {
		struct json_object *o = NULL;

		r = render_one(which, id, json_object_array_get_idx(list, i), &o);
		if (r == 0)
			r = json_append(items, o);
	}
	if (r == 0)
		*ret = TAKE_PTR(items);
	return r;
}

static int reference(struct json_object *obj, const char *which, const char *id, bool expand,
		     struct json_object *o)
{
	_cleanup_json_ struct json_object *ref = json_object_new_object(), *items = NULL;
	_cleanup_free_ char *key = str_printf("%sReference", which);
	_cleanup_free_ char *link = str_printf(
		"https://localhost/mgmt/tm/ltm/virtual/%s/%s?ver=" API_VERSION, id, which);
	int r = ref && key && link ? json_set_str(ref, "link", link) : -ENOMEM;

	if (r == 0)
		r = json_set_bool(ref, "isSubcollection", true);
	if (r == 0 && expand)
		r = render_virtual_list(obj, which, id, &items);
	if (r == 0 && items && json_object_array_length(items) > 0)
		r = json_set(ref, "items", json_object_get(items));
	if (r == 0)
		r = json_set(o, key, json_object_get(ref));
	json_object_object_del(o, which);
	return r;
}

int render_virtual(struct json_object *obj, const char *id, bool expand, struct json_object *o)
{
	struct json_object *v;
	int r = 0;

	/* Of each pair the one that holds is told. */
	if (json_object_object_get_ex(obj, "disabled", &v))
		json_object_object_del(o, "enabled");
	if (json_object_object_get_ex(obj, "vlansEnabled", &v))
		json_object_object_del(o, "vlansDisabled");
	for (size_t i = 0; r == 0 && render_virtual_lists[i]; i++)
		r = reference(obj, render_virtual_lists[i], id, expand, o);
	return r;
}
