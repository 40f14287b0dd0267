/* SPDX-License-Identifier: MIT */
/* render-vm.c -- VMs and their interfaces, as REST and as metadata */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "tools/skysim/render.h"
#include "tools/skysim/shape.h"

static struct json_object *nat_entry(const struct render *r, const struct world_nat *nat)
{
	const struct world_network *n = nat->towards;
	const struct world_env *e = n->env;
	struct fill f = fill_from(NULL);
	char text[ADDR_TEXT_MAX];

	fill_str(&f, "ip_address", addr_format(&nat->address, false, text));
	fill_str(&f, "network_id", n->id);
	fill_str(&f, "network_name", n->name);
	fill_fmt(&f, "network_url", "%s%s/configurations/%s/networks/%s", r->base, render_prefix(r),
		 e->id, n->id);
	/* The one id that the platform sends as a number. */
	fill_int(&f, "configuration_id", strtoll(e->id, NULL, 10));
	fill_str(&f, "configuration_name", e->name);
	fill_fmt(&f, "configuration_url", "%s%s/configurations/%s", r->base, render_prefix(r),
		 e->id);
	fill_bool(&f, "viewable", true);
	return fill_done(&f);
}

static struct json_object *nat_addresses(const struct render *r, const struct world_interface *nic)
{
	_cleanup_json_ struct json_object *entries = json_object_new_array();
	struct fill f = fill_from(NULL);

	if (!entries)
		f.error = -ENOMEM;
	for (size_t i = 0; !f.error && i < nic->n_nat; i++)
		f.error = json_append(entries, nat_entry(r, &nic->nat[i]));
	fill_json(&f, "network_nat_addresses", TAKE_PTR(entries));
	fill_json(&f, "vpn_nat_addresses", json_object_new_array());
	return fill_done(&f);
}

static void fill_attachment(struct fill *f, const struct render *r, const struct world_env *e,
			    const struct world_interface *nic)
{
	static const char *const fields[] = { "network_id",   "network_name",	"network_url",
					      "network_type", "network_subnet", NULL };
	const struct world_network *n = nic->network;
	char text[ADDR_TEXT_MAX];

	/* A detached interface has none of these keys, a manual one no NAT. */
	if (!n || n->manual)
		fill_drop(f, "nat_addresses");
	else
		fill_json(f, "nat_addresses", nat_addresses(r, nic));
	if (!n) {
		for (size_t i = 0; fields[i]; i++)
			fill_drop(f, fields[i]);
		return;
	}
	fill_str(f, "network_id", n->id);
	fill_str(f, "network_name", n->name);
	fill_fmt(f, "network_url", "%s%s/configurations/%s/networks/%s", r->base, render_prefix(r),
		 e->id, n->id);
	fill_str(f, "network_type", n->manual ? "manual" : "automatic");
	fill_str(f, "network_subnet", addr_format(&n->subnet, true, text));
}

const char *interface_id(const struct world_vm *vm, size_t i, char id[INTERFACE_ID_MAX])
{
	snprintf(id, INTERFACE_ID_MAX, "nic-%.5s-%s-%zu", vm->id, vm->id, i);
	return id;
}

struct json_object *render_interface(const struct render *r, const struct world_vm *vm, size_t i)
{
	static const char *const status[] = { "Running", "Powered off", "Suspended", "Busy" };
	const struct world_interface *nic = &vm->interfaces[i];
	struct fill f = fill_from(shape_interface);
	char id[INTERFACE_ID_MAX], text[ADDR_TEXT_MAX];

	fill_str(&f, "id", interface_id(vm, i, id));
	if (nic->ip.family)
		fill_str(&f, "ip", addr_format(&nic->ip, false, text));
	fill_str(&f, "hostname", nic->hostname);
	fill_str(&f, "mac", nic->mac);
	fill_str(&f, "vm_id", vm->id);
	fill_str(&f, "vm_name", vm->name);
	fill_str(&f, "status", status[vm->runstate]);
	fill_attachment(&f, r, vm->env, nic);
	return fill_done(&f);
}

static struct json_object *disks(const struct world_vm *vm)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	struct fill f = fill_from(NULL);

	fill_fmt(&f, "id", "disk-%.5s-%s-scsi-0-0", vm->id, vm->id);
	fill_int(&f, "size", 40960);
	fill_str(&f, "type", "SCSI");
	fill_str(&f, "controller", "0");
	fill_str(&f, "lun", "0");
	if (!arr || json_append(arr, fill_done(&f)) < 0)
		return NULL;
	return TAKE_PTR(arr);
}

/* Ids of labels and credentials follow from the VM's, so they stay as long as it does. */
static struct json_object *labels(const struct world_vm *vm)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	int n = 0;

	if (!arr || !vm->labels)
		return TAKE_PTR(arr);
	json_object_object_foreach (vm->labels, category, value) {
		struct fill f = fill_from(NULL);

		fill_fmt(&f, "id", "%s%d", vm->id, ++n);
		fill_str(&f, "value", json_object_get_string(value));
		fill_str(&f, "label_category", category);
		fill_fmt(&f, "label_category_id", "%d", 9100 + n);
		fill_bool(&f, "label_category_single_value", true);
		if (json_append(arr, fill_done(&f)) < 0)
			return NULL;
	}
	return TAKE_PTR(arr);
}

static struct json_object *credentials(const struct world_vm *vm)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	size_t n = vm->credentials ? json_object_array_length(vm->credentials) : 0;

	for (size_t i = 0; arr && i < n; i++) {
		struct json_object *text = json_object_array_get_idx(vm->credentials, i);
		struct fill f = fill_from(NULL);

		fill_fmt(&f, "id", "%s%zu", vm->id, i + 1);
		fill_str(&f, "text", json_object_get_string(text));
		if (json_append(arr, fill_done(&f)) < 0)
			return NULL;
	}
	return TAKE_PTR(arr);
}

static struct json_object *interfaces(const struct render *r, const struct world_vm *vm)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();

	for (size_t i = 0; arr && i < vm->n_interfaces; i++)
		if (json_append(arr, render_interface(r, vm, i)) < 0)
			return NULL;
	return TAKE_PTR(arr);
}

struct json_object *render_vm(const struct render *r, const struct world_vm *vm)
{
	struct fill f = fill_from(shape_vm);
	struct json_object *hardware;

	fill_str(&f, "id", vm->id);
	fill_str(&f, "name", vm->name);
	fill_str(&f, "runstate", runstate_names[vm->runstate]);
	if (!f.error && !(f.error = json_get_obj(f.obj, "hardware", &hardware)))
		f.error = json_set(hardware, "disks", disks(vm));
	fill_json(&f, "interfaces", interfaces(r, vm));
	fill_json(&f, "labels", labels(vm));
	fill_json(&f, "credentials", credentials(vm));
	fill_fmt(&f, "configuration_url", "%s%s/configurations/%s", r->base, render_prefix(r),
		 vm->env->id);
	return fill_done(&f);
}

struct json_object *render_metadata(const struct world *w, const struct world_vm *vm)
{
	const struct render r = { w, w->url, 1 };
	struct fill f = { .obj = render_vm(&r, vm) };

	if (!f.obj)
		return NULL;
	fill_str(&f, "user_data", vm->user_data);
	fill_str(&f, "configuration_user_data", vm->env->user_data);
	return fill_done(&f);
}
