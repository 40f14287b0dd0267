/* SPDX-License-Identifier: MIT */
/* world-load.c -- a world out of its file: each object by itself (world-link.c joins them) */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "tools/skysim/world.h"

/* How many OBJ.KEY has, and room for as many: the two always go together. */
static int list(struct reader *rd, struct json_object *obj, const char *key, size_t size,
		struct json_object **ret_arr, void *ret_items, size_t *ret_n)
{
	struct json_object *arr = NULL;
	void *items;
	size_t n;
	int r;

	r = reader_arr(rd, obj, key, &arr);
	if (r < 0)
		return r;
	n = arr ? json_object_array_length(arr) : 0;
	items = calloc(n ?: 1, size);
	if (!items)
		return -ENOMEM;
	*ret_arr = arr;
	*(void **)ret_items = items;
	*ret_n = n;
	return 0;
}

static int load_user(struct reader *rd, struct json_object *obj, struct world_user *u)
{
	static const char *const keys[] = { "id",    "login_name",   "first_name", "last_name",
					    "email", "account_role", NULL };
	int r;

	u->first = u->last = u->email = "";
	u->role = "standard_user";
	if ((r = reader_keys(rd, obj, keys)) < 0 ||
	    (r = reader_need_id(rd, obj, "id", u->id)) < 0 ||
	    (r = reader_need_str(rd, obj, "login_name", &u->login)) < 0 ||
	    (r = reader_str(rd, obj, "first_name", &u->first)) < 0 ||
	    (r = reader_str(rd, obj, "last_name", &u->last)) < 0 ||
	    (r = reader_str(rd, obj, "email", &u->email)) < 0)
		return r;
	return reader_str(rd, obj, "account_role", &u->role);
}

static int load_owner(struct reader *rd, struct json_object *obj, const struct world *w,
		      const struct world_user **ret)
{
	char id[READER_ID_MAX] = "";
	int r;

	r = reader_id(rd, obj, "owner", id);
	if (r < 0 || !*id)
		return r;
	*ret = world_user(w, id);
	return *ret ? 0 : reader_fail(rd, "owner", "\"%s\" is none of $.users", id);
}

static int load_template(struct reader *rd, struct json_object *obj, const struct world *w,
			 struct world_template *t)
{
	static const char *const keys[] = { "id", "name", "description", "owner", "busy", NULL };
	int r;

	if ((r = reader_keys(rd, obj, keys)) < 0 ||
	    (r = reader_need_id(rd, obj, "id", t->id)) < 0 ||
	    (r = reader_need_str(rd, obj, "name", &t->name)) < 0 ||
	    (r = reader_str(rd, obj, "description", &t->description)) < 0 ||
	    (r = load_owner(rd, obj, w, &t->owner)) < 0)
		return r;
	return reader_bool(rd, obj, "busy", &t->busy);
}

/* "By default the last address of the subnet", as the platform does it. */
static struct addr last_address(const struct addr *subnet)
{
	struct addr a = *subnet;

	for (int bit = subnet->prefix; bit < 31; bit++)
		a.bytes[bit / 8] |= 0x80 >> bit % 8;
	a.prefix = -1;
	return a;
}

static int load_network(struct reader *rd, struct json_object *obj, struct world_network *n)
{
	static const char *const keys[] = { "id",      "name",	 "type",       "subnet",
					    "gateway", "domain", "tunnelable", "nat_subnet",
					    "nat",     NULL };
	static const char *const types[] = { "automatic", "manual", NULL };
	int type = 0;
	int r;

	if ((r = reader_keys(rd, obj, keys)) < 0 ||
	    (r = reader_need_id(rd, obj, "id", n->id)) < 0 ||
	    (r = reader_need_str(rd, obj, "name", &n->name)) < 0 ||
	    (r = reader_word(rd, obj, "type", types, &type)) < 0 ||
	    (r = reader_addr(rd, obj, "subnet", true, &n->subnet)) < 0)
		return r;
	if (!n->subnet.family)
		return reader_fail(rd, "subnet", "is required");
	if (n->subnet.prefix < 8 || n->subnet.prefix > 30)
		return reader_fail(rd, "subnet", "a prefix of 8 to 30 is expected");
	n->manual = type == 1;
	n->gateway = last_address(&n->subnet);
	if ((r = reader_addr(rd, obj, "gateway", false, &n->gateway)) < 0 ||
	    (r = reader_str(rd, obj, "domain", &n->domain)) < 0 ||
	    (r = reader_bool(rd, obj, "tunnelable", &n->tunnelable)) < 0 ||
	    (r = reader_addr(rd, obj, "nat_subnet", true, &n->nat_subnet)) < 0)
		return r;
	if (!addr_in(&n->subnet, &n->gateway))
		return reader_fail(rd, "gateway", "does not lie in the subnet");
	if (n->domain && !domain_valid(n->domain))
		return reader_fail(rd, "domain", "\"%s\" is no domain name", n->domain);
	return 0;
}

static int load_interface(struct reader *rd, struct json_object *obj, const struct world_vm *vm,
			  struct world_interface *nic)
{
	static const char *const keys[] = { "mac", "ip", "hostname", "network", "nat", NULL };
	const char *mac = NULL;
	uint8_t bytes[6];
	int r;

	nic->hostname = vm->name;
	if ((r = reader_keys(rd, obj, keys)) < 0 ||
	    (r = reader_need_str(rd, obj, "mac", &mac)) < 0 ||
	    (r = reader_addr(rd, obj, "ip", false, &nic->ip)) < 0 ||
	    (r = reader_str(rd, obj, "hostname", &nic->hostname)) < 0)
		return r;
	if (strlen(mac) >= sizeof(nic->mac) || mac_parse(mac, bytes) < 0)
		return reader_fail(rd, "mac", "\"%s\" is no MAC", mac);
	snprintf(nic->mac, sizeof(nic->mac), "%s", mac);
	return 0;
}

static int check_credentials(struct reader *rd, const struct world_vm *vm)
{
	for (size_t i = 0; vm->credentials && i < json_object_array_length(vm->credentials); i++)
		if (!json_object_is_type(json_object_array_get_idx(vm->credentials, i),
					 json_type_string))
			return reader_fail(rd, "credentials", "strings are expected in it");
	if (!vm->labels)
		return 0;
	json_object_object_foreach (vm->labels, key, value) {
		(void)key;
		if (!json_object_is_type(value, json_type_string))
			return reader_fail(rd, "labels", "\"category\": \"value\" is expected");
	}
	return 0;
}

static int load_vm(struct reader *rd, struct json_object *obj, const struct world_env *env,
		   struct world_vm *vm)
{
	static const char *const keys[] = { "id",	   "name",     "user_data",  "labels",
					    "credentials", "runstate", "interfaces", NULL };
	struct json_object *arr;
	int r;

	vm->env = env;
	vm->runstate = env->runstate;
	if ((r = reader_keys(rd, obj, keys)) < 0 ||
	    (r = reader_need_id(rd, obj, "id", vm->id)) < 0 ||
	    (r = reader_need_str(rd, obj, "name", &vm->name)) < 0 ||
	    (r = reader_str(rd, obj, "user_data", &vm->user_data)) < 0 ||
	    (r = reader_obj(rd, obj, "labels", &vm->labels)) < 0 ||
	    (r = reader_arr(rd, obj, "credentials", &vm->credentials)) < 0 ||
	    (r = reader_word(rd, obj, "runstate", runstate_names, &vm->runstate)) < 0 ||
	    (r = check_credentials(rd, vm)) < 0 ||
	    (r = list(rd, obj, "interfaces", sizeof(*vm->interfaces), &arr, &vm->interfaces,
		      &vm->n_interfaces)) < 0)
		return r;

	for (size_t i = 0; i < vm->n_interfaces; i++) {
		size_t place = reader_enter(rd, ".interfaces[%zu]", i);

		r = load_interface(rd, json_object_array_get_idx(arr, i), vm, &vm->interfaces[i]);
		if (r < 0)
			return r;
		reader_leave(rd, place);
	}
	return 0;
}

static int load_parts(struct reader *rd, struct json_object *obj, struct world_env *e)
{
	struct json_object *networks, *vms;
	int r;

	if ((r = list(rd, obj, "networks", sizeof(*e->networks), &networks, &e->networks,
		      &e->n_networks)) < 0 ||
	    (r = list(rd, obj, "vms", sizeof(*e->vms), &vms, &e->vms, &e->n_vms)) < 0)
		return r;

	for (size_t i = 0; i < e->n_networks; i++) {
		size_t place = reader_enter(rd, ".networks[%zu]", i);

		e->networks[i].env = e;
		r = load_network(rd, json_object_array_get_idx(networks, i), &e->networks[i]);
		if (r < 0)
			return r;
		reader_leave(rd, place);
	}
	for (size_t i = 0; i < e->n_vms; i++) {
		size_t place = reader_enter(rd, ".vms[%zu]", i);

		r = load_vm(rd, json_object_array_get_idx(vms, i), e, &e->vms[i]);
		if (r < 0)
			return r;
		reader_leave(rd, place);
	}
	return 0;
}

static int load_env(struct reader *rd, struct json_object *obj, const struct world *w,
		    struct world_env *e)
{
	static const char *const keys[] = { "id",	"name",	     "description",	"owner",
					    "runstate", "user_data", "suspend_on_idle", "networks",
					    "vms",	NULL };
	int r;

	if ((r = reader_keys(rd, obj, keys)) < 0 ||
	    (r = reader_need_id(rd, obj, "id", e->id)) < 0 ||
	    (r = reader_need_str(rd, obj, "name", &e->name)) < 0 ||
	    (r = reader_str(rd, obj, "description", &e->description)) < 0 ||
	    (r = load_owner(rd, obj, w, &e->owner)) < 0 ||
	    (r = reader_word(rd, obj, "runstate", runstate_names, &e->runstate)) < 0 ||
	    (r = reader_str(rd, obj, "user_data", &e->user_data)) < 0 ||
	    (r = reader_int(rd, obj, "suspend_on_idle", 300, 86400, &e->suspend_on_idle)) < 0)
		return r;
	return load_parts(rd, obj, e);
}

int world_fill(struct world *w, struct reader *rd)
{
	static const char *const keys[] = { "url",	    "region",	 "users",
					    "environments", "templates", NULL };
	struct json_object *users, *envs, *templates;
	size_t place = 0;
	int r;

	w->url = "https://cloud.skytap.com";
	w->region = "US-West";
	if ((r = reader_keys(rd, w->doc, keys)) < 0 ||
	    (r = reader_str(rd, w->doc, "url", &w->url)) < 0 ||
	    (r = reader_str(rd, w->doc, "region", &w->region)) < 0 ||
	    (r = list(rd, w->doc, "users", sizeof(*w->users), &users, &w->users, &w->n_users)) <
		    0 ||
	    (r = list(rd, w->doc, "environments", sizeof(*w->envs), &envs, &w->envs, &w->n_envs)) <
		    0 ||
	    (r = list(rd, w->doc, "templates", sizeof(*w->templates), &templates, &w->templates,
		      &w->n_templates)) < 0)
		return r;

	for (size_t i = 0; !r && i < w->n_users; i++, reader_leave(rd, place)) {
		place = reader_enter(rd, ".users[%zu]", i);
		r = load_user(rd, json_object_array_get_idx(users, i), &w->users[i]);
	}
	for (size_t i = 0; !r && i < w->n_envs; i++, reader_leave(rd, place)) {
		place = reader_enter(rd, ".environments[%zu]", i);
		r = load_env(rd, json_object_array_get_idx(envs, i), w, &w->envs[i]);
	}
	for (size_t i = 0; !r && i < w->n_templates; i++, reader_leave(rd, place)) {
		place = reader_enter(rd, ".templates[%zu]", i);
		r = load_template(rd, json_object_array_get_idx(templates, i), w, &w->templates[i]);
	}
	return r;
}
