/* SPDX-License-Identifier: MIT */
/* answer-rest.c -- the reads of the REST API */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "tools/skysim/answer.h"
#include "tools/skysim/render.h"

#define PAGE_MAX 100000

/* What a request is about, once its ids are looked up. */
struct subject {
	const struct world_env *env;
	const struct world_vm *vm;
	const struct world_network *network;
	const struct world_user *user;
	const struct world_template *template;
	const struct world_tunnel *tunnel;
	size_t nic;
};

static bool find_interface(struct subject *s, const char *id)
{
	char own[INTERFACE_ID_MAX];

	for (s->nic = 0; s->nic < s->vm->n_interfaces; s->nic++)
		if (!strcmp(interface_id(s->vm, s->nic, own), id))
			return true;
	return false;
}

static bool find_tunnel(const struct world *w, struct subject *s, const char *id)
{
	char own[TUNNEL_ID_MAX];

	for (size_t i = 0; (s->tunnel = world_tunnel(w, i)); i++)
		if (!strcmp(tunnel_id(s->tunnel, own), id))
			return true;
	return false;
}

/* Everything that ROUTE names exists, and lies where it says. */
static bool find_subject(const struct world *w, const struct route *route, struct subject *s)
{
	*s = (struct subject){};
	if (*route->env && !(s->env = world_env(w, route->env)))
		return false;

	switch (route->kind) {
	case ROUTE_VM:
	case ROUTE_VM_USER_DATA:
	case ROUTE_VM_EMPTY:
	case ROUTE_INTERFACES:
	case ROUTE_INTERFACE:
		s->vm = world_vm(w, route->id);
		if (!s->vm || (s->env && s->vm->env != s->env))
			return false;
		return route->kind != ROUTE_INTERFACE || find_interface(s, route->below);
	case ROUTE_NETWORK:
		s->network = world_network(w, route->id);
		return s->network && s->network->env == s->env;
	case ROUTE_USER:
		s->user = world_user(w, route->id);
		return s->user;
	case ROUTE_TEMPLATE:
	case ROUTE_TEMPLATE_EMPTY:
		s->template = world_template(w, route->id);
		return s->template;
	case ROUTE_TUNNEL:
		return find_tunnel(w, s, route->id);
	case ROUTE_UNKNOWN:
		return false;
	default:
		return true;
	}
}

/* The number of entries of the list that ROUTE names; -1: it names a single resource. */
static ssize_t list_length(const struct world *w, const struct route *route,
			   const struct subject *s)
{
	size_t n = 0;

	switch (route->kind) {
	case ROUTE_ENVS:
		return (ssize_t)w->n_envs;
	case ROUTE_VMS:
		return (ssize_t)s->env->n_vms;
	case ROUTE_INTERFACES:
		return (ssize_t)s->vm->n_interfaces;
	case ROUTE_NETWORKS:
		return (ssize_t)s->env->n_networks;
	case ROUTE_USERS:
		return (ssize_t)w->n_users;
	case ROUTE_TEMPLATES:
		return (ssize_t)w->n_templates;
	case ROUTE_TUNNELS:
		while (world_tunnel(w, n))
			n++;
		return (ssize_t)n;
	case ROUTE_ENV_EMPTY:
	case ROUTE_VM_EMPTY:
	case ROUTE_TEMPLATE_EMPTY:
		return 0;
	default:
		return -1;
	}
}

static struct json_object *list_entry(const struct render *r, enum route_kind kind,
				      const struct subject *s, size_t i)
{
	switch (kind) {
	case ROUTE_ENVS:
		return render_env_entry(r, &r->world->envs[i]);
	case ROUTE_VMS:
		return render_vm(r, &s->env->vms[i]);
	case ROUTE_INTERFACES:
		return render_interface(r, s->vm, i);
	case ROUTE_NETWORKS:
		return render_network(r, &s->env->networks[i]);
	case ROUTE_USERS:
		return render_user_entry(r, &r->world->users[i]);
	case ROUTE_TEMPLATES:
		return render_template_entry(r, &r->world->templates[i]);
	default:
		return render_tunnel(r, world_tunnel(r->world, i));
	}
}

static struct json_object *single(const struct render *r, enum route_kind kind,
				  const struct subject *s)
{
	switch (kind) {
	case ROUTE_ENV:
		return render_env(r, s->env);
	case ROUTE_ENV_USER_DATA:
		return render_user_data(s->env->user_data);
	case ROUTE_VM:
		return render_vm(r, s->vm);
	case ROUTE_VM_USER_DATA:
		return render_user_data(s->vm->user_data);
	case ROUTE_INTERFACE:
		return render_interface(r, s->vm, s->nic);
	case ROUTE_NETWORK:
		return render_network(r, s->network);
	case ROUTE_USER:
		return render_user(r, s->user);
	case ROUTE_TEMPLATE:
		return render_template(r, s->template);
	default:
		return render_tunnel(r, s->tunnel);
	}
}

/* Clients send "100'" and the like: the leading digits count, the rest does not. */
static size_t number_param(const struct request *req, const char *key, size_t dflt)
{
	const char *s = request_param(req, key);
	unsigned long v = s && *s >= '0' && *s <= '9' ? strtoul(s, NULL, 10) : dflt;

	return v < PAGE_MAX ? v : PAGE_MAX;
}

static int answer_list(const struct render *r, const struct request *req, const struct route *route,
		       const struct subject *s, size_t n, struct answer *a)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();
	size_t offset = number_param(req, "offset", 0),
	       count = number_param(req, "count", PAGE_MAX);
	size_t start = offset < n ? offset : n, end = count < n - start ? start + count : n;

	for (size_t i = start; arr && i < end; i++)
		if (json_append(arr, list_entry(r, route->kind, s, i)) < 0)
			return -ENOMEM;
	if (route->version == 2 && end > start)
		snprintf(a->range, sizeof(a->range), "items %zu-%zu/%zu", start, end - 1, n);
	else if (route->version == 2)
		snprintf(a->range, sizeof(a->range), "items */%zu", n);
	return answer_json(a, 200, TAKE_PTR(arr));
}

/* XML is what the real service could also do, and the one thing a client may insist on. */
static bool wants_json(const char *accept)
{
	return !accept || !*accept || strstr(accept, "json") || strstr(accept, "*/*") ||
	       strstr(accept, "application/*");
}

int answer_rest(struct sim *sim, const struct request *req, const struct route *route,
		struct answer *a)
{
	char base[300];
	const struct render r = { sim->world, base, route->version };
	struct subject s;
	ssize_t n;

	/* URLs lead back to where the client is talking to. */
	snprintf(base, sizeof(base), "http://%.256s", req->host ?: "localhost");
	if (!find_subject(sim->world, route, &s))
		return answer_error(sim, a, route->version, 404,
				    "The resource does not exist, or you may not see it.");
	if (strcmp(req->method, "GET"))
		return answer_error(sim, a, route->version, 405,
				    "This stand-in answers reads only.");
	if (!wants_json(req->accept))
		return answer_error(sim, a, route->version, 406, "Only JSON is available.");

	n = list_length(sim->world, route, &s);
	if (n >= 0)
		return answer_list(&r, req, route, &s, (size_t)n, a);
	return answer_json(a, 200, single(&r, route->kind, &s));
}
