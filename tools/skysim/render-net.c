/* SPDX-License-Identifier: MIT */
/* render-net.c -- networks and the tunnels between them */
#include <errno.h>

#include "agent/base/json.h"
#include "tools/skysim/render.h"
#include "tools/skysim/shape.h"

static void fill_nat_pool(struct fill *f, const struct world_network *n)
{
	char text[ADDR_TEXT_MAX];
	int64_t size;

	if (!n->nat_subnet.family) {
		fill_drop(f, "nat_subnet");
		fill_drop(f, "nat_pool_size");
		fill_drop(f, "nat_pool_remaining");
		return;
	}
	size = ((int64_t)1 << (32 - n->nat_subnet.prefix)) - 2;
	fill_str(f, "nat_subnet", addr_format(&n->nat_subnet, true, text));
	fill_int(f, "nat_pool_size", size);
	fill_int(f, "nat_pool_remaining", size - n->nat_used);
}

/* The form in which a tunnel shows its two ends. */
static struct fill network_end(const struct render *r, const struct world_network *n)
{
	struct fill f = fill_from(shape_network);
	char text[ADDR_TEXT_MAX];

	fill_str(&f, "id", n->id);
	fill_fmt(&f, "url", "%s%s/configurations/%s/networks/%s", r->base, render_prefix(r),
		 n->env->id, n->id);
	fill_str(&f, "name", n->name);
	fill_str(&f, "network_type", n->manual ? "manual" : "automatic");
	fill_str(&f, "subnet", addr_format(&n->subnet, true, text));
	fill_str(&f, "subnet_addr", addr_format(&n->subnet, false, text));
	fill_int(&f, "subnet_size", n->subnet.prefix);
	fill_str(&f, "gateway", addr_format(&n->gateway, false, text));
	fill_str(&f, "region", r->world->region);
	if (n->manual)
		fill_drop(&f, "domain");
	else
		fill_str(&f, "domain", n->domain ?: "test.net");
	fill_nat_pool(&f, n);
	fill_drop(&f, "tunnelable");
	fill_drop(&f, "tunnels");
	return f;
}

const char *tunnel_id(const struct world_tunnel *t, char id[TUNNEL_ID_MAX])
{
	snprintf(id, TUNNEL_ID_MAX, "tunnel-%s-%s", t->source->id, t->target->id);
	return id;
}

struct json_object *render_tunnel(const struct render *r, const struct world_tunnel *t)
{
	struct fill source = network_end(r, t->source), target = network_end(r, t->target);
	struct fill f = fill_from(NULL);
	char id[TUNNEL_ID_MAX];

	fill_str(&f, "id", tunnel_id(t, id));
	fill_str(&f, "status", "not_busy");
	fill_str(&f, "error", NULL);
	fill_json(&f, "source_network", fill_done(&source));
	fill_json(&f, "target_network", fill_done(&target));
	return fill_done(&f);
}

/* A tunnel belongs to both its ends and shows in both networks. */
static struct json_object *tunnels(const struct render *r, const struct world_network *n)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	const struct world_tunnel *t;

	for (size_t i = 0; arr && (t = world_tunnel(r->world, i)); i++)
		if ((t->source == n || t->target == n) && json_append(arr, render_tunnel(r, t)) < 0)
			return NULL;
	return TAKE_PTR(arr);
}

struct json_object *render_network(const struct render *r, const struct world_network *n)
{
	struct fill f = network_end(r, n);

	fill_bool(&f, "tunnelable", n->tunnelable);
	fill_json(&f, "tunnels", tunnels(r, n));
	return fill_done(&f);
}
