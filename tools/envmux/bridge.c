/* SPDX-License-Identifier: MIT */
/* bridge.c -- from the store's pools to the driver's routes */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/log.h"
#include "tools/envmux/bridge.h"
#include "tools/envmux/objects.h"

struct bridge {
	struct store *store;
	struct driver *driver;
	char **changed; /* pools */
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

/* "GET /health HTTP/1.1\r\nHost: x\r\n" with the two characters backslash and r, as BIG-IP keeps
 * it. */
static int send_string(const char *send, struct driver_monitor *m)
{
	const char *path = strncmp(send, "GET ", 4) == 0 ? send + 4 : "/";
	const char *host = strstr(send, "Host:");
	size_t n = strcspn(path, " \\\r\n");

	m->send = strndup(path, n);
	if (host) {
		host += 5 + strspn(host + 5, " ");
		m->host = strndup(host, strcspn(host, " \\\r\n"));
	}
	return m->send && (!host || m->host) ? 0 : -ENOMEM;
}

/* The first monitor that is named decides; HAProxy checks a backend in one way. */
static int monitor_of(const struct store *s, struct json_object *pool, struct driver_monitor *m)
{
	static const char *const types[] = { "http", "tcp", "https", "gateway-icmp" };
	_cleanup_free_ char *path = NULL;
	struct json_object *o = NULL;
	const char *text, *send;
	int64_t interval = 5, timeout = 16;

	*m = (struct driver_monitor){
		.check = DRIVER_CHECK_NONE, .interval = 5, .fall = 3, .rise = 1
	};
	if (json_get_str(pool, "monitor", &text) < 0 || !(text = strchr(text, '/')))
		return 0;
	path = strndup(text, strcspn(text, " "));
	if (!path)
		return -ENOMEM;
	for (size_t i = 0; !o && i < ARRAY_SIZE(types); i++) {
		o = store_get(s, STORE_MONITOR, types[i], path);
		if (o)
			m->check = i == 0 ? DRIVER_CHECK_HTTP : DRIVER_CHECK_TCP;
	}
	if (!o)
		return 0;
	(void)json_get_int(o, "interval", &interval);
	(void)json_get_int(o, "timeout", &timeout);
	m->interval = interval >= 1 && interval <= 86400 ? (unsigned)interval : 5;
	/* F5's advice is timeout = 3 * interval + 1: that many checks may fail. */
	m->fall = timeout > interval ? (unsigned)((timeout - 1) / interval) : 1;
	m->fall = m->fall < 1 ? 1 : m->fall;
	if (m->check == DRIVER_CHECK_HTTP)
		return send_string(json_get_str(o, "send", &send) == 0 ? send : "GET /", m);
	return 0;
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

static int member_of(const struct store *s, const char *partition, struct json_object *o,
		     struct driver_member *m)
{
	_cleanup_free_ char *node_path = NULL;
	struct json_object *node;
	const char *name, *address;
	char node_name[256];
	int64_t ratio = 1;
	enum driver_admin of_node;

	if (json_get_str(o, "name", &name) < 0 || json_get_str(o, "address", &address) < 0 ||
	    object_member_split(name, node_name, &m->port) < 0 || addr_parse(address, &m->addr) < 0)
		return -EBADMSG;
	(void)json_get_int(o, "ratio", &ratio);
	m->weight = ratio < 1 ? 1 : ratio > 256 ? 256 : (unsigned)ratio;
	m->admin = admin_of(o);
	node_path = str_printf("/%s/%s", partition, node_name);
	m->name = strdup(name);
	if (!node_path || !m->name)
		return -ENOMEM;
	node = store_get(s, STORE_NODE, NULL, node_path);
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
	const char *mode = "", *partition;
	int r;

	route.label = label_of(path);
	if (!route.label)
		return -ENOMEM;
	(void)json_get_str(pool, "loadBalancingMode", &mode);
	if (strstr(mode, "least-connections"))
		route.lb = DRIVER_LEAST_CONNECTIONS;
	r = monitor_of(s, pool, &route.monitor);
	if (r == 0)
		r = json_get_str(pool, "partition", &partition);
	if (r == 0)
		r = json_get_arr(pool, "members", &members);
	if (r < 0)
		return r;
	route.members = calloc(json_object_array_length(members) + 1, sizeof(*route.members));
	if (!route.members)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		r = member_of(s, partition, json_object_array_get_idx(members, i),
			      &route.members[route.n_members++]);
		if (r < 0)
			return r;
	}
	*ret = route;
	route = (struct driver_route){};
	return 0;
}

static void on_pool(void *userdata, const char *path)
{
	struct bridge *b = userdata;

	if (bridge_routed(path) && !strv_contains(b->changed, path) &&
	    strv_add(&b->changed, path) < 0)
		log_error("No memory to note a change of %s", path);
}

int bridge_new(struct store *store, struct driver *driver, struct bridge **ret)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->store = store;
	b->driver = driver;
	store_on_pool(store, on_pool, b);
	*ret = b;
	return 0;
}

void bridge_free(struct bridge *b)
{
	if (!b)
		return;
	store_on_pool(b->store, NULL, NULL);
	strv_free(b->changed);
	free(b);
}

struct routes {
	const struct store *store;
	struct driver_route *all;
	size_t n;
};

static void routes_done(struct routes *r)
{
	for (size_t i = 0; i < r->n; i++)
		driver_route_done(&r->all[i]);
	free(r->all);
}

static int add_route(void *userdata, const char *path, struct json_object *pool)
{
	struct routes *routes = userdata;
	struct driver_route *all;
	int r;

	if (!bridge_routed(path))
		return 0;
	all = reallocarray(routes->all, routes->n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	routes->all = all;
	r = route_of(routes->store, path, pool, &all[routes->n]);
	if (r == 0)
		routes->n++;
	return r;
}

int bridge_start(struct bridge *b, char **ret_error)
{
	_cleanup_(routes_done) struct routes routes = { .store = b->store };
	int r;

	r = store_each(b->store, STORE_POOL, NULL, NULL, add_route, &routes);
	if (r < 0 || !b->driver)
		return r;
	return driver_start(b->driver, routes.all, routes.n, ret_error);
}

int bridge_flush(struct bridge *b)
{
	_cleanup_(routes_done) struct routes routes = { .store = b->store };
	_cleanup_strv_ char **changed = TAKE_PTR(b->changed), **gone = NULL;
	int r = 0, q;

	for (size_t i = 0; r == 0 && changed && changed[i]; i++) {
		struct json_object *pool = store_get(b->store, STORE_POOL, NULL, changed[i]);

		if (pool) {
			r = add_route(&routes, changed[i], pool);
		} else {
			_cleanup_free_ char *label = label_of(changed[i]);

			r = label ? strv_add(&gone, label) : -ENOMEM;
		}
	}
	if (r < 0 || !b->driver)
		return r;
	if (gone)
		r = driver_remove(b->driver, (const char *const *)gone, strv_len(gone));
	if (routes.n > 0) {
		q = driver_set(b->driver, routes.all, routes.n);
		r = q < 0 ? q : r;
	}
	return r;
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
