/* SPDX-License-Identifier: MIT */
/* view.c -- what there is, for people and for Prometheus */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "tools/envmux/view.h"

const char *const view_states[] = { "up", "starting", "parked", "empty" };

void view_done(struct view *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->envs[i].services);
	free(v->envs);
	*v = (struct view){};
}

/* The word behind "KEY=" of a stamp, in TO; "" without it. */
static void stamp_word(const char *stamp, const char *key, char *to, size_t size)
{
	size_t n = strlen(key);

	*to = '\0';
	for (const char *p = stamp; (p = strstr(p, key)); p += n) {
		size_t len = strcspn(p + n, " ");

		if ((p != stamp && p[-1] != ' ') || len >= size)
			continue;
		memcpy(to, p + n, len);
		to[len] = '\0';
		return;
	}
}

static int add_env(void *userdata, const char *path, struct json_object *obj)
{
	struct view *v = userdata;
	struct view_env *envs, *e;
	const char *stamp = "";
	int64_t created = 0;
	char until[24];

	if (strncmp(path, "test-", 5) != 0 || !id_valid(path + 5))
		return 0;
	envs = reallocarray(v->envs, v->n + 1, sizeof(*envs));
	if (!envs)
		return -ENOMEM;
	v->envs = envs;
	e = &envs[v->n++];
	*e = (struct view_env){ .id = path + 5, .state = VIEW_EMPTY };
	(void)json_get_str(obj, "description", &stamp);
	(void)json_get_int(obj, "_created", &created);
	stamp_word(stamp, "vm=", e->vm, sizeof(e->vm));
	stamp_word(stamp, "owner=", e->owner, sizeof(e->owner));
	for (char *p = e->owner; *p; p++)
		*p = *p == '_' ? ' ' : *p; /* a stamp's words have no blanks */
	stamp_word(stamp, "until=", until, sizeof(until));
	e->created = created;
	e->until = strtol(until, NULL, 10);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct view_env *x = a, *y = b;
	size_t n = strlen(x->id), m = strlen(y->id);

	return n != m ? (n < m ? -1 : 1) : strcmp(x->id, y->id);
}

const struct view_env *view_find(const struct view *v, const char *id)
{
	const struct view_env key = { .id = id };

	return v->n ? bsearch(&key, v->envs, v->n, sizeof(key), by_id) : NULL;
}

const struct view_service *view_service(const struct view_env *e, const char *name)
{
	for (size_t i = 0; i < e->n_services; i++) {
		if (!strcasecmp(e->services[i].name, name))
			return &e->services[i];
	}
	return NULL;
}

static bool off(struct json_object *member)
{
	const char *session = "", *state = "";

	(void)json_get_str(member, "session", &session);
	(void)json_get_str(member, "state", &state);
	return !strcmp(session, "user-disabled") || !strcmp(state, "user-down");
}

/* Members as the store has them; what HAProxy says of them comes afterwards. */
static int add_service(void *userdata, const char *path, struct json_object *pool)
{
	struct view *v = userdata;
	const char *name = strrchr(path, '/') + 1, *monitor;
	struct view_env *e;
	struct view_service *services, *s;
	struct json_object *members;

	if (!bridge_routed(path))
		return 0;
	e = (struct view_env *)view_find(v, strrchr(name, '-') + 1);
	if (!e)
		return 0;
	services = reallocarray(e->services, e->n_services + 1, sizeof(*services));
	if (!services)
		return -ENOMEM;
	e->services = services;
	s = &services[e->n_services++];
	*s = (struct view_service){ .name = name };
	s->checked = json_get_str(pool, "monitor", &monitor) == 0 && strchr(monitor, '/');
	if (json_get_arr(pool, "members", &members) < 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		if (off(json_object_array_get_idx(members, i)))
			s->disabled++;
		else
			s->up++;
	}
	return 0;
}

static void add_figures(void *userdata, const char *label, const struct driver_route_stats *stats)
{
	struct view *v = userdata;
	const char *dash = strrchr(label, '-');
	const struct view_env *e = dash ? view_find(v, dash + 1) : NULL;
	struct view_service *s = e ? (struct view_service *)view_service(e, label) : NULL;

	if (!s)
		return;
	if (s->up > stats->active) {
		s->down = s->up - stats->active;
		s->up = stats->active;
	}
	s->rate = stats->rate;
	s->requests = stats->requests;
}

static void conclude(struct view_env *e)
{
	for (size_t i = 0; i < e->n_services; i++) {
		struct view_service *s = &e->services[i];

		s->state = s->up	 ? VIEW_UP
			   : s->down	 ? VIEW_STARTING
			   : s->disabled ? VIEW_PARKED
					 : VIEW_EMPTY;
		e->state = s->state < e->state ? s->state : e->state;
		e->up += s->up;
		e->down += s->down;
		e->disabled += s->disabled;
		e->rate += s->rate;
	}
}

int view_read(struct store *store, struct bridge *bridge, struct view *ret)
{
	struct view v = {};
	int r;

	r = store_each(store, STORE_PARTITION, NULL, NULL, add_env, &v);
	if (r == 0 && v.n > 0)
		qsort(v.envs, v.n, sizeof(*v.envs), by_id);
	if (r == 0)
		r = store_each(store, STORE_POOL, NULL, NULL, add_service, &v);
	if (r < 0) {
		view_done(&v);
		return r;
	}
	v.routed = bridge_figures(bridge, add_figures, &v) == 0;
	for (size_t i = 0; i < v.n; i++)
		conclude(&v.envs[i]);
	*ret = v;
	return 0;
}

int view_read_unserved(struct store *store, const char *id, struct view *ret)
{
	_cleanup_free_ char *partition = str_printf("test-%s", id);
	struct view v = {};
	int r;

	if (!partition)
		return -ENOMEM;
	r = store_each(store, STORE_PARTITION, NULL, partition, add_env, &v);
	if (r == 0 && v.n > 0)
		r = store_each(store, STORE_POOL, NULL, partition, add_service, &v);
	if (r < 0) {
		view_done(&v);
		return r;
	}
	for (size_t i = 0; i < v.n; i++)
		conclude(&v.envs[i]);
	*ret = v;
	return 0;
}
