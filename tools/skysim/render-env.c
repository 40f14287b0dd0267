/* SPDX-License-Identifier: MIT */
/* render-env.c -- environments, users, templates, user data, errors */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "tools/skysim/render.h"
#include "tools/skysim/shape.h"

#define VM_SVMS 2
#define VM_STORAGE 40960

const char *render_prefix(const struct render *r)
{
	return r->version == 2 ? "/v2" : "";
}

static void fill_parts(struct fill *f, const struct render *r, const struct world_env *e)
{
	_cleanup_json_ struct json_object *vms = json_object_new_array();
	_cleanup_json_ struct json_object *networks = json_object_new_array();

	if (!vms || !networks)
		f->error = -ENOMEM;
	for (size_t i = 0; !f->error && i < e->n_vms; i++)
		f->error = json_append(vms, render_vm(r, &e->vms[i]));
	for (size_t i = 0; !f->error && i < e->n_networks; i++)
		f->error = json_append(networks, render_network(r, &e->networks[i]));
	fill_json(f, "vms", TAKE_PTR(vms));
	fill_json(f, "networks", TAKE_PTR(networks));
}

static struct json_object *svms_by_architecture(const struct world_env *e)
{
	struct fill f = fill_from(NULL);

	fill_int(&f, "x86", (int64_t)e->n_vms * VM_SVMS);
	fill_int(&f, "power", 0);
	return fill_done(&f);
}

static void fill_env_v2(struct fill *f, const struct render *r, const struct world_env *e)
{
	const struct world_user *u = e->owner;

	if (u) {
		fill_fmt(f, "owner_url", "%s/v2/users/%s", r->base, u->id);
		fill_fmt(f, "owner_name", "%s %s", u->first, u->last);
		fill_str(f, "owner_id", u->id);
	}
	fill_int(f, "vm_count", (int64_t)e->n_vms);
	fill_int(f, "storage", (int64_t)e->n_vms * VM_STORAGE);
	fill_int(f, "network_count", (int64_t)e->n_networks);
	fill_int(f, "svms", (int64_t)e->n_vms * VM_SVMS);
	fill_json(f, "svms_by_architecture", svms_by_architecture(e));
}

static void fill_env_v1(struct fill *f, const struct render *r, const struct world_env *e)
{
	if (e->owner)
		fill_fmt(f, "owner", "%s/users/%s", r->base, e->owner->id);
	fill_fmt(f, "lockversion", "%040lld", strtoll(e->id, NULL, 10));
}

struct json_object *render_env(const struct render *r, const struct world_env *e)
{
	struct fill f = fill_from(r->version == 2 ? shape_environment_v2 : shape_environment_v1);

	fill_str(&f, "id", e->id);
	fill_fmt(&f, "url", "%s%s/configurations/%s", r->base, render_prefix(r), e->id);
	fill_str(&f, "name", e->name);
	fill_str(&f, "description", e->description);
	fill_str(&f, "runstate", runstate_names[e->runstate]);
	fill_str(&f, "region", r->world->region);
	if (e->suspend_on_idle)
		fill_int(&f, "suspend_on_idle", e->suspend_on_idle);
	if (r->version == 2)
		fill_env_v2(&f, r, e);
	else
		fill_env_v1(&f, r, e);
	fill_parts(&f, r, e);
	return fill_done(&f);
}

struct json_object *render_env_entry(const struct render *r, const struct world_env *e)
{
	struct fill f;

	if (r->version == 2)
		return render_env(r, e);
	f = fill_from(NULL);
	fill_str(&f, "id", e->id);
	fill_fmt(&f, "url", "%s/configurations/%s", r->base, e->id);
	fill_str(&f, "name", e->name);
	fill_str(&f, "error", "");
	return fill_done(&f);
}

static struct fill user(const struct render *r, const struct world_user *u)
{
	struct fill f = fill_from(shape_user);

	fill_str(&f, "id", u->id);
	fill_fmt(&f, "url", "%s%s/users/%s", r->base, render_prefix(r), u->id);
	fill_str(&f, "login_name", u->login);
	fill_str(&f, "first_name", u->first);
	fill_str(&f, "last_name", u->last);
	fill_str(&f, "email", u->email);
	fill_str(&f, "account_role", u->role);
	return f;
}

struct json_object *render_user(const struct render *r, const struct world_user *u)
{
	const struct render v1 = { r->world, r->base, 1 };
	_cleanup_json_ struct json_object *envs = json_object_new_array();
	struct fill f = user(r, u);

	if (!envs)
		f.error = -ENOMEM;
	for (size_t i = 0; !f.error && i < r->world->n_envs; i++)
		if (r->world->envs[i].owner == u)
			f.error = json_append(envs, render_env_entry(&v1, &r->world->envs[i]));
	if (r->version == 1)
		fill_json(&f, "configurations", TAKE_PTR(envs));
	else
		fill_drop(&f, "configurations");
	return fill_done(&f);
}

struct json_object *render_user_entry(const struct render *r, const struct world_user *u)
{
	static const char *const details[] = { "password", "quotas", "configurations", "templates",
					       "assets" };
	struct fill f = user(r, u);

	for (size_t i = 0; i < ARRAY_SIZE(details); i++)
		fill_drop(&f, details[i]);
	return fill_done(&f);
}

struct json_object *render_template(const struct render *r, const struct world_template *t)
{
	struct fill f = fill_from(shape_template);

	fill_str(&f, "id", t->id);
	fill_fmt(&f, "url", "%s%s/templates/%s", r->base, render_prefix(r), t->id);
	fill_str(&f, "name", t->name);
	fill_str(&f, "description", t->description);
	fill_bool(&f, "busy", t->busy);
	fill_str(&f, "region", r->world->region);
	if (r->version == 1) {
		fill_drop(&f, "errors");
		fill_str(&f, "error", "");
		if (t->owner)
			fill_fmt(&f, "owner", "%s/users/%s", r->base, t->owner->id);
	}
	return fill_done(&f);
}

struct json_object *render_template_entry(const struct render *r, const struct world_template *t)
{
	struct fill f;

	if (r->version == 2)
		return render_template(r, t);
	f = fill_from(NULL);
	fill_str(&f, "id", t->id);
	fill_fmt(&f, "url", "%s/templates/%s", r->base, t->id);
	fill_str(&f, "name", t->name);
	fill_str(&f, "error", "");
	return fill_done(&f);
}

struct json_object *render_user_data(const char *text)
{
	struct fill f = fill_from(NULL);

	fill_str(&f, "contents", text);
	return fill_done(&f);
}

struct json_object *render_error(int version, const char *text)
{
	_cleanup_json_ struct json_object *texts = json_object_new_array();
	struct fill f = fill_from(NULL);

	if (version == 1) {
		fill_str(&f, "error", text);
		return fill_done(&f);
	}
	if (!texts || json_append(texts, json_object_new_string(text)) < 0)
		f.error = -ENOMEM;
	fill_json(&f, "errors", TAKE_PTR(texts));
	return fill_done(&f);
}
