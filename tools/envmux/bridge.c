/* SPDX-License-Identifier: MIT */
/* bridge.c -- from the store's pools to the driver's routes */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/bridge.h"
#include "tools/envmux/monitor.h"
#include "tools/envmux/objects.h"

struct bridge {
	struct store *store;
	struct driver *driver;
	char **changed; /* pools that the driver has not been told of */
};

bool bridge_routed(const char *path)
{
	char buffer[512];
	const char *partition, *name, *dash;

	if (path[0] != '/' || object_split(path, buffer, &partition, &name) < 0 ||
	    strncmp(partition, "test-", 5) != 0 || !id_valid(partition + 5))
		return false;
	dash = strrchr(name, '-');
	return dash && dash != name && !strcmp(dash + 1, partition + 5) && hostname_valid(name);
}

static char *label_of(const char *path)
{
	char *label = strdup(strrchr(path, '/') + 1);

	for (char *p = label; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return label;
}

static enum driver_admin admin_of(struct json_object *o)
{
	const char *session = "", *state = "";

	(void)json_get_str(o, "session", &session);
	(void)json_get_str(o, "state", &state);
	if (!strcmp(state, "user-down"))
		return DRIVER_OFFLINE;
	return !strcmp(session, "user-disabled") ? DRIVER_DRAIN : DRIVER_ENABLED;
}

/* Which ratio counts: the node's, the member's, or, as on a BIG-IP, none if MODE is about none. */
static unsigned weight_of(const char *mode, struct json_object *member, struct json_object *node)
{
	size_t n = strlen(mode);
	bool of_node = n > 5 && !strcmp(mode + n - 5, "-node");
	int64_t ratio = 1;

	if (strncmp(mode, "ratio-", 6) != 0)
		return 1;
	(void)json_get_int(of_node ? node : member, "ratio", &ratio);
	return ratio < 1 ? 1 : ratio > 256 ? 256 : (unsigned)ratio;
}

static int member_of(const struct store *s, const char *mode, struct json_object *o,
		     struct driver_member *m)
{
	_cleanup_free_ char *node_path = NULL;
	_cleanup_json_ struct json_object *node = NULL;
	const char *name, *address, *partition;
	char node_name[256];
	enum driver_admin of_node;

	if (json_get_str(o, "name", &name) < 0 || json_get_str(o, "address", &address) < 0 ||
	    json_get_str(o, "partition", &partition) < 0 ||
	    object_member_split(name, node_name, &m->port) < 0 || addr_parse(address, &m->addr) < 0)
		return -EBADMSG;
	m->admin = admin_of(o);
	node_path = str_printf("/%s/%s", partition, node_name);
	m->name = strdup(name);
	if (!node_path || !m->name)
		return -ENOMEM;
	node = store_get(s, STORE_NODE, NULL, node_path);
	m->weight = weight_of(mode, o, node);
	of_node = node ? admin_of(node) : DRIVER_ENABLED;
	if (of_node > m->admin)
		m->admin = of_node;
	return 0;
}

static int route_of(const struct store *s, const char *path, struct json_object *pool,
		    struct driver_route *ret)
{
	_cleanup_(driver_route_done) struct driver_route route = {};
	struct json_object *members;
	const char *mode = "";
	int r;

	route.label = label_of(path);
	if (!route.label)
		return -ENOMEM;
	(void)json_get_str(pool, "loadBalancingMode", &mode);
	if (strstr(mode, "least-connections"))
		route.lb = DRIVER_LEAST_CONNECTIONS;
	r = monitor_of_pool(s, pool, &route.monitor);
	if (r == 0)
		r = json_get_arr(pool, "members", &members);
	if (r < 0)
		return r;
	route.members = calloc(json_object_array_length(members) + 1, sizeof(*route.members));
	if (!route.members)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		struct driver_member *m = &route.members[route.n_members++];

		r = member_of(s, mode, json_object_array_get_idx(members, i), m);
		if (r < 0)
			return r;
		/* One of all ports is kept, and routed to by nobody: which one would it be here? */
		if (m->port == 0) {
			free(TAKE_PTR(m->name));
			route.n_members--;
		}
	}
	*ret = route;
	route = (struct driver_route){};
	return 0;
}

int bridge_new(struct store *store, struct driver *driver, struct bridge **ret)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->store = store;
	b->driver = driver;
	*ret = b;
	return 0;
}

void bridge_free(struct bridge *b)
{
	if (!b)
		return;
	strv_free(b->changed);
	free(b);
}

struct routes {
	const struct store *store;
	struct driver_route *all;
	size_t n;
	char **gone; /* labels */
};

static void routes_done(struct routes *r)
{
	for (size_t i = 0; i < r->n; i++)
		driver_route_done(&r->all[i]);
	free(r->all);
	strv_free(r->gone);
}

static int routes_add(struct routes *routes, const char *path, struct json_object *pool)
{
	struct driver_route *all = reallocarray(routes->all, routes->n + 1, sizeof(*all));
	int r;

	if (!all)
		return -ENOMEM;
	routes->all = all;
	r = route_of(routes->store, path, pool, &all[routes->n]);
	if (r == 0)
		routes->n++;
	return r;
}

struct claim {
	const char *label;
	const char *path; /* of the first pool that has the label; NULL: none has */
};

static int find_claim(void *userdata, const char *path)
{
	struct claim *c = userdata;

	if (strcasecmp(strrchr(path, '/') + 1, c->label) != 0 || !bridge_routed(path))
		return 0;
	c->path = path;
	return 1;
}

/*
 * Names are compared without case at the front, and with it in the store: of pools that differ in
 * case only, the first one has the route.
 */
static int claim_of(const struct store *s, const char *path, const char *label, const char **ret)
{
	struct claim c = { .label = label };
	const char *partition, *name;
	char buffer[512];
	int r;

	r = object_split(path, buffer, &partition, &name);
	if (r == 0)
		r = store_each_path(s, STORE_POOL, partition, find_claim, &c);
	*ret = c.path;
	return r < 0 ? r : 0;
}

static int add_start(void *userdata, const char *path, struct json_object *pool)
{
	struct routes *routes = userdata;
	_cleanup_free_ char *label = NULL;
	const char *claimed = NULL;
	int r;

	if (!bridge_routed(path))
		return 0;
	label = label_of(path);
	r = label ? claim_of(routes->store, path, label, &claimed) : -ENOMEM;
	return r == 0 && claimed && !strcmp(claimed, path) ? routes_add(routes, path, pool) : r;
}

static int add_changed(struct routes *routes, const char *path)
{
	_cleanup_json_ struct json_object *pool = NULL;
	_cleanup_free_ char *label = NULL;
	const char *claimed = NULL;
	int r;

	if (!bridge_routed(path))
		return 0;
	label = label_of(path);
	r = label ? claim_of(routes->store, path, label, &claimed) : -ENOMEM;
	if (r == 0 && claimed && !(pool = store_get(routes->store, STORE_POOL, NULL, claimed)))
		r = -ENOMEM;
	if (r < 0)
		return r;
	return claimed ? routes_add(routes, claimed, pool) : strv_add(&routes->gone, label);
}

int bridge_start(struct bridge *b, char **ret_error)
{
	_cleanup_(routes_done) struct routes routes = { .store = b->store };
	int r;

	r = store_each(b->store, STORE_POOL, NULL, NULL, add_start, &routes);
	if (r < 0 || !b->driver)
		return r;
	return driver_start(b->driver, routes.all, routes.n, ret_error);
}

/* What b->changed names, to the driver. */
static int flush(struct bridge *b)
{
	_cleanup_(routes_done) struct routes routes = { .store = b->store };
	int r = 0, q;

	for (size_t i = 0; r == 0 && b->changed[i]; i++)
		r = add_changed(&routes, b->changed[i]);
	if (r < 0 || !b->driver)
		return r;
	if (routes.gone)
		r = driver_remove(b->driver, (const char *const *)routes.gone,
				  strv_len(routes.gone));
	if (routes.n > 0) {
		q = driver_set(b->driver, routes.all, routes.n);
		r = q < 0 ? q : r;
	}
	return r;
}

int bridge_flush(struct bridge *b)
{
	int r = 0;

	while (r == 0) {
		if (!b->changed)
			b->changed = store_take_changed(b->store);
		if (!b->changed)
			return 0;
		r = flush(b);
		/* What the driver keeps is its own; for want of memory we try again. */
		if (r == 0 || r == -EAGAIN)
			strv_free(TAKE_PTR(b->changed));
	}
	return r;
}

bool bridge_reloading(const struct bridge *b)
{
	return b->driver && driver_reloading(b->driver);
}

int bridge_stats(struct bridge *b, const char *pool, const char *member,
		 struct driver_member_stats *ret)
{
	_cleanup_free_ char *label = NULL;

	if (!b->driver || !bridge_routed(pool))
		return -ENOENT;
	label = label_of(pool);
	return label ? driver_stats(b->driver, label, member, ret) : -ENOMEM;
}

int bridge_figures(struct bridge *b,
		   void (*func)(void *userdata, const char *label,
				const struct driver_route_stats *stats),
		   void *userdata)
{
	return b->driver ? driver_routes(b->driver, func, userdata) : -ENOENT;
}

bool bridge_refused(const struct bridge *b)
{
	return b->driver && driver_refused(b->driver);
}

int bridge_certificates(struct bridge *b,
			void (*func)(void *userdata, const char *name, time_t expires),
			void *userdata)
{
	return b->driver ? driver_certificates(b->driver, func, userdata) : -ENOENT;
}
