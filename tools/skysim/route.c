/* SPDX-License-Identifier: MIT */
/* route.c -- which resource a request path names */
#include "tools/skysim/route.h"

#include <string.h>

/* In a pattern E, I and B stand for one segment each: the ids of struct route. */
static const struct {
	const char *pattern;
	enum route_kind kind;
} routes[] = {
	{ "configurations", ROUTE_ENVS },
	{ "configurations/E", ROUTE_ENV },
	{ "configurations/E/user_data", ROUTE_ENV_USER_DATA },
	{ "configurations/E/labels", ROUTE_ENV_EMPTY },
	{ "configurations/E/notes", ROUTE_ENV_EMPTY },
	{ "configurations/E/publish_sets", ROUTE_ENV_EMPTY },
	{ "configurations/E/networks", ROUTE_NETWORKS },
	{ "configurations/E/networks/I", ROUTE_NETWORK },
	{ "configurations/E/vms", ROUTE_VMS },
	{ "configurations/E/vms/I", ROUTE_VM },
	{ "configurations/E/vms/I/user_data", ROUTE_VM_USER_DATA },
	{ "configurations/E/vms/I/labels", ROUTE_VM_EMPTY },
	{ "configurations/E/vms/I/notes", ROUTE_VM_EMPTY },
	{ "configurations/E/vms/I/interfaces", ROUTE_INTERFACES },
	{ "configurations/E/vms/I/interfaces/B", ROUTE_INTERFACE },
	{ "vms/I", ROUTE_VM },
	{ "vms/I/user_data", ROUTE_VM_USER_DATA },
	{ "vms/I/interfaces", ROUTE_INTERFACES },
	{ "vms/I/interfaces/B", ROUTE_INTERFACE },
	{ "users", ROUTE_USERS },
	{ "users/I", ROUTE_USER },
	{ "templates", ROUTE_TEMPLATES },
	{ "templates/I", ROUTE_TEMPLATE },
	{ "templates/I/vms", ROUTE_TEMPLATE_EMPTY },
	{ "tunnels", ROUTE_TUNNELS },
	{ "tunnels/I", ROUTE_TUNNEL },
};

/* The next segment of *AT, empty ones skipped; its length is 0 at the end. */
static size_t segment(const char **at, const char **ret)
{
	*at += strspn(*at, "/");
	*ret = *at;
	*at += strcspn(*at, "/");
	return (size_t)(*at - *ret);
}

static bool take_id(char id[ROUTE_ID_MAX], const char *s, size_t len)
{
	if (len >= ROUTE_ID_MAX)
		return false;
	memcpy(id, s, len);
	id[len] = 0;
	return true;
}

static bool match(const char *pattern, const char *path, struct route *r)
{
	for (;;) {
		const char *p, *s;
		size_t np = segment(&pattern, &p), ns = segment(&path, &s);
		bool last = !path[strspn(path, "/")];

		if (last && ns > 5 && !memcmp(s + ns - 5, ".json", 5))
			ns -= 5;
		if (!np || !ns)
			return np == ns;
		if (np == 1 && *p == 'E') {
			if (!take_id(r->env, s, ns))
				return false;
		} else if (np == 1 && *p == 'I') {
			if (!take_id(r->id, s, ns))
				return false;
		} else if (np == 1 && *p == 'B') {
			if (!take_id(r->below, s, ns))
				return false;
		} else if (np != ns || memcmp(p, s, np)) {
			return false;
		}
	}
}

/* PATH without its version prefix; *VERSION is what it said. */
static const char *strip_version(const char *path, int *version)
{
	const char *rest = path, *s;
	size_t len = segment(&rest, &s);

	if (len != 2 || s[0] != 'v' || (s[1] != '1' && s[1] != '2'))
		return path;
	*version = s[1] - '0';
	return rest;
}

static bool api_like(const char *path)
{
	static const char *const roots[] = { "configurations", "vms",	  "users",
					     "templates",      "tunnels", NULL };
	const char *s;
	size_t len = segment(&path, &s);

	for (size_t i = 0; roots[i]; i++)
		if (len == strlen(roots[i]) && !memcmp(s, roots[i], len))
			return true;
	return false;
}

void route_find(const char *path, const char *accept, struct route *ret)
{
	int prefix = 0;
	const char *rest = strip_version(path, &prefix);

	*ret = (struct route){ .version = 1 };
	if (prefix)
		ret->version = prefix;
	else if (accept && strstr(accept, "application/vnd.skytap.api.v2"))
		ret->version = 2;

	if (!strcmp(path, "/skytap")) {
		ret->kind = ROUTE_METADATA;
	} else if (!strcmp(path, "/_skysim/fault")) {
		ret->kind = ROUTE_FAULT;
	} else if (!strcmp(path, "/_skysim/log")) {
		ret->kind = ROUTE_LOG;
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
			struct route r = { .version = ret->version, .kind = routes[i].kind };

			if (match(routes[i].pattern, rest, &r)) {
				*ret = r;
				return;
			}
		}
		if (prefix || api_like(rest))
			ret->kind = ROUTE_UNKNOWN;
	}
}
