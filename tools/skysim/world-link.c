/* SPDX-License-Identifier: MIT */
/* world-link.c -- joins the objects of a world: references, NAT addresses, uniqueness */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/base/json.h"
#include "tools/skysim/world.h"

static struct json_object *item(struct json_object *obj, const char *key, size_t i)
{
	struct json_object *arr;

	return json_get_arr(obj, key, &arr) < 0 ? NULL : json_object_array_get_idx(arr, i);
}

/* The entries of the object OBJ.nat, counted; *ret NULL if there is none. */
static int nat_of(struct reader *rd, struct json_object *obj, struct json_object **ret,
		  size_t *ret_n)
{
	int r;

	*ret = NULL;
	r = reader_obj(rd, obj, "nat", ret);
	if (r < 0)
		return r;
	*ret_n = *ret ? (size_t)json_object_object_length(*ret) : 0;
	return 0;
}

static int link_tunnel(struct world *w, struct reader *rd, struct json_object *nat, const char *id,
		       struct world_network *net)
{
	struct world_tunnel *t = &net->tunnels[net->n_tunnels];
	int r;

	t->source = net;
	t->target = world_network(w, id);
	if (!t->target || t->target == net)
		return reader_fail(rd, id, "\"%s\" is no other network's id", id);
	if (!t->target->tunnelable)
		return reader_fail(rd, id, "network \"%s\" needs \"tunnelable\": true", id);
	r = reader_addr(rd, nat, id, true, &t->nat);
	if (r < 0)
		return r;
	if (t->nat.prefix != net->subnet.prefix)
		return reader_fail(rd, id, "/%d is expected, as long as the subnet's prefix",
				   net->subnet.prefix);
	if (t->target->nat_subnet.family && (t->nat.prefix < t->target->nat_subnet.prefix ||
					     !addr_in(&t->target->nat_subnet, &t->nat)))
		return reader_fail(rd, id, "lies outside the nat_subnet of that network");
	net->n_tunnels++;
	return 0;
}

static int link_network(struct world *w, struct reader *rd, struct json_object *obj,
			struct world_network *net)
{
	struct json_object *nat;
	size_t n = 0, place;
	int r;

	r = nat_of(rd, obj, &nat, &n);
	if (r < 0 || !n)
		return r;
	if (net->manual)
		return reader_fail(rd, "nat", "a manual network has no NAT");
	net->tunnels = calloc(n, sizeof(*net->tunnels));
	if (!net->tunnels)
		return -ENOMEM;
	place = reader_enter(rd, ".nat");
	json_object_object_foreach (nat, id, value) {
		(void)value;
		r = link_tunnel(w, rd, nat, id, net);
		if (r < 0)
			return r;
	}
	reader_leave(rd, place);
	return 0;
}

/* Host part of IP under the prefix of the tunnel: the gateway's one-to-one map. */
static struct addr mapped(const struct world_tunnel *t, const struct addr *ip)
{
	struct addr a = t->nat;

	for (int bit = a.prefix; bit < 32; bit++)
		a.bytes[bit / 8] |= ip->bytes[bit / 8] & (0x80 >> bit % 8);
	a.prefix = -1;
	return a;
}

static int add_nat(struct world *w, struct reader *rd, struct world_interface *nic,
		   const struct world_network *towards, const struct addr *address)
{
	const struct world_vm *holder = world_vm_by_nat(w, address);
	char text[ADDR_TEXT_MAX];

	if (holder)
		return reader_fail(rd, towards->id, "NAT address %s belongs to VM \"%s\" already",
				   addr_format(address, false, text), holder->id);
	nic->nat[nic->n_nat++] = (struct world_nat){ towards, *address };
	/* The pool's count is the one thing that linking changes on another object. */
	((struct world_network *)towards)->nat_used++;
	return 0;
}

static int own_nat(struct world *w, struct reader *rd, struct json_object *nat, const char *id,
		   struct world_interface *nic)
{
	const struct world_network *towards = world_network(w, id);
	struct addr address = {};
	int r;

	if (!towards)
		return reader_fail(rd, id, "\"%s\" is no network's id", id);
	r = reader_addr(rd, nat, id, false, &address);
	if (r < 0)
		return r;
	if (!address.family)
		return 0; /* null: no address towards that network */
	if (towards->nat_subnet.family && !addr_in(&towards->nat_subnet, &address))
		return reader_fail(rd, id, "lies outside the nat_subnet of that network");
	return add_nat(w, rd, nic, towards, &address);
}

/* What the interface itself says counts; the prefixes of its network give the rest. */
static int link_nat(struct world *w, struct reader *rd, struct json_object *obj,
		    struct world_interface *nic)
{
	size_t n = 0, n_tunnels = nic->network ? nic->network->n_tunnels : 0, place;
	struct json_object *nat;
	int r;

	r = nat_of(rd, obj, &nat, &n);
	if (r < 0)
		return r;
	if (n && (!nic->network || nic->network->manual))
		return reader_fail(rd, "nat", "only an interface on an automatic network has NAT");
	nic->nat = calloc(n + n_tunnels + 1, sizeof(*nic->nat));
	if (!nic->nat)
		return -ENOMEM;
	place = reader_enter(rd, ".nat");
	if (n) {
		json_object_object_foreach (nat, id, value) {
			(void)value;
			r = own_nat(w, rd, nat, id, nic);
			if (r < 0)
				return r;
		}
	}
	for (size_t i = 0; i < n_tunnels; i++) {
		const struct world_tunnel *t = &nic->network->tunnels[i];
		struct addr address = mapped(t, &nic->ip);

		if (n && json_object_object_get_ex(nat, t->target->id, NULL))
			continue;
		r = add_nat(w, rd, nic, t->target, &address);
		if (r < 0)
			return r;
	}
	reader_leave(rd, place);
	return 0;
}

static int link_interface(struct world *w, struct reader *rd, struct json_object *obj,
			  const struct world_env *e, struct world_interface *nic)
{
	char id[READER_ID_MAX] = "";
	int r;

	r = reader_id(rd, obj, "network", id);
	if (r < 0)
		return r;
	if (*id) {
		nic->network = world_network(w, id);
		if (!nic->network || nic->network->env != e)
			return reader_fail(rd, "network",
					   "\"%s\" is no network of this environment", id);
	} else if (!json_object_object_get_ex(obj, "network", NULL) && e->n_networks) {
		nic->network = &e->networks[0];
	}
	if (nic->network && !nic->ip.family && !nic->network->manual)
		return reader_fail(rd, "ip", "is required on an automatic network");
	if (nic->network && nic->ip.family && !addr_in(&nic->network->subnet, &nic->ip))
		return reader_fail(rd, "ip", "does not lie in the subnet of network \"%s\"",
				   nic->network->id);
	return link_nat(w, rd, obj, nic);
}

/* NULL, or what A and B may not share. */
static const char *clash(const struct world_interface *a, const struct world_interface *b)
{
	if (!strcasecmp(a->mac, b->mac))
		return "mac";
	if (a->network && a->network == b->network && a->ip.family && addr_equal(&a->ip, &b->ip))
		return "ip";
	return NULL;
}

static int unique_interface(struct reader *rd, const struct world_env *e, size_t vm, size_t nic)
{
	const struct world_interface *own = &e->vms[vm].interfaces[nic];

	for (size_t i = 0; i <= vm; i++) {
		const struct world_vm *v = &e->vms[i];

		for (size_t j = 0; j < (i == vm ? nic : v->n_interfaces); j++) {
			const char *key = clash(own, &v->interfaces[j]);

			if (key)
				return reader_fail(rd, key, "VM \"%s\" of this environment has it",
						   v->id);
		}
	}
	return 0;
}

static int link_vms(struct world *w, struct reader *rd, struct json_object *obj,
		    struct world_env *e)
{
	int r;

	for (size_t i = 0; i < e->n_vms; i++) {
		struct world_vm *vm = &e->vms[i];
		size_t place = reader_enter(rd, ".vms[%zu]", i);

		if (world_vm(w, vm->id) != vm)
			return reader_fail(rd, "id", "\"%s\" appears twice", vm->id);
		for (size_t j = 0; j < vm->n_interfaces; j++) {
			size_t inner = reader_enter(rd, ".interfaces[%zu]", j);

			r = link_interface(w, rd, item(item(obj, "vms", i), "interfaces", j), e,
					   &vm->interfaces[j]);
			if (r >= 0)
				r = unique_interface(rd, e, i, j);
			if (r < 0)
				return r;
			reader_leave(rd, inner);
		}
		reader_leave(rd, place);
	}
	return 0;
}

static int link_networks(struct world *w, struct reader *rd, struct json_object *obj,
			 struct world_env *e)
{
	int r;

	for (size_t i = 0; i < e->n_networks; i++) {
		size_t place = reader_enter(rd, ".networks[%zu]", i);

		if (world_network(w, e->networks[i].id) != &e->networks[i])
			return reader_fail(rd, "id", "\"%s\" appears twice", e->networks[i].id);
		r = link_network(w, rd, item(obj, "networks", i), &e->networks[i]);
		if (r < 0)
			return r;
		reader_leave(rd, place);
	}
	return 0;
}

static int unique_ids(struct world *w, struct reader *rd)
{
	for (size_t i = 0; i < w->n_users; i++)
		if (world_user(w, w->users[i].id) != &w->users[i])
			return reader_fail(rd, NULL, "user id \"%s\" appears twice",
					   w->users[i].id);
	for (size_t i = 0; i < w->n_envs; i++)
		if (world_env(w, w->envs[i].id) != &w->envs[i])
			return reader_fail(rd, NULL, "environment id \"%s\" appears twice",
					   w->envs[i].id);
	for (size_t i = 0; i < w->n_templates; i++)
		if (world_template(w, w->templates[i].id) != &w->templates[i])
			return reader_fail(rd, NULL, "template id \"%s\" appears twice",
					   w->templates[i].id);
	return 0;
}

int world_link(struct world *w, struct reader *rd)
{
	int r;

	r = unique_ids(w, rd);
	/* All networks first: an interface may have an address towards any of them. */
	for (int vms = 0; !r && vms < 2; vms++) {
		for (size_t i = 0; !r && i < w->n_envs; i++) {
			size_t place = reader_enter(rd, ".environments[%zu]", i);
			struct json_object *obj = item(w->doc, "environments", i);

			r = vms ? link_vms(w, rd, obj, &w->envs[i])
				: link_networks(w, rd, obj, &w->envs[i]);
			reader_leave(rd, place);
		}
	}
	return r;
}
